"""What the file says of running a site for years: the database, its readers, backups."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field
from pydantic import model_validator as check

from ampherd.config.kinds import Name, Number, Spec, Whole


class StoreSpec(Spec):
    """Where the data is."""

    path: Name = Field(
        default="ampherd.duckdb",
        description="Database file; relative to this configuration file.",
    )
    memory_mb: Annotated[Whole, Field(ge=128)] = Field(
        default=1024,
        description="Memory for the database, for writing and all reading together, MB.",
    )
    free_mb: Annotated[Whole, Field(ge=0)] = Field(
        default=1024,
        description="An alarm is raised when less than this is free on the database's disk, MB.",
    )


class RetentionSpec(Spec):
    """How long the database keeps what; nothing that bills rest on is ever deleted."""

    raw_days: int = Field(
        default=90,
        ge=7,
        description="Frames, meter readings and plans stay in the database that long, days; then "
        "they go to Parquet files beside it and can be queried as before.",
    )
    minute_days: int = Field(
        default=400,
        ge=7,
        description="Minutes of metered values are kept that long, days; quarters of an hour and "
        "days are kept for ever.",
    )
    archive_days: int | None = Field(
        default=None,
        ge=30,
        description="Parquet files are deleted when that old, days; left out: never. Sessions, "
        "energy and bills stay, but can no longer be rebuilt from frames.",
    )
    size_budget_gib: float = Field(
        default=50.0,
        gt=0,
        description="Database and archive should stay below, GiB; beyond it there is an alarm.",
    )

    @check(mode="after")
    def _the_archive_is_older_than_the_database(self) -> Self:
        if self.archive_days is not None and self.archive_days <= self.raw_days:
            raise ValueError(
                f"archive_days {self.archive_days} must be above raw_days {self.raw_days}"
            )
        return self


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
