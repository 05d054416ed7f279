"""OCPP 2.1: the messages that 2.0.1 lacks or that mean something else there."""
