"""How the dashboards are started as a process of their own."""

from __future__ import annotations

import sys

from dashboards.palette import THEME

_OPTIONS = {
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.runOnSave": "false",
    "server.showEmailPrompt": "false",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "logger.level": "warning",
}


def command(port: int, *, address: str = "127.0.0.1", python: str | None = None) -> list[str]:
    """Return the command that serves the dashboards on `address`:`port`.

    Start it with `environment` added to the process's own; it runs until it gets SIGINT or SIGTERM.
    """
    options = {
        "server.port": str(port),
        "server.address": address,
        "browser.serverAddress": address,
        **_OPTIONS,
        **THEME,
    }
    flags = (f"--{name}={value}" for name, value in options.items())
    return [python or sys.executable, "-m", "dashboards.serve", *flags]


def environment(
    *, api_url: str, api_token: str = "", store_url: str, store_token: str = ""
) -> dict[str, str]:
    """Return the variables by which the dashboards find the server and its history."""
    return {
        "AMPHERD_API_URL": api_url,
        "AMPHERD_API_TOKEN": api_token,
        "AMPHERD_STORE_URL": store_url,
        "AMPHERD_STORE_TOKEN": store_token,
    }


def health_url(port: int, *, address: str = "127.0.0.1") -> str:
    """Return the URL that answers HTTP 200 once pages can be opened."""
    return f"http://{address}:{port}/_stcore/health"
