"""A site tariff in a file of its own, for what-if replays."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from ampherd.config.faults import Fault, place
from ampherd.config.lines import LineIndex
from ampherd.config.model import Config
from ampherd.config.parse import Parser
from ampherd.config.sources import Sources
from ampherd.config.validate import validate
from ocpp_core.domain.errors import ConfigurationError
from ocpp_core.domain.tariff import SiteTariff


def read_site_tariff(path: Path, config: Config) -> SiteTariff:
    """Read a file with the table `[tariff.site]`, or its keys alone, for the site of `config`.

    Raises ConfigurationError with every fault and its line.
    """
    try:
        text = path.read_text("utf-8-sig")
        given = tomllib.loads(text, parse_float=Decimal)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: is no TOML: {error}") from error
    if "tariff" in given:
        given = given["tariff"].get("site", {}) if isinstance(given["tariff"], dict) else {}
        lines = LineIndex.of(text)
    else:
        found = LineIndex.of(text).lines
        lines = LineIndex({("tariff", "site", *key): line for key, line in found.items()})
    # The rest of the file is right: it was read before.
    data = tomllib.loads(config.path.read_text("utf-8-sig"), parse_float=Decimal)
    data["tariff"] = {**data.get("tariff", {}), "site": given}
    sources = Sources(path=path, lines=lines)
    spec, faults = validate(data, sources)
    if spec is not None:
        parser = Parser(spec, sources, {})
        tariff = parser.site_tariff()
        faults += parser.faults
        if tariff is not None and not faults:
            return replace(tariff, currency=config.site.currency)
    raise ConfigurationError(
        f"{path} is no tariff",
        faults=tuple(str(fault) for fault in faults)
        or (str(Fault(place=place(path, None), key="", problem="holds no [tariff.site]")),),
    )
