"""Lets other processes read the running store: DuckDB's quack protocol, SELECT only."""

from __future__ import annotations

from typing import Self

import duckdb

from analytics.connection import READ_ONLY_MACRO, read_only_check
from analytics.extensions import load_quack
from analytics.questions import literal
from ocpp_core.domain.errors import ConfigurationError


class LiveSql:
    """The quack endpoint inside the process that owns the database."""

    MIN_TOKEN = 16

    def __init__(self, connection: duckdb.DuckDBPyConnection, url: str) -> None:
        self._connection = connection
        self.url = url

    @classmethod
    def start(cls, connection: duckdb.DuckDBPyConnection, host: str, port: int, token: str) -> Self:
        """Serve on `host:port`; raises ConfigurationError for a weak token or a taken port."""
        if len(token) < cls.MIN_TOKEN:
            raise ConfigurationError(
                f"the token for live SQL needs at least {cls.MIN_TOKEN} characters",
                hint="`ampherd token` makes one",
            )
        url = f"quack:{host}:{port}"
        control = connection.cursor()
        locked = control.execute("SELECT current_setting('lock_configuration')").fetchone()
        if locked != (True,):
            cls._lock_down(control)
        try:
            control.execute("CALL quack_serve($url, token = $token)", {"url": url, "token": token})
        except duckdb.Error as error:
            control.close()
            raise ConfigurationError(
                f"live SQL cannot listen on {host}:{port}: {str(error).partition('\n')[0]}",
                hint="choose another port",
            ) from error
        return cls(control, url)

    @staticmethod
    def _lock_down(control: duckdb.DuckDBPyConnection) -> None:
        load_quack(control)
        control.execute(
            f"CREATE OR REPLACE MACRO {READ_ONLY_MACRO}(session, query) AS "
            f"{read_only_check('query::VARCHAR')}"
        )
        control.execute(f"SET GLOBAL quack_authorization_function = {literal(READ_ONLY_MACRO)}")
        # Without these two a SELECT could read any file of this machine, and switch both off again.
        control.execute("SET GLOBAL enable_external_access = false")
        control.execute("SET GLOBAL lock_configuration = true")

    def stop(self) -> None:
        """Stop listening."""
        self._connection.execute("CALL quack_stop($url)", {"url": self.url})
        self._connection.close()
