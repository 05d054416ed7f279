"""OCPP 1.6J, edition 2 with errata: one module per message."""
