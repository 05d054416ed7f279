"""The past of a made-up site for the pages: a reader with the Reader's names and columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.site_facts import DataRange, SiteInfo
from ocpp_core.domain.errors import ReaderError

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2019, 3, 6, 22, 32, 20, tzinfo=UTC)
"""14:32 on Wednesday 6 March 2019 at the site; the clocks change on the Sunday after."""
CURRENCY = "USD"
CONNECTORS = tuple(f"CP-{n}/1" for n in range(1, 7))


class FakeReader:
    """Ninety days of a regular life, seen with the Reader's methods."""

    def __init__(self, *, now: datetime = NOW, empty: bool = False) -> None:
        self.now, self.empty = now, empty
        self.compared: list[dict[str, Any]] = []
        self.first = now - timedelta(days=90)
        self.site = SiteInfo(
            site_id="demo", name="Caltech garage", timezone=ZONE, currency=CURRENCY, limit_w=44e3
        )

    def data_range(self) -> DataRange | None:
        return None if self.empty else DataRange(start=self.first, end=self.now)

    def consumption(
        self, start: datetime, end: datetime, *, by: str = "day", split: str = "site"
    ) -> pd.DataFrame:
        frame = self._hours(start, end)
        columns = ["period_start", "connector", "energy_kwh", "peak_charging_kw", "sessions"]
        if frame.empty:
            return pd.DataFrame(columns=[*columns, "assumed_kwh", "provisional"])
        frame = frame.assign(period_start=_grain(frame["hour"], by, start))
        grouped = frame.groupby(["period_start", "connector"], as_index=False).agg(
            energy_kwh=("kwh", "sum"), peak_charging_kw=("kwh", "max"), sessions=("session", "sum")
        )
        everything = grouped.groupby("period_start", as_index=False)[
            ["energy_kwh", "peak_charging_kw", "sessions"]
        ].sum()
        parts = [everything.assign(connector="all")]
        if split == "connector":
            parts.append(grouped)
        return pd.concat(parts, ignore_index=True).assign(assumed_kwh=0.0, provisional=False)

    def site_power(self, start: datetime, end: datetime, *, step_s: int = 900) -> pd.DataFrame:
        step = timedelta(seconds=step_s)
        begin = max(start, self.first)
        begin -= timedelta(seconds=begin.timestamp() % step_s)
        times = [] if self.empty else _times(begin, min(end, self.now), step)
        hours = [local_hour(at) for at in times]
        charging = [1e3 * sum(_kwh(n, at) for n in range(6)) for at in times]
        building, pv = [building_w(h) for h in hours], [pv_w(h) for h in hours]
        site = [c + b - p for c, b, p in zip(charging, building, pv, strict=True)]
        return pd.DataFrame(
            {
                "at": zoned(times), "site_w": site, "site_peak_w": site, "charging_w": charging,
                "building_w": building, "pv_w": pv, "limit_w": 44e3,
            }
        )  # fmt: skip

    def demand(self, start: datetime, end: datetime) -> pd.DataFrame:
        power = self.site_power(start, end, step_s=3600)
        columns = ["period_start", "peak_w", "peak_at"]
        if power.empty:
            return pd.DataFrame(columns=columns)
        top = power.loc[[power["site_w"].idxmax()]]
        return pd.DataFrame(
            {"period_start": top["at"], "peak_w": top["site_w"], "peak_at": top["at"]}
        )

    def plan_quality(self, start: datetime, end: datetime) -> pd.DataFrame:
        amounts = {"managed_cost": 41.2, "unmanaged_cost": 55.8, "best_cost": 39.9}
        row = {
            "day": (end - timedelta(days=1)).date(), "sessions": 5, "wanted_kwh": 82.0,
            "delivered_kwh": 80.0, "delivered_best_kwh": 82.0, "month_peak_kw": 21.5,
            "month_regret_share": 0.033, "currency": "EUR", **amounts,
        }  # fmt: skip
        return pd.DataFrame([] if self.empty else [row])

    def revenue(
        self, start: datetime, end: datetime, *, by: str = "day", split: str = "site"
    ) -> pd.DataFrame:
        used = self.consumption(start, end, by=by, split=split)
        ended = used[["period_start", "connector", "sessions", "energy_kwh"]].rename(
            columns={"sessions": "sessions_billed", "energy_kwh": "billed_kwh"}
        )
        return ended.assign(
            revenue=used["energy_kwh"].astype("float64") * 0.32,
            energy_cost=used["energy_kwh"].astype("float64") * 0.081,
            margin=used["energy_kwh"].astype("float64") * 0.239,
            currency=CURRENCY,
            cost_known_share=1.0,
        )

    def utilization(
        self, start: datetime, end: datetime, *, split: str = "connector"
    ) -> pd.DataFrame:
        used = self.consumption(start, end, by="total", split="connector")
        energy = used.set_index("connector")["energy_kwh"].astype("float64")
        hours = max((min(end, self.now) - max(start, self.first)).total_seconds() / 3600, 1e-9)
        rows = []
        for n, name in enumerate(CONNECTORS):
            kwh = float(energy.get(name, 0.0))
            charging = kwh / 9
            rows.append(
                {
                    "connector": name, "circuit_id": "garage", "max_power_kw": 11.04,
                    "period_h": hours, "sessions": round(kwh / 14),
                    "connected_h": charging * (1.6 + n / 5), "charging_h": charging,
                    "idle_h": charging * (0.6 + n / 5),
                    "occupancy_share": charging * (1.6 + n / 5) / hours,
                    "charging_share": charging / hours, "energy_kwh": kwh,
                    "energy_share": kwh / (11.04 * hours),
                }
            )  # fmt: skip
        return pd.DataFrame(rows)

    def occupancy(self, start: datetime, end: datetime, *, by: str = "hour") -> pd.DataFrame:
        times = [] if self.empty else _times(max(start, self.first), min(end, self.now), _HOUR)
        charging = [sum(_kwh(n, at) > 0 for n in range(6)) for at in times]
        return pd.DataFrame(
            {
                "period_start": zoned(times),
                "connected": [min(6.0, c * 1.4) for c in charging],
                "charging": [float(c) for c in charging],
                "connectors": 6,
            }
        )

    def sessions(
        self,
        start: datetime,
        end: datetime,
        *,
        connector: str | None = None,
        session_id: str | None = None,
        limit: int = 10_000,
    ) -> pd.DataFrame:
        rows: list[dict[str, Any]] = []
        day = datetime(2018, 12, 7, 16, 10, tzinfo=UTC)
        while not self.empty and day < min(end, self.now):
            if day >= start:
                n = day.toordinal() % 6
                kwh = 6.0 + 3.1 * (day.toordinal() % 7)
                ended = day + timedelta(hours=4, minutes=20)
                rows.append(
                    {
                        "session_id": f"s{day:%m%d}", "connector": CONNECTORS[n],
                        "id_token": "••••4F2A", "started_at": day,
                        "ended_at": ended if ended < self.now else None, "connected_h": 4.33,
                        "charging_h": 2.1, "energy_kwh": kwh, "asked_kwh": kwh + 0.5,
                        "departure": ended, "need_stated": True, "stop_reason": "EVDisconnected",
                        "revenue": round(kwh * 0.32, 2), "energy_cost": round(kwh * 0.081, 2),
                        "margin": round(kwh * 0.239, 2), "currency": CURRENCY,
                        "tariff": "public-v1", "source": "acn", "trust": "metered",
                        "findings": "", "transaction_id": None,
                    }
                )  # fmt: skip
            day += timedelta(days=1)
        frame = pd.DataFrame(rows[::-1])
        for column in ("started_at", "ended_at", "departure"):
            if len(frame):
                frame[column] = pd.to_datetime(frame[column], utc=True).dt.tz_convert(ZONE)
        return frame

    def session_intervals(self, session_id: str) -> pd.DataFrame:
        start = datetime(2019, 3, 5, 16, 15, tzinfo=UTC)
        return pd.DataFrame(
            {
                "slot_start": zoned([start + timedelta(minutes=15 * n) for n in range(16)]),
                "energy_kwh": 1.6, "mean_kw": [6.4] * 12 + [4.0, 2.5, 1.2, 0.0],
                "connected_s": 900, "charging_s": 900, "price_per_kwh": 0.07,
                "assumed": False, "provisional": False,
            }
        )  # fmt: skip

    def session_limits(self, session_id: str) -> pd.DataFrame:
        slots = self.session_intervals(session_id)["slot_start"]
        return pd.DataFrame(
            {
                "slot_start": slots, "mean_w": 6400.0, "limit_a": [16.0] * 12 + [8.0] * 4,
                "limit_w": 6600.0, "limited_s": 900.0, "connected_s": 900.0,
                "reason": ["price"] * 12 + ["circuit"] * 4,
                "words": ["waits for solar power"] * 12 + ["the feeder is full"] * 4,
            }
        )  # fmt: skip

    def cost_lines(self, session_id: str) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "line": [1, 2], "kind": ["FLAT", "ENERGY"], "quantity": [1.0, 14.2],
                "unit": ["session", "kWh"], "unit_price": [0.5, 0.32], "amount": [0.5, 4.54],
                "currency": CURRENCY, "tariff": "public-v1",
                "rule": ["once for each session", "for each kWh"], "provisional": False,
                "vat_percent": [None, 19.0], "vat_amount": [0.0, 0.86],
                "amount_incl_vat": [0.5, 5.40],
            }
        )  # fmt: skip

    def reservation_bills(self, start: datetime, end: datetime) -> pd.DataFrame:
        columns = ["over_at", "charge_point_id", "driver", "rule", "amount", "tariff"]
        if self.empty:
            return pd.DataFrame(columns=columns)
        bill = [pd.Timestamp(start), "CP-1", "Ada", "reservation fee 3 USD = 3.00", 3.0, "kept v2"]
        return pd.DataFrame([bill], columns=columns)

    def site_cost(self, start: datetime, end: datetime) -> pd.DataFrame:
        columns = [
            "period_start", "kind", "quantity", "unit", "unit_price", "amount",
            "amount_of_charging", "currency", "tariff_version", "rule",
        ]  # fmt: skip
        if self.empty:
            return pd.DataFrame(columns=columns)
        month = pd.Timestamp(start).tz_convert(ZONE).normalize().replace(day=1)
        return pd.DataFrame(
            [
                [month, "ENERGY", 900.0, "kWh", 0.07, 63.0, 20.0, CURRENCY, 1,
                 "grid import: 900.000 kWh x 0.07 USD/kWh = 63.00"],
                [month, "DEMAND", 31.0, "kW", 15.51, 480.81, 120.0, CURRENCY, 1,
                 "highest quarter of an hour 31.000 kW = 480.81"],
            ],
            columns=columns,
        )  # fmt: skip

    def price(self, start: datetime, end: datetime) -> pd.DataFrame:
        times = [] if self.empty else _times(floor(start), self.now, _HOUR)
        return pd.DataFrame(
            {
                "starts_at": zoned(times), "ends_at": zoned([at + _HOUR for at in times]),
                "kind": "energy", "value_per_kwh": [price(local_hour(at)) for at in times],
                "currency": CURRENCY, "source": "tariff",
            }
        )  # fmt: skip

    def compare(
        self, start: datetime, end: datetime, *, names: Sequence[str], **options: Any
    ) -> pd.DataFrame:
        """Half of everything where there is data, a quarter before; no emission is known."""
        self.compared.append({"start": start, "end": end, **options})
        if options.get("split", "site") == "charger":
            of_site = self.compare(start, end, names=names)
            self.compared.pop()
            return of_site.assign(subject="CP-1", value=2 * of_site["value"])
        known = [not self.empty and name != "co2_kg" for name in names]
        return pd.DataFrame(
            {
                "subject": "all",
                "kpi": list(names),
                "value": [
                    (0.0 if name == "co2_known_share" else 0.5) if k else math.nan
                    for name, k in zip(names, known, strict=True)
                ],
                "compared": [0.25 if k else math.nan for k in known],
            }
        )

    def _hours(self, start: datetime, end: datetime) -> pd.DataFrame:
        times = [] if self.empty else _times(max(start, self.first), min(end, self.now), _HOUR)
        rows = [
            {"hour": at, "connector": CONNECTORS[n], "kwh": kwh, "session": local_hour(at) == 9}
            for at in times
            for n in range(6)
            if (kwh := _kwh(n, at)) > 0
        ]
        frame = pd.DataFrame(rows, columns=["hour", "connector", "kwh", "session"])
        if len(frame):
            frame["hour"] = pd.to_datetime(frame["hour"], utc=True).dt.tz_convert(ZONE)
        return frame


