"""What chargers keep and report beside transactions: settings, lists, reservations, files, ..."""

from __future__ import annotations

from collections.abc import Hashable
from urllib.parse import urlsplit

from analytics.batch import Batch
from analytics.rows import Cell
from analytics.state import SessionRow
from ocpp_core.domain.commands import (
    Accepted,
    CancelReservation,
    ChangeAvailability,
    ChangeConfiguration,
    DeleteCertificate,
    GetConfiguration,
    GetDiagnostics,
    GetInstalledCertificates,
    GetLocalListVersion,
    GetLog,
    GetTransactionStatus,
    GetVariables,
    InstallCertificate,
    ListUpdate,
    Rejected,
    ReserveNow,
    SendLocalList,
    SendSignedCertificate,
    SetVariables,
    UpdateFirmware,
)
from ocpp_core.domain.events import (
    AuthorizationAsked,
    AuthorizationReply,
    AuthorizationStatus,
    CertificateRequested,
    ChargingNeedsNotified,
    ReservationEnded,
    SecurityEventReported,
    SettingsReported,
    Transfer,
    TransferStatusChanged,
    WordReply,
)
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.secrecy import is_secret
from ocpp_core.domain.variables import VariableReport, VariableResult

_RESERVATION_STATE = {"Expired": "expired", "Removed": "removed", "NoTransaction": "unused"}


def add_report(batch: Batch, message: StoredMessage) -> None:
    """Add what a charger reported by itself."""
    match message.event:
        case AuthorizationAsked(id_token=token):
            reply = message.reply
            if (
                isinstance(reply, AuthorizationReply)
                and reply.status is not AuthorizationStatus.ACCEPTED
            ):
                batch.rows.unsure["refused_token"].append(
                    (
                        message.charge_point_id, message.at, message.message_id, token,
                        reply.status,
                    )
                )  # fmt: skip
        case SecurityEventReported() as event:
            batch.rows.unsure["security_event"].append(
                (message.charge_point_id, event.kind, event.at, message.at, event.info)
            )
        case SettingsReported() as event:
            for report in event.variables:
                _add_reported(batch, message, report)
        case TransferStatusChanged() as event:
            said = (event.status, event.request_id)
            if _is_news(batch, ("transfer", message.charge_point_id, event.transfer), said):
                _add_transfer(
                    batch, message, event.transfer, "reported", event.status, event.request_id, ""
                )
        case CertificateRequested() as event:
            reply = message.reply
            answer, reason = (
                (reply.status, reply.reason) if isinstance(reply, WordReply) else ("", "")
            )
            _add_certificate_step(batch, message, "requested", event.use, answer, reason)
        case ReservationEnded() as event:
            _add_reservation(
                batch, message, event.reservation_id,
                _RESERVATION_STATE.get(event.status, event.status.casefold()),
            )  # fmt: skip
        case ChargingNeedsNotified() as event:
            _add_need(batch, message, event)
        case _:
            pass


