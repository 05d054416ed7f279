"""The chargers of the made-up site, and a reader with something on record of one of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from ocpp_core.domain.view import ChargePointView
from tests.dashboards.fakes import NOW, MessagesReader, zoned


def charge_points(at: datetime = NOW) -> tuple[ChargePointView, ...]:
    """The chargers of `live_view`: CP-6 is offline, CP-9 registered itself, CP-5's clock is off."""

    def point(n: int, **values: Any) -> ChargePointView:
        base: dict[str, Any] = {
            "configured": True, "online": True, "stale": False, "registration": "Accepted",
            "vendor": "Volt", "model": f"Wall {n}", "serial_number": f"SN-{n}",
            "firmware_version": "2.1.0", "last_frame_at": at - timedelta(seconds=20 * n),
            "connectors": (f"CP-{n}/1",), "link_since": at - timedelta(days=3),
            "ocpp_version": "ocpp1.6" if n % 2 else "ocpp2.0.1", "security_profile": n % 3,
            "clock_ahead_s": 0.4,
        }  # fmt: skip
        return ChargePointView(charge_point_id=f"CP-{n}", **{**base, **values})

    gone = at - timedelta(minutes=12)
    return (
        *(point(n) for n in range(1, 5)),
        point(5, clock_ahead_s=-300.0),
        point(6, online=False, link_since=gone, last_frame_at=gone, ocpp_version=""),
        point(9, configured=False, registration="Pending", connectors=(), security_profile=None,
              clock_ahead_s=None),
    )  # fmt: skip


