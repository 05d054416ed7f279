"""Configuration: one TOML file, environment overrides, faults with file, line, key and hint."""

from ampherd.config.load import SiteCheck, load_config
from ampherd.config.model import Config, KnownToken
from ampherd.config.spec import ConfigSpec, PlanningSpec, ServerSpec

__all__ = [
    "Config",
    "ConfigSpec",
    "KnownToken",
    "PlanningSpec",
    "ServerSpec",
    "SiteCheck",
    "load_config",
]
