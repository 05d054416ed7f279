"""Where each key of a TOML document stands.

`tomllib` gives values without places, so the text is read a second time for places only. It has
been parsed before, so the scanner may take it to be valid TOML.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

type KeyPath = tuple[str | int, ...]
"""Names of tables and keys, with the number of each list item: ("charge_point", 0, "id")."""

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_SCALAR = re.compile(r"[^,\]}#\r\n]+")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''(?:.|\n)*?'{3,5}"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class LineIndex:
    """Line numbers, from 1, of the keys, tables and list items of one document."""

    lines: Mapping[KeyPath, int]

    @classmethod
    def of(cls, text: str) -> LineIndex:
        """Index a document that `tomllib` accepts."""
        return cls(_Scanner(text).scan())

    def exact(self, path: KeyPath) -> int | None:
        """Return the line on which `path` itself is written, or None."""
        return self.lines.get(path)

    def nearest(self, path: KeyPath) -> int | None:
        """Return the line of `path`, or of the closest table around it, or None."""
        for length in range(len(path), 0, -1):
            if (line := self.lines.get(path[:length])) is not None:
                return line
        return None


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._lines: dict[KeyPath, int] = {}
        self._items: dict[KeyPath, int] = {}
        """How many items each list of tables has so far."""

    def scan(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        while True:
            self._take(_BLANK)
            if self._at >= len(self._text):
                return self._lines
            if self._text.startswith("[[", self._at):
                self._skip(2)
                names = self._key()
                self._skip(2)
                table = self._new_item(names)
            elif self._text[self._at] == "[":
                self._skip(1)
                names = self._key()
                self._skip(1)
                table = self._resolve(names)
                self._note(table)
            else:
                self._pair(table)

    def _pair(self, table: KeyPath) -> None:
        line = self._line
        path = table
        for name in self._key():
            path = (*path, name)
            self._lines.setdefault(path, line)
        self._skip(1)
        self._take(_SPACE)
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        match self._text[self._at]:
            case "[":
                self._skip(1)
                number = 0
                while not self._closed("]"):
                    item = (*path, number)
                    self._note(item)
                    self._value(item)
                    number += 1
            case "{":
                self._skip(1)
                while not self._closed("}"):
                    self._pair(path)
            case '"' | "'":
                self._take(_STRING)
            case _:
                self._take(_SCALAR)

    def _closed(self, bracket: str) -> bool:
        """Skip blanks and commas; tell whether the list or inline table ends here."""
        self._take(_BLANK)
        while self._text[self._at] == ",":
            self._skip(1)
            self._take(_BLANK)
        if self._text[self._at] != bracket:
            return False
        self._skip(1)
        return True

    def _key(self) -> tuple[str, ...]:
        names: list[str] = []
        while True:
            self._take(_SPACE)
            if self._text[self._at] in "\"'":
                quoted = self._take(_STRING)
                names.extend(tomllib.loads(f"{quoted} = 0"))
            else:
                names.append(self._take(_BARE_KEY))
            self._take(_SPACE)
            if self._text[self._at] != ".":
                return tuple(names)
            self._skip(1)

    def _resolve(self, names: tuple[str, ...]) -> KeyPath:
        path: KeyPath = ()
        for name in names:
            path = (*path, name)
            if path in self._items:
                path = (*path, self._items[path] - 1)
        return path

    def _new_item(self, names: tuple[str, ...]) -> KeyPath:
        path = (*self._resolve(names[:-1]), names[-1])
        self._note(path)
        number = self._items.get(path, 0)
        self._items[path] = number + 1
        item = (*path, number)
        self._note(item)
        return item

    def _note(self, path: KeyPath) -> None:
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], self._line)

    def _skip(self, count: int) -> None:
        self._at += count

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise ValueError(f"line {self._line} is not TOML: {self._text[self._at :][:20]!r}")
        self._at = found.end()
        self._line += found[0].count("\n")
        return found[0]
