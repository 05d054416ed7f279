"""A configuration that is right, for tests to break."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ampherd.config import Config, load_config
from ocpp_core.domain.errors import ConfigurationError

VALID = """\
[site]
id = "garage"
name = "Garage"
timezone = "Europe/Amsterdam"
currency = "EUR"

[[circuit]]
id = "grid"
limit_a = 63

[[circuit]]
id = "deck"
parent = "grid"
limit_w = 22_000

[[charge_point]]
id = "CP-1"
password = "sixteen characters"
connectors = [{ id = 1, circuit = "deck", max_current_a = 32 }]

[[id_token]]
token = "04AB"
"""

type Load = Callable[..., Config]
type Faults = Callable[..., list[str]]


@pytest.fixture
def valid() -> str:
    return VALID


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load_text(text: str = VALID, **environment: str) -> Config:
        path = tmp_path / "site.toml"
        path.write_text(text, "utf-8")
        return load_config(path, environment)

    return load_text


@pytest.fixture
def faults(tmp_path: Path, load: Load) -> Faults:
    """The faults of a text, with the folder left out of their places."""

    def faults_of(text: str, **environment: str) -> list[str]:
        with pytest.raises(ConfigurationError) as caught:
            load(text, **environment)
        return [fault.replace(f"{tmp_path}/", "") for fault in caught.value.faults]

    return faults_of
