"""The application: configuration, wiring, command line and HTTP API of Ampherd."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("ampherd")
except PackageNotFoundError:  # a checkout on the path that was never installed
    __version__ = "0+unknown"
