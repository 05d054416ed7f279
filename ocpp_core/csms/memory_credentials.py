"""What chargers must prove, in memory: for tests, benchmarks and demonstrations."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.security import Access, KeyHash, SecurityProfile


class MemoryCredentials:
    """Credentials that a restart forgets; without any argument nobody is let in."""

    def __init__(
        self,
        *,
        profiles: Mapping[ChargePointId, SecurityProfile] | None = None,
        keys: Mapping[ChargePointId, bytes] | None = None,
        others: SecurityProfile = SecurityProfile.BASIC,
        operator: str = "",
        revoked: Container[str] = (),
    ) -> None:
        self._profiles = dict(profiles or {})
        self._keys = {name: (KeyHash.of(key),) for name, key in (keys or {}).items()}
        self._others = others
        self._revoked = revoked
        self._operator = operator
        self._reached: dict[ChargePointId, SecurityProfile] = {}

    @property
    def operator(self) -> str:
        """Return the O of certificates."""
        return self._operator

    def access(self, charge_point_id: ChargePointId) -> Access:
        """Return what is asked: Basic of whoever has a key, else the profile of the others."""
        keys = self._keys.get(charge_point_id, ())
        least = max(self._others, SecurityProfile.BASIC) if keys else self._others
        configured = self._profiles.get(charge_point_id, least)
        reached = self._reached.get(charge_point_id, configured)
        return Access(
            profile=max(configured, reached),
            keys=keys,
            common_name=charge_point_id,
            reached=reached > configured,
        )

    def accesses(self, charge_point_ids: Iterable[ChargePointId]) -> dict[ChargePointId, Access]:
        """Return what is asked of each."""
        return {name: self.access(name) for name in charge_point_ids}

    def revoked(self) -> Container[str]:
        """Return which certificates count no more."""
        return self._revoked

    def set_key(self, charge_point_id: ChargePointId, key: bytes) -> None:
        """Put another key in force."""
        self._keys[charge_point_id] = (KeyHash.of(key),)

    def used(
        self, charge_point_id: ChargePointId, profile: SecurityProfile, key: KeyHash | None
    ) -> bool:
        """Never accept less again."""
        del key
        before = self._reached.get(charge_point_id, SecurityProfile.NONE)
        self._reached[charge_point_id] = max(profile, before)
        return False

    def keep(self) -> None:
        """Nothing is kept."""
