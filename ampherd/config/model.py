"""The configuration as the program uses it: always valid, domain values inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from ampherd.config.provisioning import wishes_for
from ampherd.config.security import SecuritySettings
from ampherd.config.server import ServerSpec
from ampherd.config.sources import Sources
from ampherd.config.spec import ConfigSpec, PlanningSpec
from analytics.retention.keeper import RetentionPolicy
from ocpp_core.domain.charger_profile import DesiredSetting, ModelKey
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import ChargePointId, IdToken
from ocpp_core.domain.site import Site
from ocpp_core.domain.tariff import DriverTariff, SiteTariff, TariffBook


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownToken:
    """An id token of the configuration."""

    id_token: IdToken
    driver: str
    status: AuthorizationStatus
    group_token: IdToken | None = None
    single: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that one Ampherd site is told."""

    path: Path
    """The file."""
    site: Site
    passwords: Mapping[ChargePointId, SecretStr]
    """Only of chargers that have one."""
    security: SecuritySettings
    id_tokens: tuple[KnownToken, ...]
    driver_tariff: DriverTariff | None
    """The short form; None: the file has none."""
    driver_tariffs: TariffBook | None
    """Every driver tariff, the short one among them; None: charging is free."""
    site_tariff: SiteTariff | None
    """None: what the site pays is not known, energy counts as free."""
    planning: PlanningSpec
    server: ServerSpec
    store_path: Path
    """Absolute path of the database file."""
    notes: tuple[str, ...]
    """What is allowed and yet worth a thought, one sentence each."""
    spec: ConfigSpec
    """What the file and the environment say."""
    sources: Sources

    def charger_keys(self) -> dict[ChargePointId, bytes]:
        """Return each charger's password as the bytes that HTTP Basic carries."""
        return {name: key.get_secret_value().encode() for name, key in self.passwords.items()}

    def assumed_versions(self) -> dict[ChargePointId, str]:
        """Return the subprotocol of each charger that may offer none."""
        return {
            ChargePointId(point.id): point.assumed_version
            for point in self.spec.charge_point
            if point.assumed_version is not None
        }

    def command_timeouts_s(self) -> dict[ChargePointId, float]:
        """Return how long an answer is waited for, of chargers with a time of their own, s."""
        return {
            ChargePointId(point.id): point.command_timeout_s
            for point in self.spec.charge_point
            if point.command_timeout_s is not None
        }

    def wishes_for(
        self, charge_point_id: ChargePointId, model: ModelKey
    ) -> tuple[DesiredSetting, ...]:
        """Return what a charger should be set to."""
        return wishes_for(
            charge_point_id,
            model,
            groups=self.spec.charger_group,
            defaults=self.spec.provisioning.defaults,
        )

    def retention(self) -> RetentionPolicy:
        """Return how long the database keeps what."""
        spec = self.spec.retention
        return RetentionPolicy(
            raw_days=spec.raw_days,
            minute_days=spec.minute_days,
            archive_days=spec.archive_days,
            size_budget_bytes=round(spec.size_budget_gib * 2**30),
        )

    def token_groups(self) -> dict[str, str]:
        """Return the group of each token of the file that has one, by the folded token."""
        return {
            token.id_token.casefold(): token.group_token
            for token in self.id_tokens
            if token.group_token is not None
        }

    @property
    def tokens_path(self) -> Path:
        """The file of the API tokens, beside the database."""
        return self.store_path.with_suffix(".tokens.json")

    @property
    def addresses_path(self) -> Path:
        """The file by which commands of this machine find the server that runs."""
        return self.store_path.with_suffix(".addresses.json")

    @property
    def sql_token_path(self) -> Path:
        """The file of the token for live SQL, beside the database."""
        return self.store_path.with_suffix(".sql-token")

    @property
    def credentials_path(self) -> Path:
        """The file of what chargers prove beside the configuration, beside the database."""
        return self.store_path.with_suffix(".credentials.json")
