"""When a charger is visited: once after its boot, later when it flaps, again when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest_asyncio

from ampherd.provisioning.library import Library
from ampherd.provisioning.provisioner import Learned, Provisioner, Surroundings
from ampherd.provisioning.visit import Pace
from ocpp_core.domain.charger_profile import ChargerProfile, Fact
from ocpp_core.domain.clock import PacedClock
from ocpp_core.domain.commands import Accepted, Command, CommandResult, GetConfiguration, Offline
from ocpp_core.domain.events import Booted, BootReply, BootStatus
from ocpp_core.domain.ids import ChargePointId, MessageId
from ocpp_core.domain.live import LinkChange, LiveSite
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from tests.ampherd.provisioning.scripted import NOON
from tests.optimizer.control.chargers import point, site

CP = ChargePointId("A")


class Yard:
    """A provisioner with one charger that answers with what it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.clock = PacedClock(NOON, 1)
        self.online = False
        self.sent: list[tuple[float, Command]] = []
        self.begun_with: list[str | None] = []
        self.told: list[Learned] = []
        self.provisioner = Provisioner(
            LiveSite(site(point("A"))),
            self,
            self.clock,
            surroundings=Surroundings(
                version_of=lambda _: "ocpp1.6" if self.online else None,
                is_proven=lambda _: True,
                seen_at_link=lambda _: {Fact.ANSWERS_PINGS: "true"},
                likely=self.likely,
                tell=self.told.append,
            ),
            wishes=lambda _, __: (),
            library=Library.beside(folder / "site.duckdb"),
            pace=Pace(settle_s=30, pause_s=1),
            verify=False,
        )

    async def send(self, charge_point_id: ChargePointId, command: Command) -> CommandResult:
        self.sent.append(((self.clock.now() - NOON).total_seconds(), command))
        if not self.online:
            return Offline()
        assert isinstance(command, GetConfiguration)
        return Accepted(unknown_keys=command.keys)

    def likely(self, charge_point_id: ChargePointId, profile: ChargerProfile) -> None:
        self.begun_with.append(profile.guess(Fact.ORDER_FORM))

    def link(self, *, online: bool) -> None:
        self.online = online
        at = self.clock.now()
        self.provisioner.link_changed(LinkChange(charge_point_id=CP, at=at, online=online))

    def boot(self, firmware: str = "1", status: BootStatus = BootStatus.ACCEPTED) -> None:
        at = self.clock.now()
        self.provisioner.committed(
            StoredMessage(
                at=at,
                charge_point_id=CP,
                direction=Direction.FROM_CHARGER,
                message_id=MessageId("m"),
                action="BootNotification",
                ocpp_version="ocpp1.6",
                frame="",
                answer="",
                outcome=Outcome.ANSWERED,
                event=Booted(vendor="V", model="M", firmware_version=firmware),
                reply=BootReply(status=status, at=at, heartbeat_interval_s=60),
            )
        )

    async def at(self, seconds: float) -> None:
        until: datetime = NOON + timedelta(seconds=seconds)
        await self.clock.advance_to(until)

    @property
    def begun_s(self) -> list[float]:
        """When visits began: their first question is for one key alone."""
        return [at for at, c in self.sent if isinstance(c, GetConfiguration) and len(c.keys) == 1]


@pytest_asyncio.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    yard = Yard(tmp_path)
    async with yard.provisioner:
        yield yard


async def test_a_charger_is_left_alone_until_it_has_settled(yard: Yard) -> None:
    """OCPP.md row 62."""
    yard.link(online=True)
    yard.boot()
    await yard.at(30)
    before = list(yard.sent)
    await yard.at(100)

    assert [] == before
    assert [31.0] == yard.begun_s


async def test_a_charger_that_flaps_is_visited_once_it_has_calmed_down(yard: Yard) -> None:
    """OCPP.md row 62: bursts make a flapping charger worse."""
    for second in range(0, 100, 10):
        await yard.at(second)
        yard.link(online=True)
        yard.boot()
        yard.link(online=False)
    await yard.at(200)
    while_flapping = list(yard.sent)
    yard.link(online=True)
    await yard.at(400)

    assert [] == while_flapping
    assert [231.0] == yard.begun_s


async def test_a_link_without_a_boot_brings_no_second_visit(yard: Yard) -> None:
    """1.6-J erratum 3.11: a reconnect sends no boot, and may have been the first we see."""
    yard.link(online=True)
    await yard.at(100)
    yard.link(online=False)
    yard.link(online=True)
    await yard.at(300)
    first = list(yard.begun_s)
    yard.boot()
    await yard.at(400)

    assert [31.0] == first
    assert [31.0, 331.0] == yard.begun_s


async def test_a_boot_that_is_not_accepted_brings_no_visit(yard: Yard) -> None:
    yard.boot(status=BootStatus.PENDING)
    yard.boot(status=BootStatus.REJECTED)
    await yard.at(100)

    assert [] == yard.sent


async def test_another_firmware_is_another_charger(yard: Yard) -> None:
    """OCPP.md row 33: works on one release, refused on the next."""
    yard.link(online=True)
    yard.boot()
    await yard.at(100)
    await yard.provisioner.keep()
    known = yard.provisioner.learned(CP)
    yard.boot("2")
    fresh = yard.provisioner.learned(CP)

    assert known is not None
    assert "true" == known.profile.value(Fact.ANSWERS_PINGS)
    assert fresh is not None
    assert tuple(Fact) == fresh.profile.unknown
    assert "2" == fresh.profile.model.firmware


async def test_what_it_is_like_is_told_after_each_attempt_and_before_each_boot(yard: Yard) -> None:
    yard.link(online=True)
    yard.boot()
    await yard.at(100)

    assert [CP] == [learned.charge_point_id for learned in yard.told]
    assert [None, None] == yard.begun_with


async def test_a_charger_of_another_site_is_nobody_s_business(yard: Yard) -> None:
    assert yard.provisioner.learned(ChargePointId("Z")) is None
    yard.provisioner.link_changed(
        LinkChange(charge_point_id=ChargePointId("Z"), at=NOON, online=True)
    )
    await yard.at(100)

    assert [] == yard.sent


async def test_a_stop_ends_a_visit_under_way(yard: Yard) -> None:
    yard.link(online=True)
    yard.boot()
    await yard.at(31)
    await yard.provisioner.stop()
    sent = len(yard.sent)
    await yard.at(100)

    assert sent == len(yard.sent)
    assert [] == [t for t in asyncio.all_tasks() if t.get_name().startswith("visit")]
