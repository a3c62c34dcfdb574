"""The client against a scripted transport on a simulated clock; against real sockets for what only those can show."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from auditor.clock import FixedClock, SystemClock
from auditor.connectors.http import Answer, HttpClient, Problem
from auditor.errors import ConfigError, OutcomeUnknown, Rejected, RemoteError, Retriable

NOW = datetime.fromisoformat("2026-03-02T12:00:00")
Step = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Script:
    """Answers one step after the other; the last one for ever."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        return step(request) if callable(step) else step


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def client(script: Script, clock: FixedClock, **options: object) -> HttpClient:
    return HttpClient(
        "shop",
        "https://shop.example.com/api",
        clock=clock,
        transport=httpx.MockTransport(script),
        jitter=lambda: 1.0,
        **options,  # type: ignore[arg-type]  # each test passes options the constructor knows
    )


def ok(**body: object) -> httpx.Response:
    return httpx.Response(200, json=body)


# Reads ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("Server disconnected without sending a response."),
        httpx.ReadError("reset"),
        httpx.Response(429),
        httpx.Response(502, html="<html>Proxy Error</html>"),
        httpx.Response(503),
        httpx.Response(504),
        httpx.Response(500),
    ],
)
def test_a_read_is_repeated_until_it_succeeds(trouble: Step, clock: FixedClock) -> None:
    script = Script(trouble, trouble, ok(n=1))
    assert client(script, clock).get("orders").json() == {"n": 1}
    assert len(script.seen) == 3
    assert clock.now() > NOW  # it waited between the attempts


def test_pauses_grow_and_the_last_failure_is_told(clock: FixedClock) -> None:
    moments: list[float] = []

    def down(request: httpx.Request) -> httpx.Response:
        moments.append(clock.monotonic())
        return httpx.Response(502)

    with pytest.raises(Retriable, match=r"shop at shop\.example\.com answered 502 to GET /api/orders"):
        client(Script(down), clock).get("orders")
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    assert pauses == [1, 2, 4, 8]


def test_after_a_read_has_given_up_the_next_one_does_not_wait_as_long(clock: FixedClock) -> None:
    script = Script(httpx.Response(503))
    http = client(script, clock)
    for _ in range(2):
        with pytest.raises(Retriable):
            http.get("orders")
    assert len(script.seen) == 5 + 1
    script.steps = [ok(), httpx.Response(503), ok()]
    http.get("orders")
    http.get("orders")  # patient again after one success
    assert len(script.seen) == 9


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7), ("2.5", 2.5), ("Mon, 02 Mar 2026 12:00:20 GMT", 20), ("nonsense", None)]
)
def test_retry_after_is_obeyed_as_a_number_and_as_a_date(header: str, seconds: float | None, clock: FixedClock) -> None:
    script = Script(httpx.Response(429, headers={"Retry-After": header}), ok())
    client(script, clock).get("orders")
    waited = (clock.now() - NOW).total_seconds()
    assert waited == (seconds + 1 if seconds is not None else 1)


def test_a_wait_that_is_too_long_is_handed_to_the_caller(clock: FixedClock) -> None:
    with pytest.raises(Retriable) as caught:
        client(Script(httpx.Response(429, headers={"Retry-After": "3600"})), clock).get("orders")
    assert caught.value.retry_after == 3600
    assert clock.now() == NOW


def test_a_read_may_be_told_not_to_repeat(clock: FixedClock) -> None:
    script = Script(httpx.Response(502))
    with pytest.raises(Retriable):
        client(script, clock).get("orders", retry=False)
    assert len(script.seen) == 1


def test_an_answer_that_the_caller_finds_wanting_is_read_again(clock: FixedClock) -> None:
    script = Script(httpx.Response(200, content=b'{"n": '), httpx.Response(200, content=b'{"n": 1.10}'))

    def whole(answer: Answer) -> None:
        answer.json()

    assert client(script, clock).get("orders", check=whole).json() == {"n": Decimal("1.10")}


def test_a_post_that_only_reads_is_repeated(clock: FixedClock) -> None:
    script = Script(httpx.ReadTimeout("slow"), ok(n=1))
    assert client(script, clock).post("graphql", json={"query": "{ shop }"}, retry=True).json() == {"n": 1}


