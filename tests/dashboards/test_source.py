import httpx
import msgspec
import pytest

from dashboards.source import Latest, LiveSource, Settings
from tests.dashboards.fake_chargers import charge_points
from tests.dashboards.fake_view import live_view

SETTINGS = Settings(api_url="http://127.0.0.1:8080", api_token="t-1", store_url="", store_token="")


class Server:
    """A live endpoint whose answers are put in line."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def fine() -> httpx.Response:
    return httpx.Response(200, content=msgspec.json.encode(live_view()))


def ask(server: Server, *at_s: float) -> list[Latest]:
    """Ask at these seconds and return the answers."""
    now = 0.0
    live = LiveSource(SETTINGS, httpx.MockTransport(server), monotonic=lambda: now)
    answers = []
    for second in at_s:
        now = second
        answers.append(live.latest())
    return answers


def test_the_live_state_arrives_as_the_domain_s_own_view() -> None:
    server = Server(fine())
    (answer,) = ask(server, 0)

    assert live_view() == answer.view
    assert (False, None) == (answer.stale, answer.fault)
    assert "/api/v1/live" == server.requests[0].url.path
    assert "Bearer t-1" == server.requests[0].headers["Authorization"]


def test_chargers_are_asked_for_by_themselves_and_keep_their_own_age() -> None:
    points = httpx.Response(200, content=msgspec.json.encode(charge_points()))
    server = Server(fine(), points, httpx.ConnectError("refused"))
    now = 0.0
    live = LiveSource(SETTINGS, httpx.MockTransport(server), monotonic=lambda: now)
    live.latest()
    first = live.charge_points()
    now = 12.0
    later = live.charge_points()

    assert "/api/v1/charge-points" == server.requests[1].url.path
    assert (charge_points(), False, None) == (first.points, first.stale, first.fault)
    assert (charge_points(), 12.0, True) == (later.points, later.age_s, later.stale)
    assert later.fault is not None


def test_viewers_at_the_same_time_share_one_request() -> None:
    server = Server(fine(), fine())
    ask(server, 0, 0.3, 0.7, 1.5)

    assert 2 == len(server.requests)


def test_a_server_that_went_away_leaves_the_last_state_with_its_age() -> None:
    server = Server(fine(), httpx.ConnectError("refused"), httpx.ReadTimeout("slow"))
    _, soon, later = ask(server, 0, 4, 30)

    assert (live_view(), 4.0, False) == (soon.view, soon.age_s, soon.stale)
    assert (live_view(), 30.0, True) == (later.view, later.age_s, later.stale)
    assert soon.fault is not None
    assert "http://127.0.0.1:8080 does not answer" in soon.fault.words


def test_a_server_that_came_back_is_live_again() -> None:
    server = Server(httpx.ConnectError("refused"), fine())
    before, after = ask(server, 0, 2)

    assert (None, True) == (before.view, before.stale)
    assert (live_view(), None) == (after.view, after.fault)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (httpx.Response(401), "AMPHERD_API_TOKEN"),
        (httpx.Response(503), "by itself"),
        (httpx.Response(500), "log"),
        (httpx.Response(200, content=b"<html>"), "different versions"),
        (httpx.Response(200, content=b'{"at": "soon"}'), "different versions"),
    ],
)
def test_a_refusal_comes_with_a_next_step(answer: httpx.Response, hint: str) -> None:
    (latest,) = ask(Server(answer), 0)

    assert latest.view is None
    assert latest.fault is not None
    assert hint in latest.fault.hint


def test_without_an_address_the_pages_say_how_they_get_one() -> None:
    latest = LiveSource(Settings.from_environment({})).latest()

    assert latest.fault is not None
    assert "AMPHERD_API_URL" in latest.fault.hint


def test_settings_come_from_the_environment() -> None:
    settings = Settings.from_environment(
        {
            "AMPHERD_API_URL": "http://h:1/",
            "AMPHERD_API_TOKEN": "a",
            "AMPHERD_STORE_URL": "quack:h:2",
            "AMPHERD_STORE_TOKEN": "b",
        }
    )

    assert ("http://h:1", "a", "quack:h:2", "b") == (
        settings.api_url, settings.api_token, settings.store_url, settings.store_token,
    )  # fmt: skip