class MessagesReader(FakeReader):
    """A reader that has three messages, and remembers what it was asked for."""

    def __init__(self, *, empty: bool = False) -> None:
        super().__init__(empty=empty)
        self.asked: list[dict[str, Any]] = []

    def connectors(self) -> pd.DataFrame:
        return pd.DataFrame({"charge_point_id": ["CP-1", "CP-1", "CP-2"]})

    def messages(self, start: datetime, end: datetime, **options: Any) -> pd.DataFrame:
        self.asked.append({"start": start, "end": end, **options})
        frame = '[2,"m1","Authorize",{"idTag":"04AB5678"}]'
        rows = [
            ("CP-1", "from-charger", "Authorize", "answered", "", frame, '[3,"m1",{}]', 3),
            ("CP-2", "from-charger", "MeterValues", "answered",
             "unit 'Hz' is not one of OCPP\nfield x does not exist: ignored",
             '[2,"m2","MeterValues",{}]', '[3,"m2",{}]', 2),
            ("CP-1", "from-charger", "", "unreadable", "no JSON: expected value", "[,{", None, 1),
        ]  # fmt: skip
        columns = ["charge_point_id", "direction", "action", "outcome", "findings", "frame",
                   "answer", "seq"]  # fmt: skip
        frame_of = pd.DataFrame([] if self.empty else rows, columns=columns)
        frame_of["at"] = zoned([self.now - timedelta(seconds=n) for n in range(len(frame_of))])
        frame_of["message_id"], frame_of["session_id"] = "m", None
        frame_of["ocpp_version"] = "ocpp1.6"
        return frame_of


