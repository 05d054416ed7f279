"""What is said of the disk of the database."""

from __future__ import annotations

from pathlib import Path

from ampherd.runtime.room import DiskRoom, disk_room, short_of_room


def test_the_database_counts_with_its_log(tmp_path: Path) -> None:
    path = tmp_path / "depot.duckdb"
    path.write_bytes(bytes(100))
    path.with_name("depot.duckdb.wal").write_bytes(bytes(11))

    room = disk_room(path)

    assert 111 == room.database_bytes
    assert room.free_bytes > 0


def test_little_room_is_said_in_megabytes() -> None:
    room = DiskRoom(database_bytes=0, free_bytes=900_000_000)

    assert () == short_of_room(room, 800_000_000)
    assert "Only 900 MB are free" in short_of_room(room, 1_000_000_000)[0]
