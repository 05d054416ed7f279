"""The part of the read side that asks what chargers told, keep and were told."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime

import pandas as pd

from analytics.questions import Value


class ChargerQuestions(ABC):
    """Questions about chargers' records; tokens are masked but for their last four characters.

    `charge_point_id=None` asks about all chargers. `start` and `end` are half-open.
    """

    @abstractmethod
    def _ask(self, name: str, /, **values: Value) -> pd.DataFrame:
        """Answer a named question."""

    def chargers(self, start: datetime, end: datetime) -> pd.DataFrame:
        """Every charger that is configured or has history, and how its messages of a period fared.

        Columns: charge_point_id, configured, vendor, model, serial_number, firmware_version,
        ocpp_version (of its last boot), booted_at, heard_at (its last message of the period),
        messages, odd (with findings), refused, unreadable, unanswered (how many of them), ahead_s
        (how far its clock was ahead of ours; missing where fewer than three minutes had stamps).
        """
        return self._ask("chargers", start=start, end=end)

    # Messages ---------------------------------------------------------------------------------

    def messages(
        self,
        start: datetime,
        end: datetime,
        *,
        charge_point_id: str | None = None,
        action: str | None = None,
        outcome: str | None = None,
        direction: str | None = None,
        session_id: str | None = None,
        text: str | None = None,
        odd: bool = False,
        before: int | None = None,
        after: int | None = None,
        limit: int = 500,
    ) -> pd.DataFrame:
        """OCPP messages with their answers, the latest first.

        `text` is looked for in frame, answer and findings; `odd` keeps those with findings. To
        page on, give the lowest `seq` seen as `before`; to follow, the highest as `after`, which
        gives the oldest of what came since first.

        Columns: at, charge_point_id, direction, action, message_id, outcome, findings (text),
        session_id, frame, answer, ocpp_version, seq.
        """
        return self._ask(
            "messages",
            start=start,
            end=end,
            charge_point_id=charge_point_id,
            action=action,
            outcome=outcome,
            direction=direction,
            session_id=session_id,
            text=text,
            odd=odd,
            before=before,
            after=after,
            limit=limit,
        )

    # Transactions -----------------------------------------------------------------------------

    def transaction_events(self, session_id: str) -> pd.DataFrame:
        """Steps of one transaction as its charger numbered them (OCPP 2.x).

        Columns: sequence, kind (`Started`, `Updated`, `Ended`), event_at, received_at, cause,
        offline, state, connector_id, phase_count, cable_max_current_a, remote_start_id,
        reservation_id, readings (how many came with it), operation_mode, missing_before (events
        that should stand before it and never came).
        """
        return self._ask("transaction_events", session_id=session_id)

    def transaction_gaps(
        self,
        start: datetime,
        end: datetime,
        *,
        charge_point_id: str | None = None,
        session_id: str | None = None,
    ) -> pd.DataFrame:
        """Transactions of which numbered events are missing (OCPP 2.x), the latest first.

        Columns: session_id, charge_point_id, first_at, first_sequence, last_sequence, started and
        ended (whether those events came), missing (how many), missing_numbers (text).
        """
        return self._ask(
            "transaction_gaps",
            start=start,
            end=end,
            charge_point_id=charge_point_id,
            session_id=session_id,
        )

    def transaction_status(
        self, *, charge_point_id: str | None = None, session_id: str | None = None
    ) -> pd.DataFrame:
        """What chargers answered when asked about transactions, the latest first.

        Columns: asked_at, charge_point_id, transaction_id, session_id, ongoing, messages_in_queue.
        """
        return self._ask(
            "transaction_status", charge_point_id=charge_point_id, session_id=session_id
        )

    def ghosts(self, at: datetime, *, silent_h: float = 12.0) -> pd.DataFrame:
        """Open sessions that are likely over at an instant, the longest silent first.

        Columns: session_id, connector, transaction_id, station_transaction_id, started_at,
        heard_at, energy_kwh, messages_in_queue (what the charger said when asked), reasons (text,
        one per line). Nothing is closed by this: a late end is always taken.
        """
        return self._ask("ghosts", at=at, silent_h=silent_h)

    def orders_so_far(self, since: datetime, at: datetime) -> pd.DataFrame:
        """What plans made from `since` on ordered each session that runs, until an instant.

        Columns: session_id, starts (how often its order rose from nothing), running_since (NaT
        while it is ordered nothing), given_wh (what it was told to give back, Wh at the meter).
        """
        return self._ask("orders_so_far", since=since, at=at)

    def unassigned_energy(self, start: datetime, end: datetime) -> pd.DataFrame:
        """Energy that registers show between sessions that ended in the period and what follows.

        Columns: connector, after_session_id, before_session_id (None: none followed), from_at,
        to_at, energy_kwh.
        """
        return self._ask("unassigned_energy", start=start, end=end)

    def unit_doubts(self, start: datetime, end: datetime) -> pd.DataFrame:
        """Models whose registers and powers disagree as if one of them bore a wrong unit.

        What the register rose by is held against the power over the same time; which of both is
        wrong follows from what the connector can deliver. Nothing is changed by this.

        Columns: vendor, model, firmware_version, quantity (`register` or `power`), factor (to
        multiply it with), chargers (how many), example (one of them), register_kwh, power_kwh
        (as they stand), words.
        """
        return self._ask("unit_doubts", start=start, end=end)

    def profile_writes(
        self, start: datetime, end: datetime, *, charge_point_id: str | None = None
    ) -> pd.DataFrame:
        """How often chargers were told a profile, by UTC day.

        Those that survive their transaction are kept in flash, which wears out.

        Columns: charge_point_id, day, writes (all), kept (of them: not for one transaction only).
        """
        return self._ask("profile_writes", start=start, end=end, charge_point_id=charge_point_id)

    # What chargers keep -----------------------------------------------------------------------

    def reservations(self, at: datetime, *, charge_point_id: str | None = None) -> pd.DataFrame:
        """Reservations, the last changed first; what is over at an instant is expired.

        Columns: charge_point_id, reservation_id, connector_id, id_token, state (`accepted`,
        `refused`, `unanswered`, `used`, `cancelled`, `expired`, `removed`, `unused`), answer,
        ordered_at, expires_at, session_id, changed_at.
        """
        return self._ask("reservations", at=at, charge_point_id=charge_point_id)

    def local_lists(self, *, charge_point_id: str | None = None) -> pd.DataFrame:
        """Local authorisation lists, one row for each charger.

        Columns: charge_point_id, version (last accepted), entries, sent_at, answer (the charger's
        word to the last list sent), reported_version, reported_at.
        """
        return self._ask("local_lists", charge_point_id=charge_point_id)

    def local_list_entries(self, charge_point_id: str) -> pd.DataFrame:
        """Tokens on a charger's local list.

        Columns: id_token, status, expires_at, version, changed_at.
        """
        return self._ask("local_list_entries", charge_point_id=charge_point_id)

    def settings(
        self, *, charge_point_id: str | None = None, name: str | None = None
    ) -> pd.DataFrame:
        """Configuration keys and variables as chargers reported or accepted them.

        Columns: charge_point_id, name, attribute, value, secret (its value is never stored),
        readonly, data_type, unit, min_limit, max_limit, choices, reported_at, ordered_value,
        order_answer, ordered_at.
        """
        return self._ask("settings", charge_point_id=charge_point_id, name=name)

    def charger_findings(self, *, charge_point_id: str | None = None) -> pd.DataFrame:
        """What is known of chargers and why; what is not known has no row.

        Columns: charge_point_id, fact, value, evidence, verified (this charger itself said or
        showed it), vendor, model, firmware, first_at, last_at, times.
        """
        return self._ask("charger_findings", charge_point_id=charge_point_id)

    def setting_drift(
        self, *, charge_point_id: str | None = None, off: bool = False
    ) -> pd.DataFrame:
        """How chargers stand to what they should be set to; `off` leaves out what is as wanted.

        Columns: charge_point_id, name, wanted, found, state (`set`, `differs`, `readonly`,
        `unknown`, `refused`, `reboot-required`, `silent`), words, source, checked_at.
        """
        return self._ask("setting_drift", charge_point_id=charge_point_id, off=off)

    def default_checks(self, *, charge_point_id: str | None = None) -> pd.DataFrame:
        """Whether connectors report the limits that they accepted.

        Columns: charge_point_id, connector_id, state (`verified`, `differs`, `unknown`), words,
        checked_at.
        """
        return self._ask("default_checks", charge_point_id=charge_point_id)

    def certificates(self, *, charge_point_id: str | None = None) -> pd.DataFrame:
        """Root certificates that chargers keep.

        Columns: charge_point_id, used_for, state (`installed`, `deleted`, `gone`: no longer
        listed), algorithm, issuer_name_hash, issuer_key_hash, serial_number, changed_at, asked_at.
        """
        return self._ask("certificates", charge_point_id=charge_point_id)

    def profiles_in_force(
        self, at: datetime, *, charge_point_id: str | None = None
    ) -> pd.DataFrame:
        """Charging profiles that chargers hold at an instant by what they accepted and reported.

        Columns: charge_point_id, connector_id, purpose, stack_level, profile_id, kind, recurrency
        (`Daily` or `Weekly`), rate_unit, schedule_start, duration_s, periods (`START_S:LIMIT`),
        valid_from, valid_to, transaction_id, source (`ordered`, or who set it), since.
        """
        return self._ask("profiles_in_force", at=at, charge_point_id=charge_point_id)

    # What happened ----------------------------------------------------------------------------

    def transfers(
        self,
        start: datetime,
        end: datetime,
        *,
        charge_point_id: str | None = None,
        transfer: str | None = None,
    ) -> pd.DataFrame:
        """Steps of firmware updates, diagnostics and log uploads, the latest first.

        Columns: step_at, charge_point_id, transfer (`firmware`, `diagnostics`, `log`), step
        (`ordered`, `reported`), status, request_id, detail, message_id.
        """
        return self._ask(
            "transfers", start=start, end=end, charge_point_id=charge_point_id, transfer=transfer
        )

    def certificate_steps(
        self, start: datetime, end: datetime, *, charge_point_id: str | None = None
    ) -> pd.DataFrame:
        """What was done about certificates, the latest first.

        Columns: step_at, charge_point_id, step (`requested`, `handed`, `install`, `delete`,
        `listed`), used_for, answer, detail, message_id.
        """
        return self._ask("certificate_steps", start=start, end=end, charge_point_id=charge_point_id)

    def security_events(
        self, start: datetime, end: datetime, *, charge_point_id: str | None = None
    ) -> pd.DataFrame:
        """What chargers reported that concerns security, the latest first.

        Columns: received_at, event_at, charge_point_id, kind, info.
        """
        return self._ask("security_events", start=start, end=end, charge_point_id=charge_point_id)

    def charging_limits(
        self, start: datetime, end: datetime, *, charge_point_id: str | None = None
    ) -> pd.DataFrame:
        """Limits of others that were in force at some time of the period, the latest first.

        Columns: charge_point_id, connector_id (0: the charger), source, notified_at, cleared_at,
        grid_critical, schedules (text).
        """
        return self._ask("charging_limits", start=start, end=end, charge_point_id=charge_point_id)

    def charging_needs(
        self,
        start: datetime,
        end: datetime,
        *,
        charge_point_id: str | None = None,
        session_id: str | None = None,
    ) -> pd.DataFrame:
        """What cars said that they need (ISO 15118), the latest first.

        Columns: received_at, charge_point_id, connector_id, session_id, transfer, departure,
        energy_kwh, min_current_a, max_current_a, max_power_w, state_of_charge_percent,
        max_schedule_periods, bidirectional, answer.
        """
        return self._ask(
            "charging_needs",
            start=start,
            end=end,
            charge_point_id=charge_point_id,
            session_id=session_id,
        )

    def clock_offsets(
        self, start: datetime, end: datetime, *, charge_point_id: str | None = None
    ) -> pd.DataFrame:
        """How far chargers' clocks were ahead of ours, by UTC day.

        Columns: charge_point_id, day, ahead_s (negative: behind), minutes (in which messages with
        stamps came; fewer than three say little).
        """
        return self._ask("clock_offsets", start=start, end=end, charge_point_id=charge_point_id)
