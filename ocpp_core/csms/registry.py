"""Which charger is on which link: the newest authenticated connection wins."""

from __future__ import annotations

from collections.abc import Iterator

from ocpp_core.csms.commands import Outbox
from ocpp_core.csms.context import Context
from ocpp_core.csms.counts import Count
from ocpp_core.csms.inbox import Inbox
from ocpp_core.csms.link import Link
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.protocol import envelope
from ocpp_core.protocol.translator import Translator
from ocpp_core.protocol.versions import translator_for


class Station:
    """One charger as the server knows it, whatever link it is on."""

    __slots__ = ("_counts", "charge_point_id", "inbox", "link", "outbox", "translator")

    def __init__(self, charge_point_id: ChargePointId, context: Context) -> None:
        self.charge_point_id = charge_point_id
        self.inbox = Inbox(charge_point_id, context)
        self.outbox = Outbox(charge_point_id, context)
        self.link: Link | None = None
        self.translator: Translator | None = None
        """Of the link's OCPP version."""
        self._counts = context.counts

    def received(self, link: Link, data: bytes) -> None:
        """Take a whole message: answers at once, everything else in its order."""
        if self.link is not link or self.translator is None:
            return  # a link that was replaced: the charger has moved on
        self._counts[Count.MESSAGES_RECEIVED] += 1
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = data.decode("utf-8", "replace")
            message = envelope.parse(data)
        else:
            read = self.translator.read(text)  # nearly always
            if read is not None:
                self.inbox.put(link, text, read)
                return
            message = envelope.parse(text)
        match message:
            case envelope.CallResult() | envelope.CallError():
                self.outbox.answered(link, text, message)
            case envelope.Malformed(message_type=envelope.CALL_RESULT | envelope.CALL_ERROR):
                self._counts[Count.MESSAGES_UNREADABLE] += 1
                self.outbox.answered(link, text, message)
            case _:
                self.inbox.put(link, text, message)


class Registry:
    """Every charger that was connected since the start."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._stations: dict[ChargePointId, Station] = {}

    def __iter__(self) -> Iterator[Station]:
        return iter(self._stations.values())

    def get(self, charge_point_id: ChargePointId) -> Station | None:
        """Return a charger that was connected since the start, or None."""
        return self._stations.get(charge_point_id)

    def online(self) -> set[ChargePointId]:
        """Return who has a link now."""
        return {s.charge_point_id for s in self._stations.values() if s.link is not None}

    def attach(self, link: Link, charge_point_id: ChargePointId) -> tuple[Station, Link | None]:
        """Put a charger on a new link; return it, and the link that is replaced, or None."""
        station = self._stations.get(charge_point_id)
        if station is None:
            station = Station(charge_point_id, self._context)
            self._stations[charge_point_id] = station
        replaced, station.link = station.link, link
        station.translator = translator_for(link.subprotocol)
        if replaced is not None:
            station.inbox.drop(replaced)
        station.outbox.link_up(link)
        return station, replaced

    def detach(self, link: Link) -> bool:
        """Take a link off its charger; False when a newer one has taken over before."""
        station = None if link.charge_point_id is None else self.get(link.charge_point_id)
        if station is None or station.link is not link:
            return False
        station.link = None
        station.inbox.drop(link)
        station.outbox.link_down()
        return True