class ChargersReader(MessagesReader):
    """A reader with something on record of CP-1 in every table, and nothing of the others."""

    def chargers(self, start: datetime, end: datetime) -> pd.DataFrame:
        self.asked.append({"start": start, "end": end})
        rows = [
            (
                f"CP-{n}",
                True,
                "Volt",
                f"Wall {n}",
                "2.1.0",
                f"ocpp{'2.0.1' if n == 6 else '1.6'}",
                n,
            )
            for n in range(1, 7)
        ]
        rows.append(("CP-OLD", False, "Volt", "Wall 0", "1.0", "ocpp1.6", 0))
        columns = ["charge_point_id", "configured", "vendor", "model", "firmware_version",
                   "ocpp_version", "odd"]  # fmt: skip
        frame = pd.DataFrame([] if self.empty else rows, columns=columns)
        booted = self.now - timedelta(days=3)
        return frame.assign(
            serial_number="SN", booted_at=zoned([booted] * len(frame)), ahead_s=float("nan"),
            heard_at=zoned([self.now - timedelta(minutes=1)] * len(frame)),
        )  # fmt: skip

    def settings(self, **options: Any) -> pd.DataFrame:
        rows = [
            ("HeartbeatInterval", "300", False, "300.0", "Accepted"),
            ("MeterValueSampleInterval", "60", False, "30", "Accepted"),
            ("AuthorizationKey", None, True, None, "Accepted"),
        ]
        columns = ["name", "value", "secret", "ordered_value", "order_answer"]
        frame = self._of_cp_1(rows, columns, options, "reported_at")
        empty = dict.fromkeys(("unit", "readonly", "choices", "min_limit", "max_limit"))
        return frame.assign(attribute="Actual", **empty)

    def setting_drift(self, **options: Any) -> pd.DataFrame:
        asked = options.get("charge_point_id", "CP-2")
        rows = [
            ("CP-2", "WebSocketPingInterval", "60", "0", "refused", "The charger refuses it."),
            ("CP-2", "MeterValueSampleInterval", "60", "900", "differs", "Another value."),
            ("CP-2", "ClockAlignedDataInterval", "0", "0", "set", "As wanted."),
        ]
        rows = [row for row in rows if not (options.get("off") and row[4] == "set")]
        frame = pd.DataFrame(
            [] if self.empty or asked != "CP-2" else rows,
            columns=["charge_point_id", "name", "wanted", "found", "state", "words"],
        )
        return frame.assign(source="", checked_at=zoned([self.now] * len(frame)))

    def charger_findings(self, **options: Any) -> pd.DataFrame:
        frame = self._of_cp_1(
            [
                ("rate-units", "A,W", "asked", True, "2.1.0", 3),
                ("lowest-limit-a", "6", "observed", True, "2.1.0", 9),
                ("takes-zero", "true", "shared", False, "2.1.0", 1),
                ("max-periods", "24", "asked", True, "1.0", 1),
            ],
            ["fact", "value", "evidence", "verified", "firmware", "times"], options, "first_at",
        )  # fmt: skip
        return frame.assign(last_at=frame["first_at"])

    def default_checks(self, **options: Any) -> pd.DataFrame:
        return self._of_cp_1(
            [(1, "differs", "It reports 32 A.")], ["connector_id", "state", "words"],
            options, "checked_at",
        )  # fmt: skip

    def unit_doubts(self, start: datetime, end: datetime) -> pd.DataFrame:
        return pd.DataFrame(
            [
                {
                    "vendor": "Volt", "model": "Wall 1", "firmware_version": "2.1.0",
                    "quantity": "register", "factor": 1000.0, "chargers": 2, "example": "CP-7",
                    "register_kwh": 0.01, "power_kwh": 10.2,
                    "words": "the register counts kWh and says Wh",
                }
            ]
        )  # fmt: skip

    def profiles_in_force(self, at: datetime, **options: Any) -> pd.DataFrame:
        start = self.now - timedelta(hours=1)
        frame = self._of_cp_1(
            [(1, "TxProfile", 1, 7, "Absolute", "A", "0:16 7200:6", "ordered", 11)],
            ["connector_id", "purpose", "stack_level", "profile_id", "kind", "rate_unit",
             "periods", "source", "transaction_id"],
            options, "since",
        )  # fmt: skip
        frame["schedule_start"] = zoned([start] * len(frame))
        return frame.assign(duration_s=None, valid_from=None, valid_to=None, recurrency=None)

    def charging_limits(self, start: datetime, end: datetime, **options: Any) -> pd.DataFrame:
        frame = self._of_cp_1(
            [(0, "EMS", False, "A 0:10")],
            ["connector_id", "source", "grid_critical", "schedules"], options, "notified_at",
        )  # fmt: skip
        return frame.assign(cleared_at=None)

    def transfers(self, start: datetime, end: datetime, **options: Any) -> pd.DataFrame:
        return self._of_cp_1(
            [("firmware", "ordered", "Accepted", 3, "https://example.org/fw.bin")],
            ["transfer", "step", "status", "request_id", "detail"], options, "step_at",
        )  # fmt: skip

    def security_events(self, start: datetime, end: datetime, **options: Any) -> pd.DataFrame:
        frame = self._of_cp_1(
            [("TamperDetectionActivated", "lid")], ["kind", "info"], options, "received_at"
        )
        return frame.assign(event_at=frame["received_at"])

    def certificates(self, **options: Any) -> pd.DataFrame:
        frame = self._of_cp_1(
            [("V2GRootCertificate", "installed", "SHA256", "aa", "bb", "01")],
            ["used_for", "state", "algorithm", "issuer_name_hash", "issuer_key_hash",
             "serial_number"],
            options, "changed_at",
        )  # fmt: skip
        return frame.assign(asked_at=None)

    def certificate_steps(self, start: datetime, end: datetime, **options: Any) -> pd.DataFrame:
        return self._of_cp_1(
            [("install", "V2GRootCertificate", "Accepted", "01")],
            ["step", "used_for", "answer", "detail"], options, "step_at",
        )  # fmt: skip

    def reservations(self, at: datetime, **options: Any) -> pd.DataFrame:
        frame = self._of_cp_1(
            [(4, 0, "••••4F2A", "accepted", "Accepted")],
            ["reservation_id", "connector_id", "id_token", "state", "answer"],
            options, "ordered_at",
        )  # fmt: skip
        return frame.assign(expires_at=frame["ordered_at"], changed_at=frame["ordered_at"])

    def local_lists(self, **options: Any) -> pd.DataFrame:
        frame = self._of_cp_1(
            [(3, 1, "Accepted", 2)], ["version", "entries", "answer", "reported_version"],
            options, "sent_at",
        )  # fmt: skip
        return frame.assign(reported_at=frame["sent_at"])

    def local_list_entries(self, charge_point_id: str) -> pd.DataFrame:
        frame = self._of_cp_1(
            [("••••4F2A", "Accepted", 3)], ["id_token", "status", "version"],
            {"charge_point_id": charge_point_id}, "changed_at",
        )  # fmt: skip
        return frame.assign(expires_at=None)

    def ghosts(self, at: datetime) -> pd.DataFrame:
        frame = self._of_cp_1(
            [("CP-1/1", "s1", 11, None, 4.2, "its charger has started anew since\nnothing heard")],
            ["connector", "session_id", "transaction_id", "station_transaction_id", "energy_kwh",
             "reasons"],
            {}, "started_at",
        )  # fmt: skip
        return frame.assign(heard_at=frame["started_at"])

    def transaction_gaps(self, start: datetime, end: datetime, **options: Any) -> pd.DataFrame:
        return self._of_cp_1(
            [("s1", 2, "3, 4", True, False)],
            ["session_id", "missing", "missing_numbers", "started", "ended"], options, "first_at",
        )  # fmt: skip

    def unassigned_energy(self, start: datetime, end: datetime) -> pd.DataFrame:
        frame = self._of_cp_1(
            [("CP-1/1", "s1", None, 2.5), ("CP-10/1", "s9", None, 9.9)],
            ["connector", "after_session_id", "before_session_id", "energy_kwh"], {}, "from_at",
        )  # fmt: skip
        return frame.assign(to_at=frame["from_at"])

    def _of_cp_1(
        self, rows: list[Any], columns: list[str], options: dict[str, Any], time: str
    ) -> pd.DataFrame:
        asked = options.get("charge_point_id", "CP-1")
        frame = pd.DataFrame([] if self.empty or asked != "CP-1" else rows, columns=columns)
        frame[time] = zoned([self.now - timedelta(minutes=5)] * len(frame))
        return frame.assign(charge_point_id="CP-1")
