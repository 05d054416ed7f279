"""`ampherd replay-frames`: captured frames through the protocol layer, or to a server, again."""
