"""Configuration: one TOML file, environment overrides, faults with file, line, key and hint."""

from ampherd.config.load import SiteCheck, load_config
from ampherd.config.model import Config, KnownToken
from ampherd.config.security import SecuritySettings, TlsFiles
from ampherd.config.server import ServerSpec
from ampherd.config.spec import ConfigSpec, PlanningSpec

__all__ = [
    "Config",
    "ConfigSpec",
    "KnownToken",
    "PlanningSpec",
    "SecuritySettings",
    "ServerSpec",
    "SiteCheck",
    "TlsFiles",
    "load_config",
]
