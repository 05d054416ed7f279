"""Notebooks run from top to bottom, and keep no outputs."""

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom_and_keeps_no_outputs(
    path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMPHERD_NOTEBOOK_SOURCE", str(source))
    names: dict[str, Any] = {"__name__": "notebook"}
    cells = [c for c in json.loads(path.read_text("utf-8"))["cells"] if c["cell_type"] == "code"]
    for cell in cells:
        assert not cell["outputs"]
        exec(compile("".join(cell["source"]), str(path), "exec"), names)
