"""OCPP 2.0.1: one module for each message."""