class DownReader:
    """A reader whose server is gone."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise ReaderError("quack:127.0.0.1:1: connection refused", hint="Is the server running?")


_HOUR = timedelta(hours=1)


def _times(start: datetime, end: datetime, step: timedelta) -> list[datetime]:
    count = max(0, math.ceil((end - start) / step))
    return [start + n * step for n in range(count)]


def zoned(times: list[datetime]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(pd.to_datetime(times, utc=True)).tz_convert(ZONE)


def floor(at: datetime) -> datetime:
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def local_hour(at: datetime) -> int:
    return at.astimezone(ZONE).hour


def _grain(hours: pd.Series, by: str, start: datetime) -> pd.Series:
    if by == "total":
        return pd.Series(pd.Timestamp(start).tz_convert(ZONE), index=hours.index)
    days = pd.DatetimeIndex(hours).normalize()
    months = days - pd.to_timedelta(days.day - 1, unit="D")
    starts = {"hour": hours, "day": days, "month": months}[by]
    return pd.Series(starts.array, index=hours.index)


def _kwh(n: int, at: datetime) -> float:
    local = at.astimezone(ZONE)
    weekend = local.weekday() >= 5
    busy = 8 + n // 2 <= local.hour < (13 if weekend else 17 + n % 3)
    if not busy or (local.toordinal() + n) % 5 == 0:
        return 0.0
    return round((4.0 + n * 0.8) * (1 + 0.3 * math.sin(local.toordinal() * 1.7 + n)), 3)


def building_w(hour: int) -> float:
    return 9e3 + 14e3 * math.exp(-(((hour - 13) / 4.5) ** 2))


def pv_w(hour: int) -> float:
    return max(0.0, 24e3 * math.cos((hour - 12.5) / 12 * math.pi) ** 3) if 6 < hour < 19 else 0.0


def price(hour: int) -> float:
    return 0.0869 if 12 <= hour < 18 else 0.07492 if 8 <= hour < 23 else 0.06087
