"""What is read is what the store holds: at first, after changes, and while things change under way."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from auditor.connectors.base import Window
from auditor.errors import ConfigError, UsageError
from tests.connectors.bigcommerce.store import NOW, STORE_HASH, Store, company, connect, give_back, line, sale, sales

EVERYTHING = ("settings", "locations", "listings", "stock", "orders", "transactions", "refunds", "shipments")


def body_of(store: Store, stream: str, key: str) -> Any:
    return next(msgspec.json.decode(record.body) for record in store.read(stream) if record.key == key)


def stream_of(store: Store, name: str) -> Any:
    return next(one for one in store.connector.streams if one.name == name)


def test_nothing_is_sent_and_no_secret_is_read_before_the_first_call(store: Store, tmp_path: Path) -> None:
    (tmp_path / "token").unlink()
    connector = connect(store.settings, store.clock, store.transport)
    assert [stream.name for stream in connector.streams] == list(EVERYTHING)
    assert store.transport.sent == []
    with pytest.raises(ConfigError, match="cannot be read"):
        next(iter(connector.read(connector.streams[0], Window(None, NOW))))
    assert store.transport.sent == []


def test_wrong_credentials_are_named_with_what_is_needed(tmp_path: Path, store: Store) -> None:
    settings = company(tmp_path, credentials={"client_id": {"env": "X"}})
    with pytest.raises(ConfigError, match=r"'bigcommerce-uk' needs credentials: access_token.*given are: client_id"):
        connect(settings, store.clock, store.transport)


def test_the_store_hash_may_stand_among_the_credentials(tmp_path: Path, store: Store) -> None:
    (tmp_path / "hash").write_text(STORE_HASH, encoding="utf-8")
    credentials = {"access_token": {"file": "token"}, "store_hash": {"file": "hash"}}
    settings = company(tmp_path, base_url="https://api.bigcommerce.com", credentials=credentials)
    connector = connect(settings, store.clock, store.transport)
    settings_stream = next(stream for stream in connector.streams if stream.name == "settings")
    assert [record for page in connector.read(settings_stream, Window(None, NOW)) for record in page]
    assert all(request.url.path.startswith(f"/stores/{STORE_HASH}/") for request in store.transport.sent)


def test_the_first_load_is_what_the_store_holds(store: Store) -> None:
    store.offer(260)
    made = sales(260, taxed=False)
    give_back(made[3])
    store.put(*made)
    expected = [str(one.number) for one in made]
    assert store.keys("orders") == store.keys("transactions") == store.keys("shipments") == expected
    assert store.keys("refunds") == ["880001"]
    assert store.keys("listings") == sorted(str(70_000 + number) for number in range(1, 261))
    assert len(store.keys("stock")) == 520
    assert store.keys("locations") == ["1", "2"]
    assert store.keys("settings") == ["currencies", "order_statuses", "store", "tax"]


def test_a_delta_brings_what_changed_and_little_else(store: Store) -> None:
    store.put(*sales(40, days_ago=3))
    store.read("orders")
    store.clock.advance(timedelta(minutes=20))
    watermark = store.clock.now()
    store.clock.advance(timedelta(minutes=20))
    store.change(100_007, status_id=9, status="Awaiting Shipment")
    store.put(sale(100_099, placed_at=store.clock.now()))
    before = len(store.transport.sent)
    assert store.keys("orders", watermark) == ["100007", "100099"]
    # Refunds, a count, one page, and the taxes of the two.
    assert len(store.transport.sent) - before == 5


def test_the_first_read_of_a_day_reads_open_orders_again(store: Store) -> None:
    store.state.bumps = False
    store.put(*sales(5, days_ago=3))
    store.change(100_002, status_id=10, status="Completed")
    store.ship(100_003, 7_000_003, "X1")
    store.clock.advance(timedelta(hours=1))
    assert store.keys("orders", NOW + timedelta(minutes=30)) == []
    store.clock.advance(timedelta(hours=11))
    # The third was sent and does not say so in date_modified; as a sent order it is not open any more.
    assert store.keys("orders", NOW + timedelta(minutes=30)) == ["100001", "100004", "100005"]


def test_a_refund_brings_its_order_along_although_the_order_does_not_say_that_it_changed(store: Store) -> None:
    made = sales(3, days_ago=3)
    store.put(*made)
    store.clock.advance(timedelta(hours=1))
    modified = store.state.orders[100_002].modified_at
    give_back(made[1], days_ago=-1 / 48)
    store.put(made[1])
    store.state.orders[100_002].modified_at = modified
    since = NOW + timedelta(minutes=15)
    assert store.keys("orders", since) == store.keys("transactions", since) == ["100002"]
    assert store.keys("refunds", since) == ["880001"]
    assert body_of(store, "orders", "100002")["lines"][0]["quantity_refunded"] == 1


def test_orders_that_come_and_change_while_pages_are_read_are_neither_lost_nor_doubled(store: Store) -> None:
    store.put(*sales(600, first=100_011, taxed=False))
    changes = iter(range(1, 1000))

    def change(request: httpx.Request) -> None:
        if request.url.path.endswith("/v2/orders"):
            step = next(changes)
            store.clock.advance(timedelta(seconds=2))
            store.change(100_011 + step, status_id=9)
            store.put(*sales(1, 100_610 + step, taxed=False), *sales(1, 100_010 - step, taxed=False))

    store.transport.before = change
    read = store.keys("orders")
    assert {str(number) for number in range(100_011, 100_611)} <= set(read)


def test_an_order_that_is_archived_while_pages_are_read_does_not_make_the_read_fail(store: Store) -> None:
    store.put(*sales(300, taxed=False))

    def archive(request: httpx.Request) -> None:
        if request.url.params.get("min_id"):
            store.change(100_299, is_deleted=True)

    store.transport.before = archive
    assert len(store.keys("orders")) == 299


def test_products_that_go_while_pages_are_read_do_not_hide_others(store: Store) -> None:
    store.offer(520)

    def delete(request: httpx.Request) -> None:
        if "id:greater=250" in str(request.url.query, "ascii").replace("%3A", ":"):
            for number in range(1, 11):
                store.state.products.pop(number, None)

    store.transport.before = delete
    assert len(store.keys("listings")) == 520


def test_a_list_that_grows_while_its_pages_are_read_is_read_again(store: Store) -> None:
    made = sale(100_001, line(1, 300, rate=Decimal(0)), shipping=Decimal(0))
    for number in range(880_001, 880_301):
        give_back(made, number)
    store.put(made)
    grown: list[int] = []

    def grow(request: httpx.Request) -> None:
        if request.url.path.endswith("refunds") and request.url.params["page"] == "2" and not grown:
            grown.append(1)
            give_back(made, 1, days_ago=0.9)
            store.put(made)

    store.transport.before = grow
    assert len(store.keys("refunds")) == 301
    assert store.paths().count("v3/orders/payment_actions/refunds") == 4


def test_a_declined_refund_is_noticed_days_later(store: Store) -> None:
    made = sale(100_001, days_ago=20)
    given = give_back(made, days_ago=15)
    store.put(made)
    assert body_of(store, "refunds", "880001")["payments"][0]["is_declined"] is False
    given.status = "FAILURE"
    store.put(made)
    store.clock.advance(timedelta(days=1))
    (record,) = store.read("refunds", NOW + timedelta(hours=1))
    assert msgspec.json.decode(record.body)["payments"][0]["is_declined"] is True


def test_a_record_is_the_same_text_when_nothing_changed(store: Store) -> None:
    store.offer(3)
    made = sale(100_001)
    give_back(made)
    store.put(made)
    first = {name: store.read(name) for name in EVERYTHING}
    store.change(100_001, status_id=9)
    again = {name: store.read(name) for name in EVERYTHING}
    assert {name for name in EVERYTHING if first[name] != again[name]} == {"orders"}


def test_records_are_looked_up_by_their_keys(store: Store) -> None:
    store.offer(3)
    made = sales(3)
    give_back(made[0])
    store.put(*made)
    store.ship(100_002, 7_000_002, "X1")
    wanted = {
        "settings": ["tax"],
        "locations": ["2"],
        "listings": ["70002"],
        "stock": ["70002@1"],
        "orders": ["100002"],
        "transactions": ["100002"],
        "refunds": ["880001"],
        "shipments": ["100002"],
    }
    for name, keys in wanted.items():
        found = store.connector.look_up(stream_of(store, name), [*keys, *keys, "404404", "nonsense"])
        assert [record.key for record in found] == keys, name
        assert found[0] in store.read(name), name


def test_open_keys_that_did_not_come_by_themselves_are_looked_up(store: Store) -> None:
    store.put(*sales(3, days_ago=3))
    window = Window(NOW - timedelta(minutes=20), NOW, frozenset({"100002"}))
    pages = store.connector.read(stream_of(store, "orders"), window)
    assert [record.key for page in pages for record in page] == ["100002"]


def test_a_stream_that_does_not_exist_is_a_misuse(store: Store) -> None:
    other = type(stream_of(store, "orders"))("payouts", (), timedelta(1))
    with pytest.raises(UsageError, match="no stream 'payouts'"):
        list(store.connector.read(other, Window(None, NOW)))
    with pytest.raises(UsageError, match="no stream 'payouts'"):
        store.connector.look_up(other, ["1"])


def test_calls_are_counted_and_carry_no_values(store: Store) -> None:
    store.put(sale(100_001, line(1, discount=line(1).unit_price / 10)))
    store.read("orders")
    calls = store.connector.calls()
    assert len(calls) == len(store.transport.sent)
    assert {call.status for call in calls} <= {200, 204}
    assert not any("2026" in call.path for call in calls)
    assert store.connector.calls() == []
