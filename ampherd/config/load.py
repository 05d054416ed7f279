"""Read a configuration: one file, environment overrides, every fault at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from ampherd.config.faults import Fault, dotted, place
from ampherd.config.lines import KeyPath, LineIndex
from ampherd.config.model import Config
from ampherd.config.parse import Parser
from ampherd.config.references import references
from ampherd.config.security import security_faults, security_settings
from ampherd.config.sources import Sources, override
from ampherd.config.validate import validate
from ocpp_core.domain.errors import ConfigurationError
from ocpp_core.domain.site import Site

type SiteCheck = Callable[[Site], Sequence[str]]
"""Says what is wrong with a site, one sentence each that names the circuit or connector."""


def load_config(
    path: Path, env: Mapping[str, str], *, extra_checks: Sequence[SiteCheck] = ()
) -> Config:
    """Return the configuration at `path`; raises ConfigurationError that lists every fault.

    `extra_checks` are run on a site whose own settings are right, e.g. whether the fail-safe
    currents fit under every limit.
    """
    text = _text(path)
    data, lines = _document(path, text)
    variables, faults = override(data, env)
    sources = Sources(path=path, lines=lines, variables=variables)
    spec, invalid = validate(data, sources)
    faults += invalid
    faults += references(data, sources)
    if spec is None:
        raise _error(path, faults)
    parser = Parser(spec, sources, env)
    site: Site | None = None
    if not faults:
        try:
            site = parser.site()
        except ConfigurationError as error:
            faults += [_domain_fault(text, data, sources) for text in error.faults]
    if site is not None:
        faults += [
            _domain_fault(finding, data, sources)
            for extra in extra_checks
            for finding in extra(site)
        ]
    faults += security_faults(spec, sources)
    passwords = parser.passwords()
    parser.look_at_battery(site)
    site_tariff = parser.site_tariff()
    driver_tariffs = parser.driver_tariffs()
    faults += parser.faults
    if faults or site is None:
        raise _error(path, faults)
    return Config(
        path=path,
        site=site,
        passwords=passwords,
        security=security_settings(spec, path.absolute().parent),
        id_tokens=parser.id_tokens(),
        driver_tariff=parser.driver_tariff(),
        driver_tariffs=driver_tariffs,
        site_tariff=site_tariff,
        planning=spec.planning,
        server=spec.server,
        store_path=parser.store_path(),
        notes=tuple(parser.notes(passwords)),
        spec=spec,
        sources=sources,
    )


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ConfigurationError(
            f"there is no configuration file {path}",
            hint=f"Write one: ampherd init {path}",
            faults=(str(Fault(place=str(path), key="", problem="the file does not exist")),),
        ) from None
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}",
            faults=(str(Fault(place=str(path), key="", problem=str(error.strerror))),),
        ) from error
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _error(
            path,
            [Fault(place=place(path, line), key="", problem="this line is not UTF-8 text")],
        ) from None


def _document(path: Path, text: str) -> tuple[dict[str, Any], LineIndex]:
    try:
        # Decimal, so that 0.1 in the file is the price 0.1 and not its binary neighbour.
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        words = re.sub(r" \(at .*\)$", "", str(error))
        raise _error(
            path,
            [
                Fault(
                    place=place(path, line),
                    key="",
                    problem=f"not TOML: {words[:1].lower()}{words[1:]}",
                    hint=_syntax_hint(text, line),
                )
            ],
        ) from None
    return data, LineIndex.of(text)


def _syntax_hint(text: str, line: int) -> str:
    rows = text.splitlines()
    row = rows[line - 1].strip() if line <= len(rows) else ""
    if re.match(r"[\w.-]+\s*:", row):
        return "TOML writes key = value."
    if re.match(r"[\w.-]+\s*=\s*[A-Za-z]", row) and not re.search(r"=\s*(true|false)\b", row):
        return "Text needs quotes."
    return ""


def _domain_fault(finding: str, data: Mapping[str, Any], sources: Sources) -> Fault:
    """Place a sentence about the site at the circuit or charger that it names."""
    named: list[tuple[int, KeyPath]] = []
    for table in ("circuit", "charge_point"):
        for number, item in enumerate(data.get(table, ())):
            name = item["id"]
            if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", finding):
                named.append((len(name), (table, number)))
    path: KeyPath
    if re.search(r"fail.safe", finding):
        path = ("site", "fail_safe_a")
    elif named:
        path = max(named, key=lambda entry: entry[0])[1]
    else:
        path = ("site",)
    return Fault(place=sources.place(path), key=dotted(path), problem=finding)


def _error(path: Path, faults: Sequence[Fault]) -> ConfigurationError:
    in_order = sorted(faults, key=lambda fault: _line_of(fault.place))
    texts = tuple(dict.fromkeys(str(fault) for fault in in_order))
    count = f"{len(texts)} faults" if len(texts) != 1 else "1 fault"
    return ConfigurationError(f"{path} has {count}", faults=texts)


def _line_of(spot: str) -> int:
    _, _, line = spot.rpartition(":")
    return int(line) if line.isdigit() else 0