def add_result(batch: Batch, message: StoredMessage) -> None:
    """Add what one of our commands led to, once the charger has answered."""
    result, command = message.result, message.command
    if result is None:
        return
    answer = result.status if isinstance(result, Accepted | Rejected) else ""
    accepted = result if isinstance(result, Accepted) else None
    match command:
        case ChangeAvailability(plug_id=None) as order:
            batch.rows.unsure["availability_order"].append(
                (
                    message.charge_point_id, order.connector_id, message.at, message.message_id,
                    order.operative, answer,
                )
            )  # fmt: skip
        case ChangeConfiguration(key=key, value=value):
            _add_ordered(batch, message, key, "Actual", value, answer)
        case GetConfiguration() if accepted is not None:
            for entry in accepted.configuration:
                _add_setting(
                    batch, message, entry.key, "Actual",
                    value=entry.value, readonly=entry.readonly, reported_at=message.at,
                )  # fmt: skip
        case GetVariables() if isinstance(result, Accepted | Rejected):
            for found in result.variables:
                if found.status == "Accepted":
                    _add_setting(
                        batch, message, str(found.name), found.attribute,
                        value=found.value, reported_at=message.at,
                    )  # fmt: skip
        case SetVariables(variables=variables) if isinstance(result, Accepted | Rejected):
            words: dict[Hashable, VariableResult] = {
                (r.name, r.attribute): r for r in result.variables
            }
            for wanted in variables:
                of_it = words.get((wanted.name, wanted.attribute))
                _add_ordered(
                    batch, message, str(wanted.name), wanted.attribute, wanted.value,
                    answer if of_it is None else of_it.status,
                )  # fmt: skip
        case ReserveNow() as order:
            state = "accepted" if accepted else "refused" if answer else "unanswered"
            _add_reservation(
                batch, message, order.reservation_id, state,
                connector_id=int(order.connector_id or 0), id_token=order.id_token,
                group_token=order.group_token, expires_at=order.expires_at,
                ordered_at=message.at, answer=answer,
            )  # fmt: skip
        case CancelReservation(reservation_id=reservation_id) if accepted is not None:
            _add_reservation(batch, message, reservation_id, "cancelled")
        case SendLocalList() as sent:
            _add_local_list(batch, message, sent, answer, accepted=accepted is not None)
        case GetLocalListVersion() if accepted is not None:
            batch.rows.new["local_list"].append(
                (
                    message.charge_point_id, None, None, None, None,
                    accepted.local_list_version, message.at, message.at,
                )
            )  # fmt: skip
        case UpdateFirmware() as order:
            _add_transfer(
                batch, message, Transfer.FIRMWARE, "ordered", answer, order.request_id,
                _place(order.location),
            )  # fmt: skip
        case GetDiagnostics() | GetLog() as order:
            is_log = isinstance(order, GetLog)
            _add_transfer(
                batch, message, Transfer.LOG if is_log else Transfer.DIAGNOSTICS, "ordered",
                answer, order.request_id if isinstance(order, GetLog) else None,
                (accepted.file_name if accepted else "") or _place(order.location),
            )  # fmt: skip
        case GetInstalledCertificates() as asked:
            _add_installed(batch, message, asked, accepted, answer)
        case InstallCertificate(use=use):
            _add_certificate_step(batch, message, "install", use, answer, _reason(message))
        case DeleteCertificate(hash=named):
            _add_certificate_step(batch, message, "delete", None, answer, named.serial_number)
            if accepted is not None:
                batch.rows.new["certificate"].append(
                    (
                        message.charge_point_id, named.algorithm, named.issuer_name_hash,
                        named.issuer_key_hash, named.serial_number, None, "deleted", message.at,
                    )
                )  # fmt: skip
        case SendSignedCertificate(use=use):
            _add_certificate_step(batch, message, "handed", use, answer, _reason(message))
        case GetTransactionStatus() as asked_status if (
            accepted is not None and accepted.transaction is not None
        ):
            of_number = asked_status.transaction_id
            session = None if of_number is None else batch.state.transaction(of_number)
            if session is not None:
                if accepted.transaction.messages_in_queue:
                    batch.state.queued.add(session.session_id)
                else:
                    batch.state.queued.discard(session.session_id)
            batch.rows.unsure["transaction_status"].append(
                (
                    message.charge_point_id, message.message_id, message.at, of_number,
                    session.session_id if session else None, accepted.transaction.ongoing,
                    accepted.transaction.messages_in_queue,
                )
            )  # fmt: skip
        case _:
            pass


def use_reservation(
    batch: Batch, message: StoredMessage, reservation_id: int | None, session: SessionRow
) -> None:
    """A transaction used a reservation; number 0 stands for none at chargers that must name one."""
    if reservation_id:
        _add_reservation(batch, message, reservation_id, "used", session_id=session.session_id)


def _is_news(batch: Batch, subject: tuple[str, ...], said: Hashable) -> bool:
    """Tell whether a charger says something else than before: repeats have nothing to tell them."""
    if batch.state.last_said.get(subject) == said:
        return False
    batch.state.last_said[subject] = said
    return True


def _add_reported(batch: Batch, message: StoredMessage, report: VariableReport) -> None:
    _add_setting(
        batch, message, str(report.name), report.attribute,
        value=report.value, readonly=report.readonly, write_only=report.write_only,
        data_type=report.data_type or None, unit=report.unit or None,
        min_limit=report.min_limit, max_limit=report.max_limit,
        choices=",".join(report.values) or None, reported_at=message.at,
    )  # fmt: skip


def _add_ordered(
    batch: Batch, message: StoredMessage, name: str, attribute: str, value: str, answer: str
) -> None:
    """Book an order; one that was accepted at once is what holds from now on."""
    taken = answer == "Accepted"
    _add_setting(
        batch, message, name, attribute,
        value=value if taken else None, reported_at=message.at if taken else None,
        ordered_value=value, order_answer=answer, ordered_at=message.at,
    )  # fmt: skip


