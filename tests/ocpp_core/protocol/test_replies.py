"""Every answer that is given, in every version, is what its JSON schema says."""

from __future__ import annotations

import inspect
import json
import typing
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocpp_core.domain.events import (
    AuthorizationReply,
    AuthorizationStatus,
    BootReply,
    BootStatus,
    DynamicValuesReply,
    EmptyReply,
    Reply,
    StartReply,
    StopReply,
    TimeReply,
    TokenState,
    UpdateReply,
    VendorDataReply,
    WordReply,
)
from ocpp_core.domain.ids import IdToken, TransactionId
from ocpp_core.domain.profile import DynamicValues
from ocpp_core.protocol.dialect import Dialect
from ocpp_core.protocol.v16.translator import TRANSLATOR as V16
from ocpp_core.protocol.v21.translator import TRANSLATOR as V21
from ocpp_core.protocol.v201.translator import TRANSLATOR as V201

VERSIONS = {"1.6": V16, "2.0.1": V201, "2.1": V21}
SENT = {"NotifyPeriodicEventStream"}
"""Never answered, so there is no schema for it."""
ANSWERED = [
    (name, action)
    for name, version in VERSIONS.items()
    for action in version.actions
    if action not in SENT
]
NOW = datetime(2026, 3, 1, 10, 5, tzinfo=UTC)

times = st.datetimes(datetime(2011, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
tokens = st.builds(
    TokenState,
    status=st.sampled_from(AuthorizationStatus),
    expires_at=st.none() | times,
    group_token=st.none() | st.text(min_size=1, max_size=20).map(IdToken),
)
costs = st.none() | st.decimals(0, 10_000, places=2)
words = st.sampled_from(["Accepted", "Rejected", "Processing", "NoChargingProfile", "Whatever", ""])
REPLIES: dict[type[Any], st.SearchStrategy[Any]] = {
    AuthorizationReply: st.builds(AuthorizationReply, token=tokens),
    BootReply: st.builds(
        BootReply,
        status=st.sampled_from(BootStatus),
        at=times,
        heartbeat_interval_s=st.integers(1, 86_400),
    ),
    DynamicValuesReply: st.builds(
        DynamicValuesReply,
        values=st.builds(
            DynamicValues,
            limit=st.none() | st.floats(0, 1e6),
            setpoint=st.none() | st.floats(-1e6, 1e6),
            discharge_limit=st.none() | st.floats(-1e6, 0),
        ),
    ),
    EmptyReply: st.just(EmptyReply()),
    StartReply: st.builds(
        StartReply,
        transaction_id=st.integers(1, 2**31 - 1).map(TransactionId),
        token=tokens,
        names_token=st.booleans(),
    ),
    StopReply: st.builds(StopReply, token=st.none() | tokens, total_cost=costs),
    TimeReply: st.builds(TimeReply, at=times),
    UpdateReply: st.builds(UpdateReply, token=st.none() | tokens, total_cost=costs),
    VendorDataReply: st.just(VendorDataReply()),
    WordReply: st.builds(WordReply, status=words, reason=st.text(max_size=600)),
}


def test_every_reply_there_is_is_tried() -> None:
    assert set(REPLIES) == set(typing.get_args(Reply.__value__))


def kinds_of(version: Dialect, action: str) -> list[type[Any]]:
    """Return the replies that a message takes, as its writer says."""
    write = version.actions[action].to_payload
    hint = typing.get_type_hints(write, inspect.getmodule(write).__dict__)["reply"]
    return list(typing.get_args(hint)) or [hint]


@cache
def judge_of(name: str, action: str) -> Any:
    return jsonschema_rs.Draft6Validator(VERSIONS[name].schemas.response(action))


@pytest.mark.parametrize(("name", "action"), ANSWERED)
@settings(max_examples=25)
@given(data=st.data())
def test_an_answer_is_as_the_schema_says(name: str, action: str, data: st.DataObject) -> None:
    version = VERSIONS[name]
    reply = data.draw(st.one_of([REPLIES[kind] for kind in kinds_of(version, action)]))
    payload = json.loads(version.encode_reply(action, reply))

    judge_of(name, action).validate(payload)


def written(version: Dialect, action: str, reply: Reply) -> Any:
    return json.loads(version.encode_reply(action, reply))


@pytest.mark.parametrize("version", [V201, V21], ids=lambda version: str(version.subprotocol))
def test_a_token_is_answered_with_all_that_is_known_of_it(version: Dialect) -> None:
    token = TokenState(
        status=AuthorizationStatus.NO_CREDIT, expires_at=NOW, group_token=IdToken("FLEET")
    )

    assert {
        "idTokenInfo": {
            "status": "NoCredit",
            "cacheExpiryDateTime": "2026-03-01T10:05:00.000Z",
            "groupIdToken": {"idToken": "FLEET", "type": "Central"},
        }
    } == written(version, "Authorize", AuthorizationReply(token=token))


@pytest.mark.parametrize(
    ("reply", "payload"),
    [
        (UpdateReply(), {}),
        (UpdateReply(total_cost=Decimal("1.20")), {"totalCost": 1.2}),
        (
            StopReply(
                token=TokenState(status=AuthorizationStatus.ACCEPTED), total_cost=Decimal("4.5")
            ),
            {"idTokenInfo": {"status": "Accepted"}, "totalCost": 4.5},
        ),
        (
            StartReply(
                transaction_id=TransactionId(5),
                token=TokenState(status=AuthorizationStatus.INVALID),
            ),
            {"idTokenInfo": {"status": "Invalid"}},
        ),
        (
            StartReply(
                transaction_id=TransactionId(5),
                token=TokenState(status=AuthorizationStatus.ACCEPTED),
                names_token=False,
            ),
            {},
        ),
    ],
)
def test_a_transaction_event_is_answered(reply: Reply, payload: dict[str, Any]) -> None:
    assert payload == written(V201, "TransactionEvent", reply)


@pytest.mark.parametrize(
    ("reason", "info"),
    [
        ("", None),
        ("InvalidCSR", {"reasonCode": "InvalidCSR"}),
        (
            "no certificate authority is set up",
            {
                "reasonCode": "Unspecified",
                "additionalInfo": "no certificate authority is set up",
            },
        ),
        ("x" * 600, {"reasonCode": "Unspecified", "additionalInfo": "x" * 512}),
    ],
)
def test_a_refusal_gives_its_reason(reason: str, info: dict[str, str] | None) -> None:
    payload = written(V201, "SignCertificate", WordReply(status="Rejected", reason=reason))

    assert ("Rejected", info) == (payload["status"], payload.get("statusInfo"))


@pytest.mark.parametrize(("version", "status"), [(V201, "Rejected"), (V21, "NoChargingProfile")])
def test_a_word_that_a_version_lacks_becomes_a_refusal_that_says_it(
    version: Dialect, status: str
) -> None:
    reply = WordReply(status="NoChargingProfile")
    payload = written(version, "NotifyEVChargingNeeds", reply)

    assert status == payload["status"]
    assert version is V21 or payload["statusInfo"] == {"reasonCode": "NoChargingProfile"}
