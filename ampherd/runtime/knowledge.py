"""What is known of chargers: joins the provisioner with guard, server and store."""

from __future__ import annotations

import math
from collections.abc import Callable

from ampherd.config import Config
from ampherd.provisioning.library import Library
from ampherd.provisioning.provisioner import Learned, Provisioner, Surroundings
from ampherd.provisioning.visit import Pace
from analytics.records import ChargerFindingsRecord, DefaultCheckRecord, DriftRecord, Record
from analytics.store import Store
from ocpp_core.csms.server import CentralSystem
from ocpp_core.domain.charger_profile import ChargerProfile, Evidence, Fact, Finding, ModelKey
from ocpp_core.domain.clock import Clock
from ocpp_core.domain.ids import ChargePointId, ConnectorRef
from ocpp_core.domain.live import LiveSite
from ocpp_core.domain.profile import RateUnit
from optimizer.control.forms import OrderForm
from optimizer.control.guard import Guard


def build_provisioner(
    config: Config,
    clock: Clock,
    *,
    live: LiveSite,
    central: CentralSystem,
    guard: Guard,
    store: Store,
    keep: Callable[[tuple[Record, ...]], None],
) -> Provisioner:
    """Return the provisioner of a site, with what is on record; raises StoreError."""

    def seen_at_link(charge_point_id: ChargePointId) -> dict[Fact, str]:
        found: dict[Fact, str] = {}
        if (answers := central.answers_pings(charge_point_id)) is not None:
            found[Fact.ANSWERS_PINGS] = "true" if answers else "false"
        if (slowest_s := central.slowest_answer_s(charge_point_id)) is not None:
            found[Fact.SLOWEST_ANSWER_S] = str(math.ceil(slowest_s))
        if (form := guard.form_of(charge_point_id)) is not None:
            found[Fact.ORDER_FORM] = form.text
        return found

    def likely(charge_point_id: ChargePointId, profile: ChargerProfile) -> None:
        # What it accepted of this guard counts before what is remembered.
        form = likely_form(profile)
        if form is not None and guard.form_of(charge_point_id) is None:
            guard.begin_with(charge_point_id, form, clock.now())

    spec = config.spec.provisioning
    provisioner = Provisioner(
        live,
        central,
        clock,
        surroundings=Surroundings(
            version_of=central.version_of,
            is_proven=lambda connector: connector.ref not in guard.unproven(),
            seen_at_link=seen_at_link,
            likely=likely,
            tell=lambda learned: keep(records_of(learned)),
        ),
        wishes=config.wishes_for,
        library=Library.beside(config.store_path),
        pace=Pace(settle_s=spec.settle_s, pause_s=spec.pause_s),
        verify=spec.verify_limits,
    )
    for charge_point_id, profile in recall_findings(store).items():
        provisioner.remember(charge_point_id, profile)
        slowest_s = profile.number(Fact.SLOWEST_ANSWER_S)
        if slowest_s is not None:
            central.expect_slow(charge_point_id, slowest_s)
    return provisioner


def likely_form(profile: ChargerProfile) -> OrderForm | None:
    """Return the form of orders to begin with: what was accepted, else the only unit named."""
    form = OrderForm.of_text(profile.guess(Fact.ORDER_FORM) or "")
    if form is None and profile.guess(Fact.RATE_UNITS) == RateUnit.W:
        return OrderForm(rate_unit=RateUnit.W)
    return form


def records_of(learned: Learned) -> tuple[Record, ...]:
    """Return what is to be kept of one charger."""
    point = learned.charge_point_id
    return (
        ChargerFindingsRecord(charge_point_id=point, profile=learned.profile),
        *(DriftRecord(charge_point_id=point, drift=drift) for drift in learned.drifts),
        *(
            DefaultCheckRecord(
                ref=ConnectorRef(point, check.connector_id),
                state=check.state,
                words=check.words,
                at=check.checked_at,
            )
            for check in learned.checks
        ),
    )


def recall_findings(store: Store) -> dict[ChargePointId, ChargerProfile]:
    """Return what each charger itself said and showed under the firmware that it had last."""
    profiles: dict[ChargePointId, ChargerProfile] = {}
    with store.reader() as reader:
        rows = reader.charger_findings().sort_values("last_at").to_dict("records")
    for row in rows:
        point = ChargePointId(str(row["charge_point_id"]))
        if not row["verified"] or row["fact"] not in set(Fact):
            continue
        model = ModelKey(vendor=row["vendor"], model=row["model"], firmware=row["firmware"])
        known = profiles.get(point)
        if known is None or known.model != model:
            known = ChargerProfile(model=model)
        finding = Finding(
            value=str(row["value"]),
            evidence=Evidence(row["evidence"]),
            first_at=row["first_at"].to_pydatetime(),
            last_at=row["last_at"].to_pydatetime(),
            times=int(row["times"]),
        )
        profiles[point] = known.found({Fact(row["fact"]): finding})
    return profiles
