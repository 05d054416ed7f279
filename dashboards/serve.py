"""Serve the dashboards: Streamlit's own server with our pages loaded ahead of the first viewer."""

from __future__ import annotations

import importlib
import sys
from importlib import resources
from threading import Thread


def main() -> None:
    """Run Streamlit with the options of the command line; see `dashboards.launch.command`."""
    # Seconds of imports (pandas, Altair, DuckDB) that the first page would wait for otherwise.
    Thread(target=_load_pages, name="load-pages", daemon=True).start()
    from streamlit.web import cli  # noqa: PLC0415 -- after the thread has begun

    app = resources.files("dashboards").joinpath("app.py")
    sys.argv = ["streamlit", "run", str(app), *sys.argv[1:]]
    cli.main(prog_name="streamlit")


def _load_pages() -> None:
    importlib.import_module("dashboards.app")


if __name__ == "__main__":
    main()
