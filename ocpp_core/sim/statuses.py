"""What a charger tells of the states of its connectors, and what it has told already."""

from __future__ import annotations

from collections.abc import Mapping

from ocpp_core.domain.clock import Clock
from ocpp_core.domain.composite import WHOLE
from ocpp_core.domain.events import ConnectorStatus
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.sim.bay import Bay
from ocpp_core.sim.dialect import Dialect
from ocpp_core.sim.outbox import Letter
from ocpp_core.sim.terminal import Terminal
from ocpp_core.sim.wire import Answered, Outcome


class Statuses:
    """Tells each state once, as soon as there is a link."""

    def __init__(
        self,
        *,
        bays: Mapping[ConnectorId, Bay],
        terminal: Terminal,
        dialect: Dialect,
        clock: Clock,
    ) -> None:
        self._bays = bays
        self._terminal = terminal
        self._dialect = dialect
        self._clock = clock
        self._whole_told = False

    def say(self, connector_id: ConnectorId) -> None:
        """Send StatusNotification whether or not anything changed."""
        bay = self._bays.get(connector_id)
        state = ConnectorStatus.AVAILABLE if bay is None else bay.status
        said = self._dialect.status(connector_id, state, self._clock.now())
        if said is not None:
            self._terminal.write(said)

    def tell_all(self) -> None:
        """Tell the server every state that it does not know yet."""
        if not self._whole_told:
            self._whole_told = True
            self.say(WHOLE)
        for bay in self._bays.values():
            self.tell(bay)

    def tell(self, bay: Bay) -> Letter | None:
        """Tell a connector's state unless the server knows it or cannot be told now."""
        state = self._dialect.shown(bay.status)
        if not self._terminal.ready.is_set() or bay.told is state:
            return None
        said = self._dialect.status(bay.connector_id, bay.status, self._clock.now())
        if said is None:
            return None
        bay.told = state

        def delivered(outcome: Outcome) -> None:
            if not isinstance(outcome, Answered) and bay.told is state:
                bay.told = None

        return self._terminal.write(said, on_outcome=delivered)

    def forget(self) -> None:
        """Tell everything anew after the next boot."""
        self._whole_told = False
        for bay in self._bays.values():
            bay.told = None
