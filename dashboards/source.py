"""Where pages get what they show: live state over HTTP, history through the Reader.

Settings come from the environment, see `Settings`. Nothing here raises to a page: what cannot be
had is a `Fault` with words and a next step.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx
import msgspec
import streamlit as st

from ocpp_core.domain.view import ChargePointView, LiveView

LIVE_PATH = "/api/v1/live"
POINTS_PATH = "/api/v1/charge-points"
TIMEOUT_S = 3.0
SHARED_FOR_S = 0.8
"""Viewers within this time share one answer, so that load does not grow with open pages."""
STALE_AFTER_S = 10.0
"""Age from which what is shown is greyed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the process that starts the pages has to say."""

    api_url: str
    """`AMPHERD_API_URL`, e.g. http://127.0.0.1:8080"""
    api_token: str
    """`AMPHERD_API_TOKEN`; empty where the API asks for none."""
    store_url: str
    """`AMPHERD_STORE_URL`: what `analytics.open` takes, e.g. quack:127.0.0.1:9494"""
    store_token: str
    """`AMPHERD_STORE_TOKEN`"""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings; absent ones are empty."""
        given = os.environ if environment is None else environment
        return cls(
            api_url=given.get("AMPHERD_API_URL", "").rstrip("/"),
            api_token=given.get("AMPHERD_API_TOKEN", ""),
            store_url=given.get("AMPHERD_STORE_URL", ""),
            store_token=given.get("AMPHERD_STORE_TOKEN", ""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why something cannot be shown, for people."""

    words: str
    hint: str
    """What to do about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """The newest live state that could be had."""

    view: LiveView | None
    """None when there never was an answer."""
    age_s: float
    """Real seconds since the server sent it; 0 without a view."""
    fault: Fault | None
    """Why there is nothing newer."""

    @property
    def stale(self) -> bool:
        """Whether the view is too old to be taken for now."""
        return self.view is None or self.age_s > STALE_AFTER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestChargers:
    """The newest list of chargers that could be had."""

    points: tuple[ChargePointView, ...] | None
    """None when there never was an answer."""
    age_s: float
    """Real seconds since the server sent it; 0 without a list."""
    fault: Fault | None
    """Why there is nothing newer."""

    @property
    def stale(self) -> bool:
        """Whether the list is too old to be taken for now."""
        return self.points is None or self.age_s > STALE_AFTER_S


class LiveSource:
    """The live state of the site, shared by all viewers; safe to use from several threads."""

    def __init__(
        self,
        settings: Settings,
        transport: httpx.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        headers = {"Authorization": f"Bearer {settings.api_token}"} if settings.api_token else {}
        client = httpx.Client(
            base_url=settings.api_url,
            headers=headers,
            timeout=TIMEOUT_S,
            transport=transport,
            # The server is ours and near: a proxy of the environment is not on the way to it.
            trust_env=False,
        )
        url = settings.api_url
        self._live = _Polled(client, url, LIVE_PATH, LiveView, monotonic)
        self._points = _Polled(client, url, POINTS_PATH, tuple[ChargePointView, ...], monotonic)

    def latest(self) -> Latest:
        """Ask the server for the site now, unless somebody just did; never raises."""
        view, age_s, fault = self._live.latest()
        return Latest(view=view, age_s=age_s, fault=fault)

    def charge_points(self) -> LatestChargers:
        """Ask the server for its chargers, unless somebody just did; never raises."""
        points, age_s, fault = self._points.latest()
        return LatestChargers(points=points, age_s=age_s, fault=fault)


class _Polled[T]:
    """One route of the API and its last answer."""

    def __init__(
        self,
        client: httpx.Client,
        url: str,
        path: str,
        kind: type[T],
        monotonic: Callable[[], float],
    ) -> None:
        self._client, self._url, self._path = client, url, path
        self._monotonic = monotonic
        self._decoder = msgspec.json.Decoder(kind)
        self._lock = threading.Lock()
        self._value: T | None = None
        self._received = 0.0
        self._asked: float | None = None
        self._fault: Fault | None = None

    def latest(self) -> tuple[T | None, float, Fault | None]:
        """Return the last answer, its age in seconds, and why there is nothing newer."""
        with self._lock:
            now = self._monotonic()
            if self._asked is None or now - self._asked >= SHARED_FOR_S:
                self._ask()
                self._asked = now = self._monotonic()
            age_s = now - self._received if self._value is not None else 0.0
            return self._value, age_s, self._fault

    def _ask(self) -> None:
        if not self._url:
            self._fault = Fault(
                words="These pages were not told where the server is.",
                hint="Start them with `ampherd serve` or `ampherd demo`, or set AMPHERD_API_URL.",
            )
            return
        try:
            answer = self._client.get(self._path)
            answer.raise_for_status()
            self._value = self._decoder.decode(answer.content)
        except httpx.HTTPStatusError as error:
            self._fault = _refusal(error.response)
        except httpx.HTTPError:
            self._fault = Fault(
                words=f"The Ampherd server at {self._url} does not answer.",
                hint="Is it running? This page looks again by itself every few seconds.",
            )
        except msgspec.MsgspecError as error:
            self._fault = Fault(
                words=f"The server's answer was not understood: {error}",
                hint="Server and pages are of different versions: update and restart both.",
            )
        else:
            self._received = self._monotonic()
            self._fault = None


@st.cache_resource(show_spinner=False)
def live_source() -> LiveSource:
    """Return the process's one `LiveSource`."""
    return LiveSource(Settings.from_environment())


def latest() -> Latest:
    """Return the newest live state."""
    return live_source().latest()


def charge_points() -> LatestChargers:
    """Return the newest list of chargers."""
    return live_source().charge_points()


def _refusal(response: httpx.Response) -> Fault:
    if response.status_code in {401, 403}:
        return Fault(
            words="The server does not accept the token of these pages.",
            hint="Set AMPHERD_API_TOKEN to a token with the role viewer (`ampherd token`).",
        )
    if response.status_code == 503:
        return Fault(
            words="The server is starting.", hint="This page looks again by itself in seconds."
        )
    return Fault(
        words=f"The server answered with HTTP {response.status_code}.",
        hint="Its log says more.",
    )
