"""A password is changed so that one of both always lets the charger in."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ampherd.security.credentials import CredentialStore
from ampherd.security.rotation import PasswordRotation, security_objection
from ocpp_core.domain.commands import (
    Accepted,
    ChangeConfiguration,
    Command,
    CommandResult,
    Offline,
    Rejected,
    SendRaw,
    SetNetworkProfile,
    SetVariables,
    TimedOut,
    Unsupported,
    VariableValue,
)
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.security import SecurityProfile
from ocpp_core.domain.variables import VariableName
from tests.ampherd.security.test_credentials import CP1, OLD, opens, settings


class Charger:
    """A charger that answers as it is told."""

    def __init__(self, store: CredentialStore, result: CommandResult, version: str | None) -> None:
        self._store = store
        self._result = result
        self._version = version
        self.sent: list[ChangeConfiguration] = []
        self.counted_when_sent: list[bool] = []

    def version_of(self, charge_point_id: ChargePointId) -> str | None:
        return self._version

    async def send(self, charge_point_id: ChargePointId, command: Command) -> CommandResult:
        assert isinstance(command, ChangeConfiguration)
        self.sent.append(command)
        self.counted_when_sent = opens(self._store, OLD, bytes.fromhex(command.value))
        await asyncio.sleep(0)
        return self._result


@pytest.fixture
def store(tmp_path: Path) -> CredentialStore:
    return CredentialStore(tmp_path / "c.json", settings(), {CP1: OLD})


@pytest.mark.parametrize(
    ("result", "counts"),
    [
        (Accepted(), [False, True]),
        (Accepted(status="RebootRequired"), [False, True]),
        (Rejected(status="Rejected"), [True, False]),
        (Unsupported(), [True, False]),
        (Offline(), [True, False]),
        (Offline(sent=True), [True, True]),
        (TimedOut(after_s=30.0), [True, True]),
    ],
    ids=str,
)
async def test_which_password_counts_follows_from_the_answer(
    store: CredentialStore, result: CommandResult, counts: list[bool]
) -> None:
    charger = Charger(store, result, "ocpp1.6")

    assert result == await PasswordRotation(charger, store).rotate(CP1)

    (command,) = charger.sent
    assert [True, True] == charger.counted_when_sent
    assert counts == opens(store, OLD, bytes.fromhex(command.value))


@pytest.mark.parametrize(
    ("version", "setting"),
    [
        ("ocpp1.6", "AuthorizationKey"),
        ("ocpp2.0.1", "SecurityCtrlr.BasicAuthPassword"),
        ("ocpp2.1", "SecurityCtrlr.BasicAuthPassword"),
    ],
)
async def test_the_setting_is_that_of_the_version_and_the_key_fits_it(
    store: CredentialStore, version: str, setting: str
) -> None:
    """OCPP 1.6: 40 hex digits at most; OCPP 2.x: 16 to 40 characters."""
    charger = Charger(store, Accepted(), version)
    await PasswordRotation(charger, store).rotate(CP1)
    (command,) = charger.sent

    assert setting == command.key
    assert 40 == len(command.value)
    assert opens(store, command.value.encode()) == [True]


async def test_each_change_makes_another_password(store: CredentialStore) -> None:
    charger = Charger(store, Accepted(), "ocpp1.6")
    rotation = PasswordRotation(charger, store)
    await rotation.rotate(CP1)
    await rotation.rotate(CP1)

    assert 2 == len({command.value for command in charger.sent})


async def test_one_change_at_a_time(store: CredentialStore) -> None:
    rotation = PasswordRotation(Charger(store, Accepted(), "ocpp1.6"), store)
    first, second = await asyncio.gather(rotation.rotate(CP1), rotation.rotate(CP1))

    assert Accepted() == first
    assert Rejected(status="Busy", reason="its password is being changed") == second


async def test_nothing_is_sent_where_no_password_counts(tmp_path: Path) -> None:
    store = CredentialStore(tmp_path / "c.json", settings(SecurityProfile.MUTUAL_TLS), {})
    charger = Charger(store, Accepted(), "ocpp1.6")
    rotation = PasswordRotation(charger, store)

    assert isinstance(await rotation.rotate(CP1), Rejected)
    assert isinstance(await rotation.rotate(ChargePointId("X")), Rejected)
    assert [] == charger.sent


async def test_a_charger_that_is_not_connected_keeps_its_password(store: CredentialStore) -> None:
    charger = Charger(store, Accepted(), None)

    assert Offline() == await PasswordRotation(charger, store).rotate(CP1)
    assert 1 == len(store.access(CP1).keys)


async def test_a_caller_who_goes_away_leaves_both_passwords(store: CredentialStore) -> None:
    charger = Charger(store, Accepted(), "ocpp1.6")
    task = asyncio.create_task(PasswordRotation(charger, store).rotate(CP1))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert [True, True] == opens(store, OLD, bytes.fromhex(charger.sent[0].value))


PASSWORD = VariableName(component="SecurityCtrlr", variable="BasicAuthPassword")
PROFILE = VariableName(component="SecurityCtrlr", variable="SecurityProfile")


@pytest.mark.parametrize(
    "command",
    [
        ChangeConfiguration(key="AuthorizationKey", value="00" * 20),
        ChangeConfiguration(key="SecurityCtrlr.BasicAuthPassword", value="x"),
        ChangeConfiguration(key="SecurityCtrlr[a].basicAuthPassword[b]", value="x"),
        SetVariables(variables=(VariableValue(name=PASSWORD, value="x"),)),
        SendRaw(action="ChangeConfiguration", payload='{"key":"authorizationKEY","value":"1"}'),
        ChangeConfiguration(key="SecurityProfile", value="1"),
        SetVariables(variables=(VariableValue(name=PROFILE, value="0"),)),
        SetNetworkProfile(slot=1, url="wss://x", security_profile=1),
    ],
    ids=lambda command: type(command).__name__,
)
def test_nobody_locks_a_charger_out_or_lowers_its_profile_by_hand(command: Command) -> None:
    """OCPP 2.0.1 A00.FR.005."""
    assert security_objection(command, SecurityProfile.BASIC_TLS) is not None


@pytest.mark.parametrize(
    "command",
    [
        ChangeConfiguration(key="SecurityProfile", value="3"),
        ChangeConfiguration(key="HeartbeatInterval", value="1"),
        SetNetworkProfile(slot=1, url="wss://x", security_profile=2),
        SendRaw(action="Reset", payload='{"type":"Soft"}'),
    ],
    ids=lambda command: type(command).__name__,
)
def test_everything_else_may_be_set(command: Command) -> None:
    assert security_objection(command, SecurityProfile.BASIC_TLS) is None


async def test_the_link_over_which_a_key_was_taken_may_stand_until_the_next_change(
    store: CredentialStore,
) -> None:
    """A01: the charger connects anew by itself; nobody has to send it away."""
    (old,) = store.access(CP1).keys
    rotation = PasswordRotation(Charger(store, Accepted(), "ocpp1.6"), store)
    await rotation.rotate(CP1)
    (first,) = store.access(CP1).keys
    assert (old,) == store.access(CP1).superseded
    await rotation.rotate(CP1)
    assert {old, first} == set(store.access(CP1).superseded)
    store.set_key(CP1, b"set by hand, since the other leaked")

    assert () == store.access(CP1).superseded


async def test_a_refused_key_supersedes_none(store: CredentialStore) -> None:
    await PasswordRotation(Charger(store, Rejected(status="Rejected"), "ocpp1.6"), store).rotate(
        CP1
    )

    assert () == store.access(CP1).superseded
