"""Who may charge at a simulated charger, and where: local list, cache, reservations.

Sources: OCPP 1.6 sections 3.4 (offline behaviour), 3.5 (local authorisation) and 5.13; OCPP 2.0.1
chapters C, D and H.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ocpp_core.domain.clock import AlarmClock
from ocpp_core.domain.commands import ReserveNow
from ocpp_core.domain.events import AuthorizationStatus, TokenState
from ocpp_core.domain.ids import ConnectorId, IdToken
from ocpp_core.sim.bay import Bay
from ocpp_core.sim.keys import ConfigurationKeys
from ocpp_core.sim.local_list import LocalList
from ocpp_core.sim.nap import Nap
from ocpp_core.sim.reservations import Reservations, ReserveOutcome

_ACCEPTED = AuthorizationStatus.ACCEPTED


class Admission:
    """Decides by what the charger itself knows; the server is asked elsewhere.

    `tell` hears of connectors whose state changed, `ended` of reservations that expired.
    """

    def __init__(
        self,
        *,
        clock: AlarmClock,
        keys: ConfigurationKeys,
        bays: Mapping[ConnectorId, Bay],
        tell: Callable[[Bay], object],
        ended: Callable[[ReserveNow], object] = lambda _: None,
    ) -> None:
        self.local_list = LocalList(
            max_entries=keys.number("LocalAuthListMaxLength"),
            max_update=keys.number("SendLocalListMaxLength"),
        )
        self.reservations = Reservations(whole=keys.flag("ReserveConnectorZeroSupported"))
        self._clock = clock
        self._keys = keys
        self._bays = bays
        self._tell = tell
        self._ended = ended
        self._cache: dict[str, AuthorizationStatus] = {}
        self._nap = Nap(clock)

    async def run(self) -> None:
        """End reservations at their time, until cancelled."""
        while True:
            for ended in self.reservations.expire(self._clock.now()):
                self._ended(ended)
            self._show()
            await self._nap.until(self.reservations.next_expiry)

    # Tokens ------------------------------------------------------------------------------------

    def known(self, id_token: IdToken) -> TokenState | None:
        """Return what the charger knows of a token by itself: its list goes before its cache."""
        if self._keys.flag("LocalAuthListEnabled"):
            listed = self.local_list.state(id_token, self._clock.now())
            if listed is not None:
                return listed
        cached = self._cache.get(id_token.casefold())
        if cached is None or not self._keys.flag("AuthorizationCacheEnabled"):
            return None
        return TokenState(status=cached)

    def needs_no_question(self, id_token: IdToken) -> bool:
        """Tell whether a token may charge before the server was asked (LocalPreAuthorize)."""
        state = self.known(id_token) if self._keys.flag("LocalPreAuthorize") else None
        return state is not None and state.status is _ACCEPTED

    def may_charge_offline(self, id_token: IdToken) -> bool:
        """Tell whether a token may charge while nobody can be asked."""
        if not self._keys.flag("LocalAuthorizeOffline"):
            return False
        state = self.known(id_token)
        if state is None:
            return self._keys.flag("AllowOfflineTxForUnknownId")
        return state.status is _ACCEPTED

    def learn(self, id_token: IdToken, word: str) -> None:
        """Remember what the server said of a token; an empty word says nothing."""
        if word in AuthorizationStatus:
            self._cache[id_token.casefold()] = AuthorizationStatus(word)

    def clear_cache(self) -> bool:
        """Forget what the server said of tokens; False where nothing is remembered at all."""
        self._cache.clear()
        return self._keys.flag("AuthorizationCacheEnabled")

    # Places ------------------------------------------------------------------------------------

    def admits(self, bay: Bay, id_token: IdToken) -> bool:
        """Tell whether a token may use a connector that is not reserved for somebody else."""
        free = sum(b.transaction is None and b.operative for b in self._bays.values())
        return self.reservations.admits(
            bay.connector_id, id_token, free=free, group_token=self._group(id_token)
        )

    def claim(self, bay: Bay, id_token: IdToken) -> int | None:
        """Use up the reservation that a transaction begins on, and return its id."""
        claimed = self.reservations.claimed(bay.connector_id, id_token, self._group(id_token))
        if claimed is None:
            return None
        self.cancel(claimed.reservation_id)
        return claimed.reservation_id

    def reserve(self, command: ReserveNow) -> ReserveOutcome:
        """Keep a connector for a token."""
        statuses = {number: bay.status for number, bay in self._bays.items()}
        outcome = self.reservations.reserve(command, statuses, self._clock.now())
        self._nap.wake()
        return outcome

    def cancel(self, reservation_id: int) -> bool:
        """Give a reservation up; False when there is none with this id."""
        found = self.reservations.cancel(reservation_id) is not None
        self._nap.wake()
        return found

    def _show(self) -> None:
        for number, bay in self._bays.items():
            if bay.reserved is not self.reservations.holds(number):
                bay.reserved = not bay.reserved
                self._tell(bay)

    def _group(self, id_token: IdToken) -> IdToken | None:
        state = self.known(id_token)
        return None if state is None else state.group_token
