"""What the file says of running a site for years: readers of the database, backups."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ampherd.config.kinds import Name, Number, Spec, Whole


class LiveSqlSpec(Spec):
    """What those who read the running database may take of the server (docs/operations.md)."""

    timeout_s: Annotated[Number, Field(ge=1, le=86400)] = Field(
        default=60.0, description="A statement that runs longer is interrupted, s."
    )
    at_once: Annotated[Whole, Field(ge=1, le=32)] = Field(
        default=2,
        description="Statements of analysts that run at the same time; others wait up to 10 s. The "
        "dashboards have places of their own.",
    )
    memory_share: Annotated[Number, Field(gt=0, le=0.95)] = Field(
        default=0.7,
        description="Part of `store.memory_mb` above which statements of analysts are interrupted.",
    )
    temp_mb: Annotated[Whole, Field(ge=0)] = Field(
        default=2048,
        description="Room on the database's disk for statements that do not fit into memory, MB; "
        "one that needs more fails.",
    )


class BackupSpec(Spec):
    """Backups that the server makes by itself; `ampherd backup` makes one at any time."""

    every_hours: Annotated[Number, Field(ge=0.1, le=24 * 366)] | None = Field(
        default=None, description="Hours between backups; not given: none is made by itself."
    )
    keep: Annotated[Whole, Field(ge=1)] = Field(
        default=7, description="Backups that are kept; older ones that the server made are removed."
    )
    folder: Name = Field(
        default="backups",
        description="Folder; relative to this configuration file. Better on another disk.",
    )
    secrets: bool = Field(
        default=False,
        description="Put what chargers and API clients prove themselves with into backups too.",
    )
