"""One line for each event, and no secret in any."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from ampherd.logging import LogFormat, configure, mask_secrets


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def logged(form: LogFormat = LogFormat.JSON, level: int = logging.INFO) -> io.StringIO:
    stream = io.StringIO()
    configure(form=form, level=level, stream=stream)
    return stream


def test_an_event_is_one_json_line_with_its_time_in_utc() -> None:
    stream = logged()
    structlog.get_logger("x").info("plan.made", cars=3)

    (line,) = stream.getvalue().splitlines()
    event = json.loads(line)
    assert ("plan.made", 3, "info") == (event["event"], event["cars"], event["level"])
    assert event["timestamp"].endswith("Z")


def test_libraries_log_in_the_same_shape() -> None:
    stream = logged()
    logging.getLogger("some.library").warning("slow: %s ms", 5)

    event = json.loads(stream.getvalue())
    assert ("slow: 5 ms", "warning") == (event["event"], event["level"])


def test_what_is_below_the_level_is_not_written() -> None:
    stream = logged(level=logging.WARNING)
    structlog.get_logger("x").info("a")
    logging.getLogger("y").info("b")

    assert "" == stream.getvalue()


def test_automatic_means_json_where_nobody_reads() -> None:
    stream = logged(LogFormat.AUTO)
    structlog.get_logger("x").info("a")

    assert "a" == json.loads(stream.getvalue())["event"]


@pytest.mark.parametrize("form", [LogFormat.JSON, LogFormat.CONSOLE])
def test_a_traceback_shows_no_variables(form: LogFormat) -> None:
    stream = logged(form)

    def connect(password: str) -> None:
        del password
        raise ValueError("no")

    try:
        connect("hush-hush".upper())
    except ValueError:
        structlog.get_logger("x").exception("failed")

    assert "ValueError" in stream.getvalue()
    assert "HUSH" not in stream.getvalue()


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"password": "x"}, {"password": "***"}),
        ({"new_password_1": "x"}, {"new_password_1": "***"}),
        ({"Authorization": "Basic eDp5"}, {"Authorization": "***"}),
        ({"token": "amp_1234567890"}, {"token": "***"}),
        ({"id_token": "04A2B3C4"}, {"id_token": "***B3C4"}),
        ({"tokens_made": 3}, {"tokens_made": 3}),
        ({"headers": {"api_key": "x", "host": "y"}}, {"headers": {"api_key": "***", "host": "y"}}),
        ({"args": ["Bearer abcdefgh"]}, {"args": ["Bearer ***"]}),
        ({"event": "sent amp_1234567890 away"}, {"event": "sent *** away"}),
        ({"reason": "basic needs"}, {"reason": "basic needs"}),
    ],
)
def test_secrets_are_masked_by_key_and_by_look(
    event: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert expected == mask_secrets(None, "info", event)
