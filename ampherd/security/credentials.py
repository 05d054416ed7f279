"""What chargers must prove: the configuration, and beside it what was learned since.

A password that was changed over OCPP, and the highest security profile that a charger has used,
must outlive a restart; they are in a file beside the database, passwords as salted hashes. The file
is read again when it changes, so that the command line counts at once in a server that runs.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from ampherd.config.security import ChargerAccess, SecuritySettings
from ampherd.files import replace_file, sole_writer
from ocpp_core.domain.errors import StoreError
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.security import Access, KeyHash, SecurityProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What is kept of one charger."""

    reached: SecurityProfile = SecurityProfile.NONE
    """The highest profile that it has used."""
    key: KeyHash | None = None
    """The password in force in place of the configured one."""
    pending: tuple[KeyHash, ...] = ()
    """Passwords that it may have by now, the newest last: changes that had no clear answer."""
    replaced: KeyHash | None = None
    """The configured password that `key` took the place of; another one there is newer again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    chargers: dict[str, Learned] = field(default_factory=dict)


class CredentialStore:
    """The credentials of one site; a `Credentials` for the central system."""

    def __init__(
        self,
        path: Path,
        settings: SecuritySettings,
        keys: Mapping[ChargePointId, bytes],
        *,
        revoked: Callable[[], Container[str]] = tuple,
    ) -> None:
        self._path = path
        self._settings = settings
        self._configured = {name: KeyHash.of(key) for name, key in keys.items()}
        self._keys = keys
        self._revoked = revoked
        self._learned: dict[str, Learned] = {}
        self._seen: tuple[int, int, int] | None = None
        self._unsaved: dict[str, SecurityProfile] = {}
        """Profiles that were used and are not on file yet, see `keep`."""
        self._changing: set[ChargePointId] = set()
        self._superseded: dict[ChargePointId, tuple[KeyHash, tuple[KeyHash, ...]]] = {}
        """A key that a charger took, and those with which it may have been connected then."""
        self._refresh()

    # Credentials -------------------------------------------------------------------------------

    @property
    def operator(self) -> str:
        """Return the O of every charger's certificate."""
        return self._settings.operator

    def access(self, charge_point_id: ChargePointId) -> Access:
        """Return what is asked of a charger."""
        self._refresh()
        return self._access(charge_point_id)

    def accesses(self, charge_point_ids: Iterable[ChargePointId]) -> dict[ChargePointId, Access]:
        """Return what is asked of each; the file is looked at once."""
        self._refresh()
        return {name: self._access(name) for name in charge_point_ids}

    def _access(self, charge_point_id: ChargePointId) -> Access:
        configured = self._settings.chargers.get(charge_point_id)
        if configured is None:
            return Access(profile=self._settings.profile, anonymous=True)
        learned = self._of(charge_point_id)
        profile = max(configured.profile, learned.reached)
        own = learned.key or self._configured.get(charge_point_id)
        taken, before = self._superseded.get(charge_point_id, (None, ()))
        return Access(
            profile=profile,
            keys=(*(() if own is None else (own,)), *learned.pending),
            superseded=before if own is not None and own == taken else (),
            common_name=configured.common_name,
            reached=learned.reached > configured.profile,
        )

    def revoked(self) -> Container[str]:
        """Return which certificates of our authority count no more."""
        return self._revoked()

    def used(
        self, charge_point_id: ChargePointId, profile: SecurityProfile, key: KeyHash | None
    ) -> bool:
        """Take note of how a charger came in; raises StoreError when that cannot be kept.

        True: a profile above the configured one, which has to be kept before it is let in. Changes
        of the password that had no clear answer are settled by the password that is used.
        """
        configured = self._settings.chargers.get(charge_point_id)
        if configured is None:
            return False
        learned = self._of(charge_point_id)
        if self._settled(charge_point_id, learned, key) != learned:
            self._change(charge_point_id, lambda now: self._settled(charge_point_id, now, key))
        if profile > learned.reached:
            self._unsaved[charge_point_id] = profile
        on_file = self._learned.get(charge_point_id, Learned())
        return profile > max(configured.profile, on_file.reached)

    # For whoever changes passwords --------------------------------------------------------------

    def expect(self, charge_point_id: ChargePointId, key: bytes) -> None:
        """Let a charger in with `key` too, from now on: it is about to be told of it."""
        pending = KeyHash.of(key)
        self._changing.add(charge_point_id)
        try:
            self._change(
                charge_point_id,
                lambda learned: replace(learned, pending=(*learned.pending, pending)),
            )
        except StoreError:
            self._changing.discard(charge_point_id)
            raise

    def confirm(self, charge_point_id: ChargePointId) -> None:
        """The charger has taken the expected key: the old one counts no more.

        The connection over which it did may stand: it does not have to come in anew.
        """
        self._changing.discard(charge_point_id)
        before = self.access(charge_point_id)
        configured = self._configured.get(charge_point_id)

        def confirmed(learned: Learned) -> Learned:
            if not learned.pending:
                return learned  # it has come in with the new one before it answered
            return replace(learned, key=learned.pending[-1], pending=(), replaced=configured)

        self._change(charge_point_id, confirmed)
        taken = self._of(charge_point_id).key
        if taken is not None:
            others = tuple(key for key in (*before.keys, *before.superseded) if key != taken)
            self._superseded[charge_point_id] = (taken, others)

    def abandon(self, charge_point_id: ChargePointId) -> None:
        """The charger has not taken the expected key: it counts no more."""
        self._changing.discard(charge_point_id)
        self._change(
            charge_point_id, lambda learned: replace(learned, pending=learned.pending[:-1])
        )

    def leave_open(self, charge_point_id: ChargePointId) -> None:
        """Nobody knows whether the charger took the expected key: all count until one is used."""
        self._changing.discard(charge_point_id)

    def set_key(self, charge_point_id: ChargePointId, key: bytes) -> None:
        """Put a key in force; a connection that came in with another one is ended soon."""
        new = KeyHash.of(key)
        configured = self._configured.get(charge_point_id)
        self._change(
            charge_point_id,
            lambda learned: replace(learned, key=new, pending=(), replaced=configured),
        )

    def forget(self, charge_point_id: ChargePointId) -> bool:
        """Go back to what is configured, also to a lower profile; False: nothing was learned."""
        self._refresh()
        if charge_point_id not in self._learned:
            return False
        self._change(charge_point_id, lambda _: Learned())
        return True

    def learned(self, charge_point_id: ChargePointId) -> Learned:
        """Return what is kept of a charger beside its configuration."""
        self._refresh()
        return self._of(charge_point_id)

    def configured(self, charge_point_id: ChargePointId) -> ChargerAccess | None:
        """Return what the configuration asks of a charger; None when it is not configured."""
        return self._settings.chargers.get(charge_point_id)

    def keep(self) -> None:
        """Write down what was noted of profiles; raises StoreError when that cannot be kept.

        May be called in a thread: what is noted meanwhile is kept for the next time.
        """
        if self._unsaved:
            self._change(None, lambda learned: learned)

    # -------------------------------------------------------------------------------------------

    def _of(self, charge_point_id: ChargePointId) -> Learned:
        """Return what was learned, without a key that the configuration has overtaken."""
        learned = self._learned.get(charge_point_id, Learned())
        unsaved = self._unsaved.get(charge_point_id)
        if unsaved is not None and unsaved > learned.reached:
            learned = replace(learned, reached=unsaved)
        key = self._keys.get(charge_point_id)
        if learned.key is None or key is None:
            return learned
        if learned.replaced is not None and learned.replaced.matches(key):
            return learned
        return replace(learned, key=None, pending=(), replaced=None)

    def _settled(
        self, charge_point_id: ChargePointId, learned: Learned, key: KeyHash | None
    ) -> Learned:
        if key is None or not learned.pending:
            return learned
        # The answer to the newest is still to come: whatever is used, that one stays possible.
        newest = learned.pending[-1:] if charge_point_id in self._changing else ()
        if key not in learned.pending:
            return replace(learned, pending=newest)
        return replace(
            learned,
            key=key,
            pending=tuple(one for one in newest if one != key),
            replaced=self._configured.get(charge_point_id),
        )

    def _change(
        self, charge_point_id: ChargePointId | None, change: Callable[[Learned], Learned]
    ) -> None:
        unsaved = dict(self._unsaved)
        try:
            with sole_writer(self._path):
                self._refresh()
                chargers = dict(self._learned)
                for name in {*unsaved, *((charge_point_id,) if charge_point_id else ())}:
                    learned = self._of(ChargePointId(name))
                    chargers[name] = change(learned) if name == charge_point_id else learned
                chargers = {name: kept for name, kept in chargers.items() if kept != Learned()}
                content = msgspec.json.encode(_File(chargers=chargers))
                replace_file(self._path, msgspec.json.format(content, indent=2))
                self._learned, self._seen = chargers, self._mark()
        except OSError as error:
            raise StoreError(
                f"{self._path} cannot be written: {error.strerror or error}",
                hint="The password or security profile of a charger was not changed.",
            ) from error
        for name, profile in unsaved.items():
            if self._unsaved.get(name) == profile:
                del self._unsaved[name]

    def _mark(self) -> tuple[int, int, int] | None:
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return None
        # A replaced file has another inode, so two changes within one tick are seen as well.
        return stat.st_mtime_ns, stat.st_ino, stat.st_size

    def _refresh(self) -> None:
        mark = self._mark()
        if mark == self._seen:
            return
        if mark is None:
            self._learned, self._seen = {}, None
            return
        try:
            self._learned = msgspec.json.decode(self._path.read_bytes(), type=_File).chargers
        except (OSError, msgspec.MsgspecError) as error:
            raise StoreError(
                f"the credentials in {self._path} cannot be read: {error}",
                hint="Look into the file; without it the passwords of the configuration count.",
            ) from error
        self._seen = mark
