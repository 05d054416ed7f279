"""Routes that change something; they need the role operator, and are logged with the name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
from fastapi import APIRouter

from ampherd.api.answers import CommandAnswer, Done, RegistrationAnswer, command_answer
from ampherd.api.auth import Admin, Operator
from ampherd.api.bodies import BatteryBody, LimitBody, NeedBody, RegistrationBody, SiteLoadBody
from ampherd.api.commands import ROUTES, CommandRoute
from ampherd.api.derived import Derived
from ampherd.api.errors import ApiError, not_found
from ampherd.api.reading import Service, known_charge_point
from ampherd.tokens import Principal, Role
from ocpp_core.domain.ids import ChargePointId, CircuitId, SessionId
from ocpp_core.domain.plan import CircuitLimit
from ocpp_core.domain.session import DriverNeed
from ocpp_core.domain.view import BatterySetpoint

log = structlog.get_logger(__name__)

router = APIRouter()


def _sender(route: CommandRoute) -> Callable[..., Awaitable[CommandAnswer]]:
    async def send(
        sender: Principal, service: Service, charge_point_id: str, body: Derived
    ) -> CommandAnswer:
        known_charge_point(service, charge_point_id)
        result = command_answer(
            await service.send(ChargePointId(charge_point_id), route.read(body))
        )
        # Without the body: it may hold a secret (ChangeConfiguration) or somebody's token.
        log.info(
            "api.command",
            by=sender.name,
            charge_point=charge_point_id,
            command=route.name,
            result=result.result.value,
        )
        return result

    send.__annotations__["sender"] = Admin if route.role is Role.ADMIN else Operator
    send.__annotations__["body"] = route.body
    send.__doc__ = f"{route.body.__doc__}\n\nNeeds the role {route.role}."
    return send


for _command in ROUTES:
    router.add_api_route(
        f"/charge-points/{{charge_point_id}}/commands/{_command.name}",
        _sender(_command),
        methods=["POST"],
        name=_command.name,
        response_model=CommandAnswer,
        response_model_exclude_none=True,
        tags=["chargers"],
    )


@router.put(
    "/charge-points/{charge_point_id}/registration",
    response_model=RegistrationAnswer,
    response_model_exclude_none=True,
    tags=["chargers"],
)
async def register(
    admin: Admin, service: Service, charge_point_id: str, body: RegistrationBody
) -> RegistrationAnswer:
    """Accept a charger that waits, or leave one pending or rejected.

    It counts from the charger's next boot, until the server restarts; a charger that waits and is
    accepted is asked to boot now, one that is rejected is disconnected within 10 s.

    Needs the role admin.
    """
    known_charge_point(service, charge_point_id)
    asked = await service.register(ChargePointId(charge_point_id), body.status)
    log.info(
        "api.registration", by=admin.name, charge_point=charge_point_id, status=body.status.value
    )
    return RegistrationAnswer(
        status=body.status, trigger=None if asked is None else command_answer(asked)
    )


@router.post(
    "/charge-points/{charge_point_id}/password",
    response_model=CommandAnswer,
    response_model_exclude_none=True,
    tags=["chargers"],
)
async def rotate_password(
    operator: Operator, service: Service, charge_point_id: str
) -> CommandAnswer:
    """Give a charger a new random password over OCPP, which nobody sees.

    Accepted: the old one counts no more. Rejected: the old one still counts. Timed out, or offline
    after it was sent: both count until the charger uses one of them.
    """
    known_charge_point(service, charge_point_id)
    result = command_answer(await service.rotate_password(ChargePointId(charge_point_id)))
    log.info(
        "api.password",
        by=operator.name,
        charge_point=charge_point_id,
        result=result.result.value,
    )
    return result


@router.put("/sessions/{session_id}/need", tags=["sessions"])
async def state_need(operator: Operator, service: Service, session_id: str, body: NeedBody) -> Done:
    """State how much energy a driver wants and by when; the plan follows."""
    need = DriverNeed(energy_wh=body.energy_wh, departure=body.departure)
    if not await service.state_need(SessionId(session_id), need):
        raise not_found("open session", session_id, "GET /api/v1/sessions/open lists them.")
    log.info("api.need", by=operator.name, session=session_id)
    return Done()


@router.put("/circuits/{circuit_id}/limit", tags=["site"])
async def set_limit(operator: Operator, service: Service, circuit_id: str, body: LimitBody) -> Done:
    """Put a limit in force beside the configured one, e.g. on order of the grid operator.

    With `start` and `end` it is an event: plans reckon with it from now on, and orders keep it from
    about a quarter of an hour before it begins, since they hold that long. A circuit has one such
    limit at a time; a new one takes the place of the last.
    """
    limit = CircuitLimit(
        circuit_id=CircuitId(circuit_id),
        limit_a=body.limit_a,
        limit_w=body.limit_w,
        start=body.start,
        end=body.end,
        words="" if body.start is None and body.end is None else body.reason,
    )
    if not await service.set_limit(limit, _source(operator, body.reason)):
        raise _no_circuit(circuit_id)
    log.info("api.limit", by=operator.name, circuit=circuit_id, reason=body.reason)
    return Done()


@router.delete("/circuits/{circuit_id}/limit", tags=["site"])
async def clear_limit(operator: Operator, service: Service, circuit_id: str) -> Done:
    """Go back to the configured limit."""
    if not await service.clear_limit(CircuitId(circuit_id), _source(operator, "cleared")):
        raise _no_circuit(circuit_id)
    log.info("api.limit-cleared", by=operator.name, circuit=circuit_id)
    return Done()


@router.put("/site/load", tags=["site"])
async def set_site_load(operator: Operator, service: Service, body: SiteLoadBody) -> Done:
    """Hand in a reading of the site's own meter; what is left out stays as it is."""
    await service.set_site_load(building_w=body.building_w, pv_w=body.pv_w)
    log.debug("api.site-load", by=operator.name)
    return Done()


@router.put("/site/battery", tags=["site"])
async def report_battery(
    operator: Operator, service: Service, body: BatteryBody
) -> BatterySetpoint:
    """Hand in what the site's battery does, and get what it is to do; ask again before that ends.

    It may charge with no more than `power_w` until `until`, and has to stop then unless it was told
    something else: on every fuse it counts as that.
    """
    setpoint = await service.report_battery(stored_wh=body.stored_wh, power_w=body.power_w)
    if setpoint is None:
        raise ApiError(
            HTTPStatus.NOT_FOUND,
            "not-found",
            "the site has no battery",
            "Describe it in the table [battery] of site.toml.",
        )
    log.debug("api.battery", by=operator.name)
    return setpoint


def _source(operator: Principal, reason: str) -> str:
    return f"{operator.name}: {reason}"


def _no_circuit(circuit_id: str) -> Exception:
    return not_found("circuit", circuit_id, "GET /api/v1/live lists them.")
