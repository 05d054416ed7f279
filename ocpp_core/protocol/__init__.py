"""Pure translation between OCPP frames and the domain's vocabulary; nothing here does I/O."""
