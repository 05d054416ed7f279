"""What becomes of errors: a message, a hint, an exit code; no traceback unless asked for."""

import pytest

from ampherd.cli import main
from ampherd.cli.main import exit_code
from ocpp_core.domain.errors import (
    AmpherdError,
    ConfigurationError,
    ReaderError,
    StoreError,
    StoreLockedError,
)
from tests.ampherd.cli.conftest import Run


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigurationError("x"), 2),
        (StoreError("x"), 3),
        (StoreLockedError("x"), 3),
        (ReaderError("x"), 1),
        (AmpherdError("x"), 1),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error: AmpherdError, code: int) -> None:
    assert code == exit_code(error)


def test_a_missing_file_is_a_message_with_a_hint(run: Run) -> None:
    ran = run("check")

    assert (2, "") == (ran.code, ran.out)
    assert "Write one: ampherd init site.toml" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("arguments", [("--debug", "check"), ("check", "--debug")])
def test_debug_shows_the_traceback_wherever_it_stands(run: Run, arguments: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError):
        main(list(arguments))


def test_a_bug_is_told_in_three_lines(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ampherd.cli.check.open_config", lambda path: 1 / 0)
    ran = run("check")

    assert 1 == ran.code
    assert "ZeroDivisionError" in ran.err
    assert "--debug" in ran.err
    assert "Traceback" not in ran.err


def test_a_misspelt_option_is_a_fault_of_the_command_line(run: Run) -> None:
    ran = run("check", "--jsno")

    assert 2 == ran.code
    assert "--jsno" in ran.err


@pytest.mark.parametrize(
    "command",
    [("init",), ("check",), ("config", "show"), ("token", "create"), ("token", "revoke")],
)
def test_help_begins_with_what_it_does_and_examples(run: Run, command: tuple[str, ...]) -> None:
    lines = run(*command, "--help").out.splitlines()
    first = next(n for n, line in enumerate(lines) if line.strip().startswith("Example"))

    assert first < lines.index("Options:")
    assert " ".join(("ampherd", *command)) in lines[first + 1]
