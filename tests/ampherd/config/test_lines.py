import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampherd.config.lines import KeyPath, LineIndex

TEXT = '''\
# a comment with [brackets] and a = sign
top = 1
[site]
name = "a ] } , # no comment"   # a comment
"quoted key" = 'literal \\ string'
text = """
[not.a.table]
x = 1
""" # three lines
dotted.inner . key = 5

[[point]]
id = "A"
connectors = [
    # connector one
    { id = 1, phases = ["L1", "L2"] },
    { id = 2, phases = [
        "L3",
    ] },
]
[[point]]
id = "B"
[point.extra]
x = 07:32:00
[[point.sub]]
y = 1979-05-27T07:32:00Z
[[point.sub]]
y = +1e6
[tariff.site]
raw = \'\'\'
don't
\'\'\'
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 2),
        (("site",), 3),
        (("site", "name"), 4),
        (("site", "quoted key"), 5),
        (("site", "text"), 6),
        (("site", "dotted", "inner", "key"), 10),
        (("point",), 12),
        (("point", 0), 12),
        (("point", 0, "id"), 13),
        (("point", 0, "connectors"), 14),
        (("point", 0, "connectors", 0), 16),
        (("point", 0, "connectors", 0, "phases", 1), 16),
        (("point", 0, "connectors", 1, "id"), 17),
        (("point", 0, "connectors", 1, "phases", 0), 18),
        (("point", 1), 21),
        (("point", 1, "id"), 22),
        (("point", 1, "extra", "x"), 24),
        (("point", 1, "sub", 0, "y"), 26),
        (("point", 1, "sub", 1), 27),
        (("tariff",), 29),
        (("tariff", "site", "raw"), 30),
    ],
)
def test_every_key_table_and_item_has_its_line(path: KeyPath, line: int) -> None:
    tomllib.loads(TEXT)

    assert line == LineIndex.of(TEXT).exact(path)


def test_a_key_that_is_not_written_has_the_line_of_the_table_around_it() -> None:
    index = LineIndex.of(TEXT)

    assert index.exact(("point", 1, "missing")) is None
    assert 21 == index.nearest(("point", 1, "missing"))
    assert index.nearest(("nowhere", "at all")) is None


def paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from paths(inner, (*path, number))


def written(value: Any) -> str:
    """Write a value as TOML, lists and tables over several lines."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(k)} = {written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[\n" + "".join(f"  {written(item)}, # ]\n" for item in value) + "]"
    return quoted(value) if isinstance(value, str) else str(value).lower()


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


# What JSON strings and TOML strings write alike, with all that could mislead a scanner.
texts = st.text(alphabet="ab \"'\\#[]{}=,.\n", max_size=8)
values = st.recursive(
    st.integers() | st.booleans() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(document=st.dictionaries(texts, values, max_size=4))
def test_whatever_tomllib_reads_is_indexed_completely(document: dict[str, Any]) -> None:
    text = "\n".join(f"{quoted(key)} = {written(value)}" for key, value in document.items())

    assert document == tomllib.loads(text)
    assert set(paths(document)) == set(LineIndex.of(text).lines)
