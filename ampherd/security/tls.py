"""The server's certificates: read at the start, and again whenever their files change."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from cryptography import x509

from ampherd.config import TlsFiles
from ocpp_core.csms.tlsdoor import server_context
from ocpp_core.domain.errors import ConfigurationError

log = structlog.get_logger(__name__)

WARN_BEFORE = timedelta(days=30)
"""How long before its end a certificate is called to mind."""


class ServerCertificates:
    """Gives the TLS context of each connection; asked on the event loop."""

    def __init__(self, files: TlsFiles) -> None:
        """Read the files; raises ConfigurationError when a connection could not be encrypted."""
        self._files = files
        self._seen = self._mark()
        self._context, self._expires_at = self._read()

    def context(self) -> ssl.SSLContext:
        """Return the context in force; files that cannot be read leave the last good one."""
        mark = self._mark()
        if mark != self._seen:
            self._seen = mark
            try:
                self._context, self._expires_at = self._read()
                log.info("certificates read again", expires_at=self._expires_at.isoformat())
            except ConfigurationError as error:
                log.warning("the new certificates cannot be used", reason=str(error))
        return self._context

    def alarms(self, now: datetime) -> tuple[str, ...]:
        """Say when the server's certificate ends soon, or has ended."""
        if now >= self._expires_at:
            return (f"The server's certificate ended on {self._expires_at:%Y-%m-%d}.",)
        if now >= self._expires_at - WARN_BEFORE:
            return (f"The server's certificate ends on {self._expires_at:%Y-%m-%d}.",)
        return ()

    def _read(self) -> tuple[ssl.SSLContext, datetime]:
        files = self._files
        context = server_context()
        try:
            first = x509.load_pem_x509_certificates(files.certificate.read_bytes())[0]
            context.load_cert_chain(files.certificate, files.key)
            if files.rsa is not None and files.rsa[0].exists():
                context.load_cert_chain(*files.rsa)
        except FileNotFoundError as error:
            raise _missing(Path(str(error.filename or files.key))) from None
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"the server's certificate {files.certificate} with {files.key} cannot be used: "
                f"{_words(error)}",
                hint="Make another: ampherd cert server --host NAME",
            ) from error
        if files.client_ca is not None:
            try:
                context.load_verify_locations(files.client_ca)
            except FileNotFoundError:
                raise _missing(files.client_ca) from None
            except (OSError, ValueError) as error:
                raise ConfigurationError(
                    f"{files.client_ca} cannot be used: {_words(error)}"
                ) from error
            # Optional: chargers of profile 2 have none; whose certificate is asked for is decided
            # when its identity is known.
            context.verify_mode = ssl.CERT_OPTIONAL
        return context, first.not_valid_after_utc.astimezone(UTC)

    def _mark(self) -> tuple[tuple[int, int, int] | None, ...]:
        files = self._files
        named = (files.certificate, files.key, *(files.rsa or ()), files.client_ca)
        return tuple(None if path is None else _stat(path) for path in named)


def _stat(path: Path) -> tuple[int, int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_ino, stat.st_size


def _missing(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"server.ocpp_tls_port is set, and there is no {path}",
        hint="Make it: ampherd cert init, then ampherd cert server --host NAME",
    )


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return str(error)
