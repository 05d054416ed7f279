"""What tells the rows of each table apart, and what becomes of one whose key is there."""

from __future__ import annotations

from analytics.latest import Course

NATURAL_KEYS: dict[str, tuple[str, ...]] = {
    "alarm": ("alarm_id",),
    "availability_order": ("charge_point_id", "message_id"),
    "certificate": (
        "charge_point_id", "algorithm", "issuer_name_hash", "issuer_key_hash", "serial_number",
    ),
    "certificate_step": ("charge_point_id", "step_at", "message_id"),
    "charger_finding": ("charge_point_id", "fact"),
    "charging_day": ("split", "subject", "day"),
    "charging_limit": ("charge_point_id", "connector_id", "source", "notified_at"),
    "charging_need": ("charge_point_id", "connector_id", "received_at"),
    "day_result": ("site_id", "day"),
    "default_check": ("charge_point_id", "connector_id"),
    "driver_need": ("session_id", "stated_at"),
    "earning_day": ("split", "subject", "day", "currency"),
    "emission": ("site_id", "starts_at", "source"),
    "id_token": ("id_token",),
    "link": ("charge_point_id", "changed_at", "state"),
    "local_list": ("charge_point_id",),
    "local_list_entry": ("charge_point_id", "id_token"),
    "archive_part": ("file_name",),
    "meter_day": ("charge_point_id", "connector_id", "day"),
    "meter_layout": ("layout_id", "position"),
    "meter_minute": ("charge_point_id", "connector_id", "minute"),
    "meter_quarter": ("charge_point_id", "connector_id", "slot_start"),
    "meter_reading": ("charge_point_id", "connector_id", "taken_at", "layout_id"),
    "outcome_day": ("split", "subject", "day"),
    "plan": ("plan_id",),
    "plan_quality": ("site_id", "day"),
    "plan_site": ("plan_id", "slot_start"),
    "plan_slot": ("plan_id", "charge_point_id", "connector_id", "slot_start"),
    "price": ("site_id", "kind", "starts_at"),
    "profile_in_force": ("charge_point_id", "connector_id", "purpose", "stack_level"),
    "refused_token": ("charge_point_id", "message_id", "refused_at"),
    "reservation": ("charge_point_id", "reservation_id"),
    "reservation_line": ("charge_point_id", "reservation_id", "line"),
    "rolled_day": ("day",),
    "security_event": ("charge_point_id", "kind", "event_at", "info"),
    "session": ("session_id",),
    "setting": ("charge_point_id", "name", "attribute"),
    "setting_drift": ("charge_point_id", "name"),
    "site_day": ("day",),
    "site_load": ("site_id", "starts_at", "source"),
    "site_quarter": ("slot_start",),
    "status": ("charge_point_id", "connector_id", "changed_at", "status", "error_code"),
    "transaction_event": ("session_id", "sequence", "kind"),
    "transaction_status": ("charge_point_id", "message_id"),
    "transfer": ("charge_point_id", "step_at", "message_id"),
}  # fmt: skip
"""What tells rows of a table apart; nothing else in the database enforces it."""

TIME = {
    "emission": "starts_at",
    "meter_reading": "taken_at",
    "plan_site": "slot_start",
    "plan_slot": "slot_start",
    "refused_token": "refused_at",
    "session": "started_at",
    "site_load": "starts_at",
    "status": "changed_at",
    "transaction_event": "event_at",
}
"""Column that bounds the search for known rows, so that old history is not read."""

COURSES = {
    "driver_need": Course(key=NATURAL_KEYS["driver_need"], at="stated_at"),
    "emission": Course(key=NATURAL_KEYS["emission"], at="starts_at", kind=("source",)),
    "link": Course(key=NATURAL_KEYS["link"], at="changed_at"),
    # Its slots are part of what names a plan.
    "plan": Course(key=NATURAL_KEYS["plan"], at="horizon_end"),
    "price": Course(key=NATURAL_KEYS["price"], at="starts_at", kind=("kind",)),
    "site_load": Course(key=NATURAL_KEYS["site_load"], at="starts_at", kind=("source",)),
}
"""Tables whose rows mostly come in the order of time."""

PARTS = {"plan_site": "plan", "plan_slot": "plan"}
"""Tables whose rows are new when what they are part of is; that has its key in the first column."""

OF_SESSIONS = {"charging_period": "starts_at", "session_interval": "slot_start"}
"""Column that is never earlier than a session's first quarter of an hour."""

REPLACED = frozenset(
    {
        "alarm", "charger_finding", "charging_limit", "day_result", "default_check", "id_token",
        "plan_quality", "profile_in_force", "setting_drift",
    }
)  # fmt: skip
"""Tables where a new row takes the place of the one with its key."""

NEWEST = frozenset({"local_list_entry"})
"""Tables where it does so unless that one was changed later."""

MERGED = frozenset({"certificate", "local_list", "reservation", "setting"})
"""Tables where, beside that, cells that are NULL keep what is known."""