def _add_setting(
    batch: Batch,
    message: StoredMessage,
    name: str,
    attribute: str,
    *,
    value: str | None,
    write_only: bool = False,
    **cells: Cell,
) -> None:
    key = (str(message.charge_point_id), name)
    if write_only or is_secret(name):
        batch.state.secrets.add(key)
    secret = key in batch.state.secrets
    batch.rows.new["setting"].append(
        (
            message.charge_point_id, name, attribute, None if secret else value, secret,
            cells.get("readonly"), cells.get("data_type"), cells.get("unit"),
            cells.get("min_limit"), cells.get("max_limit"), cells.get("choices"),
            cells.get("reported_at"), None if secret else cells.get("ordered_value"),
            cells.get("order_answer"), cells.get("ordered_at"), message.at,
        )
    )  # fmt: skip


def _add_reservation(
    batch: Batch, message: StoredMessage, reservation_id: int, state: str, **cells: Cell
) -> None:
    batch.rows.new["reservation"].append(
        (
            message.charge_point_id, reservation_id, cells.get("connector_id"),
            cells.get("id_token"), cells.get("group_token"), cells.get("ordered_at"),
            cells.get("expires_at"), state, cells.get("answer"), cells.get("session_id"),
            message.at,
        )
    )  # fmt: skip


def _add_local_list(
    batch: Batch, message: StoredMessage, sent: SendLocalList, answer: str, *, accepted: bool
) -> None:
    full = accepted and sent.update is ListUpdate.FULL
    batch.rows.new["local_list"].append(
        (
            message.charge_point_id, sent.version if accepted else None,
            message.at if full else None, message.at, answer, None, None, message.at,
        )
    )  # fmt: skip
    if accepted:
        batch.rows.new["local_list_entry"].extend(
            (
                message.charge_point_id, entry.id_token, entry.status, entry.expires_at,
                entry.group_token, sent.version, message.at,
            )
            for entry in sent.entries
        )  # fmt: skip


def _add_transfer(
    batch: Batch,
    message: StoredMessage,
    transfer: Transfer,
    step: str,
    status: str,
    request_id: int | None,
    detail: str,
) -> None:
    batch.rows.unsure["transfer"].append(
        (
            message.charge_point_id, message.at, message.message_id, transfer, step, status,
            request_id, detail,
        )
    )  # fmt: skip


def _add_installed(
    batch: Batch,
    message: StoredMessage,
    asked: GetInstalledCertificates,
    accepted: Accepted | None,
    answer: str,
) -> None:
    # NotFound says that there are none, which is an answer like another.
    if accepted is None and answer != "NotFound":
        return
    _add_certificate_step(batch, message, "listed", asked.use, answer, "")
    for found in accepted.certificates if accepted is not None else ():
        named = found.hash
        batch.rows.new["certificate"].append(
            (
                message.charge_point_id, named.algorithm, named.issuer_name_hash,
                named.issuer_key_hash, named.serial_number, found.use or asked.use, "installed",
                message.at,
            )
        )  # fmt: skip


def _add_certificate_step(
    batch: Batch, message: StoredMessage, step: str, use: str | None, answer: str, detail: str
) -> None:
    batch.rows.unsure["certificate_step"].append(
        (message.charge_point_id, message.at, message.message_id, step, use, answer, detail)
    )


def _add_need(batch: Batch, message: StoredMessage, need: ChargingNeedsNotified) -> None:
    said = (message.session_id, need)
    subject = ("need", str(message.charge_point_id), str(need.connector_id))
    if not _is_news(batch, subject, said):
        return
    reply = message.reply
    batch.rows.unsure["charging_need"].append(
        (
            message.charge_point_id, need.connector_id, message.session_id, message.at,
            need.transfer, need.departure, need.energy_wh, need.min_current_a, need.max_current_a,
            need.max_power_w, need.state_of_charge_percent, need.max_schedule_periods,
            need.bidirectional, reply.status if isinstance(reply, WordReply) else "",
        )
    )  # fmt: skip


def _reason(message: StoredMessage) -> str:
    result = message.result
    return result.reason if isinstance(result, Accepted | Rejected) else ""


def _place(location: str) -> str:
    """Return a file's place without user, password and query, which may hold secrets."""
    parts = urlsplit(location)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
