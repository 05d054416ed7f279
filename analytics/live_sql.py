"""Lets other processes read the running store: DuckDB's quack protocol, SELECT only."""

from __future__ import annotations

import hmac
import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Self

import duckdb

from analytics.connection import READ_ONLY_MACRO, read_only_check
from analytics.extensions import load_quack
from analytics.questions import literal
from analytics.sql_gate import Gate, Inner
from analytics.statements import RESULTS, Caller, StatementLimits, Statements
from ocpp_core.domain.errors import ConfigurationError

_TRIES = 5


def nobody(_token: str) -> bool:
    """Tell that a token is no analyst's."""
    return False


class LiveSql:
    """The quack endpoint inside the process that owns the database."""

    MIN_TOKEN = 16

    def __init__(self, gate: Gate, url: str, limits: StatementLimits) -> None:
        self._gate = gate
        self._limits = limits
        self._control: duckdb.DuckDBPyConnection | None = None
        self._inner_url = ""
        self._counts: dict[str, int] = {}
        self.url = url

    @classmethod
    def start(
        cls,
        connection: duckdb.DuckDBPyConnection,
        host: str,
        port: int,
        token: str,
        *,
        analysts: Callable[[str], bool] = nobody,
        limits: StatementLimits | None = None,
    ) -> Self:
        """Serve on `host:port`; raises ConfigurationError for a weak token or a taken port.

        `token` is that of the dashboards; `analysts` tells which other tokens may read.
        """
        if len(token) < cls.MIN_TOKEN:
            raise ConfigurationError(
                f"the token for live SQL needs at least {cls.MIN_TOKEN} characters",
                hint="`ampherd token sql` makes one",
            )

        def callers(given: str) -> Caller | None:
            if hmac.compare_digest(given.encode(), token.encode()):
                return Caller.PAGES
            return Caller.ANALYST if len(given) >= cls.MIN_TOKEN and analysts(given) else None

        try:
            gate = Gate(host, port, callers)
        except OSError as error:
            raise ConfigurationError(
                f"live SQL cannot listen on {host}:{port}: {error.strerror or error}",
                hint="choose another port",
            ) from error
        shown = f"[{host}]" if ":" in host else host
        live = cls(gate, f"quack:{shown}:{gate.port}", limits or StatementLimits())
        try:
            live.attach(connection)
        except BaseException:
            gate.stop()
            raise
        return live

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Read from this connection's database from now on."""
        self.detach()
        control = connection.cursor()
        locked = control.execute("SELECT current_setting('lock_configuration')").fetchone()
        if locked != (True,):
            _lock_down(control)
        self._control = control
        inner = self._serve(control)
        self._gate.open(inner, Statements(control, self._limits))

    @property
    def attached(self) -> bool:
        """Whether there is a database to read from."""
        return self._gate.inner is not None

    def detach(self) -> None:
        """Interrupt what runs and let go of the database; clients are told to try again."""
        self._counts = self.counters
        self._gate.shut()
        control, self._control = self._control, None
        if control is not None:
            with suppress(duckdb.Error):  # of a database that DuckDB gave up
                control.execute("CALL quack_stop($url)", {"url": self._inner_url})
            control.close()

    def relieve(self) -> bool:
        """Free memory for a commit by interrupting analysts; False: there was nothing to free."""
        statements = self._gate.statements
        return statements is not None and statements.relieve()

    @property
    def counters(self) -> dict[str, int]:
        """What became of statements since the start."""
        statements = self._gate.statements
        now = {} if statements is None else statements.counts
        return {
            name: self._counts.get(name, 0) + now.get(name, 0) for name in {**self._counts, **now}
        }

    def stop(self) -> None:
        """Stop listening."""
        self.detach()
        self._gate.stop()

    def _serve(self, control: duckdb.DuckDBPyConnection) -> Inner:
        token = secrets.token_urlsafe(32)
        for left in reversed(range(_TRIES)):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port: int = probe.getsockname()[1]
            self._inner_url = f"quack:127.0.0.1:{port}"
            try:
                control.execute(
                    "CALL quack_serve($url, token = $token)",
                    {"url": self._inner_url, "token": token},
                )
                return Inner(control, port, token)
            except duckdb.Error as error:
                if not left:
                    raise ConfigurationError(
                        f"live SQL cannot be served: {str(error).partition('\n')[0]}",
                        hint="is every port of 127.0.0.1 taken?",
                    ) from error
        raise AssertionError


def _lock_down(control: duckdb.DuckDBPyConnection) -> None:
    load_quack(control)
    control.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {RESULTS} (HIDDEN true)")
    # In memory: the database itself is not to be written, its disk may be full.
    macro = f"{RESULTS}.{READ_ONLY_MACRO}"
    control.execute(
        f"CREATE OR REPLACE MACRO {macro}(session, query) AS {read_only_check('query::VARCHAR')}"
    )
    control.execute(f"SET GLOBAL quack_authorization_function = {literal(macro)}")
    # Without these two a SELECT could read any file of this machine, and switch both off again.
    control.execute("SET GLOBAL enable_external_access = false")
    # Backups put checkpoints off, and checkpoints join rows; nobody else gets as far as a SET (see
    # the macro).
    control.execute("SET GLOBAL allowed_configs = ['wal_autocheckpoint', 'max_vacuum_tasks']")
    control.execute("SET GLOBAL lock_configuration = true")
