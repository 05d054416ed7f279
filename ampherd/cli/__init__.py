"""The command line: data on standard output, talk on standard error."""

from ampherd.cli.main import app, main

__all__ = ["app", "main"]
