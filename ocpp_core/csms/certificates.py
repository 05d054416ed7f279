"""Sends chargers the certificates that they asked for, a while after the asking was answered.

SignCertificate is answered Accepted before anything is signed (1.6 security whitepaper A02; OCPP
2.0.1 A02): chargers that are still busy with that answer refuse a certificate that comes at once.
"""

from __future__ import annotations

import asyncio

from ocpp_core.csms.context import log
from ocpp_core.csms.counts import Count, Counts
from ocpp_core.domain.commands import Accepted, SendSignedCertificate
from ocpp_core.domain.events import CertificateRequested, WordReply
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.ports import CertificateAuthority, Commander
from ocpp_core.domain.security import RefusedRequest


class CertificateDesk:
    """Has requests signed that were answered Accepted; the newest of each charger counts.

    A request is forgotten when the server stops before its certificate was sent: the charger asks
    again, or is asked to with a trigger.
    """

    def __init__(
        self,
        *,
        authority: CertificateAuthority,
        commander: Commander,
        delay_s: float,
        counts: Counts,
    ) -> None:
        self._authority = authority
        self._commander = commander
        self._delay_s = delay_s
        self._counts = counts
        self._running: dict[ChargePointId, asyncio.Task[None]] = {}

    def committed(self, message: StoredMessage) -> None:
        """Take up a request that was answered Accepted."""
        match message.event, message.reply:
            case CertificateRequested() as request, WordReply(status="Accepted"):
                charge_point_id = message.charge_point_id
                earlier = self._running.pop(charge_point_id, None)
                if earlier is not None:
                    earlier.cancel()
                task = asyncio.get_running_loop().create_task(
                    self._serve(charge_point_id, request), name=f"certificate {charge_point_id}"
                )
                self._running[charge_point_id] = task
                task.add_done_callback(lambda done: self._ended(charge_point_id, done))
            case _:
                pass

    async def stop(self) -> None:
        """Give up what has not been sent."""
        running = tuple(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _serve(self, charge_point_id: ChargePointId, request: CertificateRequested) -> None:
        await asyncio.sleep(self._delay_s)
        # Signing with an RSA key takes milliseconds, which the event loop does not have.
        signed = await asyncio.to_thread(self._authority.sign, request.csr_pem, charge_point_id)
        if isinstance(signed, RefusedRequest):
            self._counts[Count.CERTIFICATES_REFUSED] += 1
            log.warning("certificate refused", charge_point=charge_point_id, reason=signed.reason)
            return
        result = await self._commander.send(
            charge_point_id,
            SendSignedCertificate(
                chain_pem=signed.chain_pem, use=request.use, request_id=request.request_id
            ),
        )
        if isinstance(result, Accepted):
            self._counts[Count.CERTIFICATES_SENT] += 1
            log.info(
                "certificate renewed",
                charge_point=charge_point_id,
                serial_number=signed.serial_number,
                expires_at=signed.expires_at.isoformat(),
            )
        else:
            log.warning("certificate not taken", charge_point=charge_point_id, result=result)

    def _ended(self, charge_point_id: ChargePointId, task: asyncio.Task[None]) -> None:
        if self._running.get(charge_point_id) is task:
            del self._running[charge_point_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._counts[Count.INTERNAL_ERRORS] += 1
            log.error("certificate not signed", charge_point=charge_point_id, exc_info=error)
