"""Slows down whoever guesses passwords, and says who it was.

Failures are counted three ways: for an address and identity together, for an identity from
wherever, and for an address by how many identities it tried. After the free ones each further
failure doubles the wait. A charger that has proved itself from its address is judged by that pair
alone, so that nobody can lock it out from elsewhere (OCPP.md row 64).
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field

_COUNTED = 1000
"""Addresses or identities of one record that are told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottlePolicy:
    """How much guessing is borne."""

    free: int = 5
    """Failures of one address and identity before it must wait."""
    free_of_identity: int = 20
    """Failures for one identity, from whatever addresses."""
    free_of_address: int = 20
    """Identities that one address may fail for."""
    first_delay_s: float = 2.0
    longest_delay_s: float = 900.0
    forget_s: float = 3600.0
    """Quiet after which failures are forgotten."""


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last_at: float = 0.0
    others: set[str] = field(default_factory=set)
    """Addresses of an identity, identities of an address."""


class GuessThrottle:
    """Counts wrong passwords; the wall clock is given as `time`."""

    REMEMBERED = 10_000
    """Records of each kind; the oldest go first, so that a flood cannot fill the memory."""

    def __init__(self, policy: ThrottlePolicy, *, time: Callable[[], float]) -> None:
        self._policy = policy
        self._time = time
        self._pairs: OrderedDict[tuple[str, str], _Failures] = OrderedDict()
        self._identities: OrderedDict[str, _Failures] = OrderedDict()
        self._addresses: OrderedDict[str, _Failures] = OrderedDict()
        self._proved: OrderedDict[tuple[str, str], None] = OrderedDict()

    def wait_s(self, address: str, identity: str) -> float:
        """Return how long this one has to wait before its next try, s; 0: not at all."""
        policy = self._policy
        pair = (_network(address), identity)
        own = self._left_s(self._pairs.get(pair), policy.free)
        if pair in self._proved:
            return own
        return max(
            own,
            self._left_s(self._identities.get(identity), policy.free_of_identity),
            self._left_s(self._addresses.get(pair[0]), policy.free_of_address),
        )

    def failed(self, address: str, identity: str) -> int:
        """Take note of a wrong password; return the failures of this address and identity."""
        network = _network(address)
        pair = self._note(self._pairs, (network, identity))
        pair.count += 1
        whole = self._note(self._identities, identity)
        whole.count += 1
        _add(whole.others, network)
        self.probed(address, identity)
        return pair.count

    def probed(self, address: str, identity: str) -> None:
        """Take note that an address asked for an identity that is not its own."""
        record = self._note(self._addresses, _network(address))
        _add(record.others, identity)
        record.count = len(record.others)

    def succeeded(self, address: str, identity: str) -> None:
        """Forget the failures of whoever knows the password."""
        pair = (_network(address), identity)
        self._pairs.pop(pair, None)
        _remember(self._proved, pair, None, self.REMEMBERED)

    def alerts(self) -> tuple[str, ...]:
        """Say who guesses, one sentence each, the worst first."""
        told = sorted(self._told(), key=lambda entry: -entry[0])
        return tuple(words for _, words in told)

    # -------------------------------------------------------------------------------------------

    def _told(self) -> Iterator[tuple[int, str]]:
        policy = self._policy
        for (address, identity), record in self._pairs.items():
            if self._is_loud(record, policy.free):
                yield (
                    record.count,
                    f"{record.count} wrong passwords for {identity} from {address}.",
                )
        for identity, record in self._identities.items():
            if self._is_loud(record, policy.free_of_identity) and len(record.others) > 1:
                many = len(record.others)
                yield (
                    record.count,
                    f"{record.count} wrong passwords for {identity} from {many} addresses.",
                )
        for address, record in self._addresses.items():
            if self._is_loud(record, policy.free_of_address):
                yield record.count, f"{address} tried {record.count} identities in vain."

    def _is_loud(self, record: _Failures, free: int) -> bool:
        return record.count >= free and self._time() - record.last_at < self._policy.forget_s

    def _left_s(self, record: _Failures | None, free: int) -> float:
        if record is None or not self._is_loud(record, free):
            return 0.0
        policy = self._policy
        doublings = min(record.count - free, 30)
        delay_s = min(policy.first_delay_s * 2.0**doublings, policy.longest_delay_s)
        return max(0.0, record.last_at + delay_s - self._time())

    def _note[K: Hashable](self, records: OrderedDict[K, _Failures], key: K) -> _Failures:
        now = self._time()
        record = records.get(key)
        if record is None or now - record.last_at >= self._policy.forget_s:
            record = _Failures()
        record.last_at = now
        _remember(records, key, record, self.REMEMBERED)
        return record


def _network(address: str) -> str:
    """Return what one guesser can hold: an IPv4 address, or an IPv6 network of 64 bits."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def _add(others: set[str], one: str) -> None:
    if len(others) < _COUNTED:
        others.add(one)


def _remember[K: Hashable, V](records: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    records[key] = value
    records.move_to_end(key)
    while len(records) > most:
        records.popitem(last=False)
