"""The door of live SQL: who may come in, what they may say, and how long it may take.

DuckDB's own quack server runs statements on connections that nobody else can reach: one that was
started runs to its end, also when its client is gone and the server is to stop. So quack listens
on a port and with a token that nobody is told, and clients talk to this gate. It lets through
connecting, reading and parting; a statement is run by `Statements` first, and quack only hands
out its result.
"""

from __future__ import annotations

import http.client
import re
import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from typing import Any

import duckdb

from analytics import quack_wire
from analytics.quack_wire import Kind, Message, WireError
from analytics.statements import Caller, Statements
from ocpp_core.domain.errors import ReaderError

type Callers = Callable[[str], Caller | None]
"""Tells whose token that is; None: nobody's."""

_PATH = "/quack"
_TYPE = "application/vnd.duckdb"
_LARGEST = 4 * 1024 * 1024
_SILENCE_S = 300.0
_ANSWER_S = 600.0
_CONNECTIONS = 64
_SCAN = re.compile(r'SELECT #\d+(?:, #\d+)* FROM "?(\w+)"?')
"""What an attached client asks of a table: it may be large, and reading on costs little."""


class Inner:
    """Where quack itself listens, and which tables it has."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, port: int, token: str) -> None:
        self.port = port
        self.token = token
        self.tables = {
            row[0]
            for row in connection.execute(
                "SELECT table_name FROM duckdb_tables() WHERE NOT internal"
            ).fetchall()
        }


class Gate:
    """Listens for clients of the quack protocol; raises OSError when the port is taken."""

    def __init__(self, host: str, port: int, callers: Callers) -> None:
        self.callers = callers
        self.inner: Inner | None = None
        self.statements: Statements | None = None
        self.known: dict[str, str] = {}
        """Token by connection."""
        self.places = threading.BoundedSemaphore(_CONNECTIONS)
        self._server = _Server((host, port), self)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="sql-gate", daemon=True
        )
        self._thread.start()

    def open(self, inner: Inner, statements: Statements) -> None:
        """Let clients through to a server that was just started."""
        self.known.clear()
        self.inner, self.statements = inner, statements

    def shut(self) -> None:
        """Interrupt what runs and let nobody through until `open`."""
        statements, self.statements, self.inner = self.statements, None, None
        if statements is not None:
            statements.stop()

    def stop(self) -> None:
        """Shut, and listen no more."""
        self.shut()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingMixIn, HTTPServer):
    daemon_threads = True
    # On Windows this would share the port with another program.
    allow_reuse_address = hasattr(socket, "SO_REUSEPORT")

    def __init__(self, address: tuple[str, int], gate: Gate) -> None:
        self.gate = gate
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Client)

    def server_bind(self) -> None:
        # Not that of HTTPServer: it asks the name service who we are.
        if self.allow_reuse_address:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self.gate.places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.gate.places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that breaks off is no fault."""


class _Client(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _SILENCE_S
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def setup(self) -> None:
        super().setup()
        self._upstream: http.client.HTTPConnection | None = None
        self._upstream_port = 0

    def finish(self) -> None:
        if self._upstream is not None:
            self._upstream.close()
        super().finish()

    def log_message(self, *_: Any) -> None:
        """Keep quiet; counters say what happened."""

    def do_POST(self) -> None:
        """Take one message."""
        length = self.headers.get("Content-Length", "")
        if self.path != _PATH or not length.isdecimal() or int(length) > _LARGEST:
            self.close_connection = True
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        raw = self.rfile.read(int(length))
        try:
            answer = self._answer(quack_wire.read(raw))
        except WireError as error:
            answer = quack_wire.error(f"not a message of this protocol: {error}")
        except ReaderError as error:
            answer = quack_wire.error(f"{error} ({error.hint})" if error.hint else str(error))
        except (OSError, http.client.HTTPException):
            answer = quack_wire.error("the server is starting again: try in a moment")
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", _TYPE)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _answer(self, message: Message) -> bytes:
        gate = self.server.gate
        match message.kind:
            case Kind.CONNECT:
                return self._connect(message)
            case Kind.PREPARE:
                return self._prepare(message)
            case Kind.FETCH:
                return self._forward(message.raw)
            case Kind.DISCONNECT:
                gate.known.pop(message.connection_id, None)
                return self._forward(message.raw)
            case _:
                raise ReaderError("refused: this server is for reading only")

    def _connect(self, message: Message) -> bytes:
        gate, token = self.server.gate, message.text()
        if gate.callers(token) is None:
            raise ReaderError("Authentication failed: this token is not known")
        inner = gate.inner
        if inner is None:
            raise ConnectionError
        answer = self._forward(message.with_text(inner.token))
        made = quack_wire.read(answer)
        if made.kind == Kind.CONNECTED:
            gate.known[made.connection_id] = token
        return answer

    def _prepare(self, message: Message) -> bytes:
        gate, text = self.server.gate, message.text()
        inner, statements = gate.inner, gate.statements
        if inner is None or statements is None:
            raise ConnectionError
        caller = gate.callers(gate.known.get(message.connection_id, ""))
        if caller is None:
            raise ReaderError("Authentication failed: this token is not known any more")
        scan = _SCAN.fullmatch(text)
        if scan is not None and scan[1] in inner.tables:
            return self._forward(message.raw)
        with statements.result(text, caller, self._gone) as table:
            return self._forward(message.with_text(f"FROM {table}"))

    def _gone(self) -> bool:
        """Tell whether the client has closed its connection."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        if not readable:
            return False
        with suppress(OSError):
            return not self.connection.recv(1, socket.MSG_PEEK)
        return True

    def _forward(self, raw: bytes) -> bytes:
        inner = self.server.gate.inner
        if inner is None:
            raise ConnectionError
        if self._upstream is None or self._upstream_port != inner.port:
            self._upstream = http.client.HTTPConnection("127.0.0.1", inner.port, timeout=_ANSWER_S)
            self._upstream_port = inner.port
        for again in (True, False):
            try:
                self._upstream.request(
                    "POST", _PATH, raw, {"Content-Type": "application/octet-stream"}
                )
                return self._upstream.getresponse().read()
            except (OSError, http.client.HTTPException):
                # It closes a connection after some requests; every message may be said twice.
                self._upstream.close()
                if not again:
                    raise
        raise ConnectionError
