"""Servers to compare with, each run as a process: prints its port, ends with its input.

Every one answers the same messages as briefly as it may, keeps nothing on disk unless it is given
the path of a database, and validates as
strictly as its library does by default; `ocpp-rpc` is told to, since its default is not at all.
"""