# Writes ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ReadTimeout("slow"),
        httpx.WriteError("reset"),
        httpx.RemoteProtocolError("Server disconnected without sending a response."),
        httpx.Response(502),
        httpx.Response(500),
        httpx.Response(503),
        httpx.Response(504),
    ],
)
def test_a_write_whose_answer_is_lost_is_sent_once_and_its_outcome_is_unknown(trouble: Step, clock: FixedClock) -> None:
    script = Script(trouble, ok())
    with pytest.raises(OutcomeUnknown, match="must be looked up"):
        client(script, clock).post("fulfilments", json={})
    assert len(script.seen) == 1


def test_a_write_that_never_left_is_not_unknown(clock: FixedClock) -> None:
    with pytest.raises(RemoteError) as caught:
        client(Script(httpx.ConnectError("refused")), clock).post("fulfilments", json={})
    assert not isinstance(caught.value, OutcomeUnknown)


def test_a_write_that_is_throttled_may_be_sent_again_by_its_caller(clock: FixedClock) -> None:
    script = Script(httpx.Response(429, headers={"Retry-After": "3"}))
    with pytest.raises(Retriable) as caught:
        client(script, clock).post("fulfilments", json={})
    assert caught.value.retry_after == 3
    assert len(script.seen) == 1


# What an answer means -------------------------------------------------------------------------------------------------


def test_a_refusal_carries_status_code_and_words(clock: FixedClock) -> None:
    def problem(answer: Answer) -> Problem:
        return Problem(code="-2028", text=answer.json()["message"])

    script = Script(httpx.Response(404, json={"message": "No matching records found"}))
    with pytest.raises(Rejected, match=r"refused GET /api/orders \(404, code -2028\): No matching records") as caught:
        client(script, clock, problem=problem).get("orders")
    assert (caught.value.status, caught.value.code) == (404, "-2028")
    assert len(script.seen) == 1


def test_a_redirect_is_not_followed(clock: FixedClock) -> None:
    script = Script(httpx.Response(302, headers={"Location": "https://elsewhere.example.com/"}))
    with pytest.raises(RemoteError, match="correct base_url"):
        client(script, clock).get("orders")
    assert len(script.seen) == 1


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate", "ca_file"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", "scheme and port"),
        ("[Errno 111] Connection refused", "check base_url"),
        ("[Errno -2] Name or service not known", "check base_url"),
    ],
)
def test_a_host_that_cannot_be_reached_is_named_with_the_mend_at_once(text: str, mend: str, clock: FixedClock) -> None:
    with pytest.raises(RemoteError, match=mend) as caught:
        client(Script(httpx.ConnectError(text)), clock).get("orders")
    assert "shop.example.com" in str(caught.value)
    assert clock.now() == NOW


def test_a_host_that_has_answered_before_is_tried_again(clock: FixedClock) -> None:
    script = Script(ok(), httpx.ConnectError("refused"), ok(n=2))
    http = client(script, clock)
    http.get("orders")
    assert http.get("orders").json() == {"n": 2}


def test_more_bytes_than_the_cap_are_not_taken(clock: FixedClock) -> None:
    bomb = gzip.compress(b" " * 5_000_000)
    script = Script(httpx.Response(200, content=bomb, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(RemoteError, match="more than 1,000,000 bytes"):
        client(script, clock, max_decoded_bytes=1_000_000).get("orders")
    assert len(script.seen) == 1


def test_a_ca_file_that_is_none_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="name a PEM file"):
        HttpClient("b1", "https://b1.example.com", clock=SystemClock(), ca_file=tmp_path / "missing.pem")


# What is kept and what is not -----------------------------------------------------------------------------------------


def test_the_log_holds_no_secret_and_no_value_of_a_query(clock: FixedClock) -> None:
    http = client(Script(httpx.Response(502), ok()), clock, headers={"X-Token": "s3cret"})
    http.get("orders", params={"email": "jo@example.com", "$filter": "Name eq 'Jo'"})
    first, second = http.calls()
    assert (first.status, first.error, second.status, second.error) == (502, "Retriable", 200, None)
    assert second.path == "/api/orders?email,$filter"
    assert second.bytes_read == 2
    assert "s3cret" not in repr([first, second])
    assert "jo@" not in repr([first, second])
    assert http.calls() == []


def test_query_values_are_encoded_whole(clock: FixedClock) -> None:
    script = Script(ok())
    client(script, clock).get("orders", params={"$filter": "Name eq 'A & B+C'"})
    assert script.seen[0].url.query == b"$filter=Name%20eq%20%27A%20%26%20B%2BC%27"


def test_no_cookie_is_kept(clock: FixedClock) -> None:
    script = Script(httpx.Response(200, headers={"Set-Cookie": "B1SESSION=abc;HttpOnly;"}), ok())
    http = client(script, clock)
    answer = http.get("Login")
    http.get("orders")
    assert answer.header_lines("set-cookie") == ["B1SESSION=abc;HttpOnly;"]
    assert "cookie" not in script.seen[1].headers


def test_the_budget_is_asked_before_and_told_after_each_attempt(clock: FixedClock) -> None:
    class Budget:
        asked = 0

        def __init__(self) -> None:
            self.told: list[int] = []

        def before(self) -> None:
            self.asked += 1

        def after(self, answer: Answer) -> None:
            self.told.append(answer.status)

    budget = Budget()
    client(Script(httpx.Response(429), ok()), clock, budget=budget).get("orders")
    assert (budget.asked, budget.told) == (2, [429, 200])


def test_calls_of_many_threads_are_all_counted(clock: FixedClock) -> None:
    http = client(Script(lambda request: ok()), clock)
    threads = [threading.Thread(target=lambda: [http.get("orders") for _ in range(20)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(http.calls()) == 160


def test_a_large_read_comes_in_pieces_and_is_logged(clock: FixedClock) -> None:
    http = client(Script(httpx.Response(200, content=b'{"id":1}\n{"id":2}\n')), clock)
    with http.chunks("result.jsonl") as pieces:
        assert [json.loads(line)["id"] for line in b"".join(pieces).splitlines()] == [1, 2]
    assert http.calls()[0].bytes_read == 18
    with pytest.raises(Rejected), client(Script(httpx.Response(403)), clock).chunks("result.jsonl"):
        pass


# Real sockets ---------------------------------------------------------------------------------------------------------


@contextmanager
def raw_server(serve: Callable[[socket.socket, int], None]) -> Iterator[str]:
    """`serve(connection, number)` speaks for each connection in turn."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def run() -> None:
        number = 0
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            number += 1
            with connection:
                try:
                    serve(connection, number)
                except OSError:
                    continue

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stop.set()
        listener.close()


@pytest.mark.parametrize("where", ["headers", "body"])
def test_a_server_that_drips_is_left_at_the_deadline(where: str) -> None:
    tick = threading.Event()

    def drip(connection: socket.socket, number: int) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        if where == "body":
            connection.sendall(b"Content-Length: 1000\r\n\r\n")
        for _ in range(200):
            connection.sendall(b"x")
            tick.wait(0.05)

    with raw_server(drip) as url:
        clock = SystemClock()
        http = HttpClient("slow", url, clock=clock, deadline_seconds=0.4)
        started = clock.monotonic()
        with pytest.raises(Retriable, match="did not answer in time"):
            http.get("orders", retry=False)
        assert clock.monotonic() - started < 2


def test_a_connection_closed_while_idle_is_no_error_for_a_read() -> None:
    def once_each(connection: socket.socket, number: int) -> None:
        connection.recv(65536)
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n" + str(number).encode()
        )
        if number == 1:
            connection.recv(65536)  # takes the second request and closes without a word

    with raw_server(once_each) as url:
        http = HttpClient("b1", url, clock=FixedClock(NOW))
        assert [http.get("a").body, http.get("b").body] == [b"1", b"2"]
        assert [call.error for call in http.calls()] == [None, "Retriable", None]
        http.close()


def test_a_body_shorter_than_declared_is_read_again() -> None:
    def cut_once(connection: socket.socket, number: int) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + (b"wh" if number == 1 else b"whole"[:4]))

    with raw_server(cut_once) as url:
        http = HttpClient("b1", url, clock=FixedClock(NOW))
        assert http.get("Orders").body == b"whol"
        assert [call.error for call in http.calls()] == ["Retriable", None]
        http.close()


def test_a_server_that_closes_in_the_middle_of_a_write_leaves_it_unknown() -> None:
    with raw_server(lambda connection, number: connection.recv(65536) and None) as url:
        http = HttpClient("b1", url, clock=FixedClock(NOW))
        with pytest.raises(OutcomeUnknown):
            http.post("Orders", json={"CardCode": "C1"})


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(RemoteError, match=f"127.0.0.1:{port} cannot be reached; check base_url"):
        HttpClient("b1", f"http://127.0.0.1:{port}", clock=FixedClock(NOW)).get("Orders")


def test_plain_http_behind_https_is_told_apart() -> None:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        http = HttpClient("b1", f"https://127.0.0.1:{server.server_port}", clock=SystemClock(), deadline_seconds=5)
        with pytest.raises(RemoteError, match="does not speak TLS"):
            http.get("Orders", retry=False)
    finally:
        server.shutdown()
        server.server_close()
