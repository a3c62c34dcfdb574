"""Who calls, how often, and what an answer means."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.connectors.tiktok_shop.operations import ORDERS, PAYMENTS, SEARCH_ORDERS, SHOPS, UPDATE_SHIPPING_INFO
from auditor.connectors.tiktok_shop.tokens import kept_file
from auditor.errors import ConfigError, Incomplete, OutcomeUnknown, Rejected, Retriable
from auditor.sandbox.failures import FailureKind
from auditor.sandbox.shops import TIKTOK
from tests.connectors.tiktok_shop.shop import Shop, Trade

SEARCH = {"page_size": "10"}
SYSTEM = TIKTOK.id


def search(shop: Shop) -> dict[str, object]:
    return shop.connector.client.call(SEARCH_ORDERS, query=SEARCH, body={})


# Credentials and tokens -----------------------------------------------------------------------------------------------


def test_credentials_that_cannot_work_are_refused_at_once(shop: Shop) -> None:
    shop.settings = shop.configured(app_secret=None)
    with pytest.raises(ConfigError, match="needs credentials: app_key, app_secret, and access_token or refresh_token"):
        shop.connect()


def test_nothing_is_sent_and_no_secret_is_opened_before_the_first_read(shop: Shop) -> None:
    shop.settings = shop.configured(app_key={"file": "secrets/nowhere"})
    connector = shop.connect()
    assert connector.streams
    assert shop.transport.requests == []
    with pytest.raises(ConfigError, match="nowhere"):
        connector.client.call(SHOPS)


def test_an_expired_token_is_renewed_once_and_the_call_made_again(shop: Shop) -> None:
    shop.state.expire_access()
    assert search(shop)["total_count"] == 0
    assert len(shop.calls("token/refresh")) == 1
    assert shop.state.tokens.given == 2


def test_a_token_is_renewed_before_the_moment_it_ends(shop: Shop) -> None:
    shop.state.expire_access()
    search(shop)
    shop.clock.advance(timedelta(days=7) - timedelta(minutes=5))
    shop.calls()
    search(shop)
    # The end is a moment, not a duration; ten minutes before it the token is no longer used.
    assert [path.partition("?")[0] for path in shop.calls()] == ["/api/v2/token/refresh", "/order/202309/orders/search"]


def test_the_new_refresh_token_is_kept_beside_the_secret_for_its_owner_only(shop: Shop) -> None:
    shop.state.expire_access()
    search(shop)
    path = kept_file(shop.settings.channel[0], shop.folder)
    assert path is not None
    assert path.name == f"{SYSTEM}_refresh_token.renewed"
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_bytes())["refresh_token"] == "TTP_refresh_2"
    # The first refresh token is dead; a new process goes on with the kept pair and asks for nothing.
    shop.connector = shop.connect()
    shop.calls()
    search(shop)
    assert shop.calls("token/refresh") == []
    shop.state.expire_access()
    search(shop)
    assert shop.state.tokens.given == 3


def test_a_refresh_token_that_a_person_put_there_wins_over_the_kept_one(shop: Shop) -> None:
    shop.state.expire_access()
    search(shop)
    given = shop.state.give_tokens()
    for name in ("access_token", "refresh_token"):
        (shop.folder / "secrets" / f"{SYSTEM}_{name}").write_text(given[name])
    shop.state.tokens.access.pop("TTP_access_2")
    shop.connector = shop.connect()
    shop.calls()
    search(shop)
    assert shop.calls("token/refresh") == []


def test_another_process_that_renewed_first_is_followed(shop: Shop) -> None:
    search(shop)
    other = shop.connect()
    shop.state.expire_access()
    other.client.call(SEARCH_ORDERS, query=SEARCH, body={})
    search(shop)
    assert shop.state.tokens.given == 2


def test_where_the_refresh_token_is_no_file_the_doctor_warns_that_it_will_be_lost(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIKTOK_REFRESH", "TTP_refresh_1")
    shop.settings = shop.configured(refresh_token={"env": "TIKTOK_REFRESH"}, access_token=None)
    shop.connector = shop.connect()
    lines = [line for line in shop.connector.diagnose() if line.subject == "token"]
    assert [line.outcome for line in lines] == ["warning", "ok"]
    assert "renewed tokens are lost when the service stops" in lines[0].message
    assert "2027-11-21" in lines[1].message
    search(shop)
    assert shop.state.tokens.given == 2  # in memory it lives on


def test_a_folder_that_cannot_be_written_is_told_and_the_tokens_work_all_the_same(shop: Shop) -> None:
    path = kept_file(shop.settings.channel[0], shop.folder)
    assert path is not None
    path.mkdir()
    shop.state.expire_access()
    search(shop)
    warned = [line.message for line in shop.connector.diagnose() if line.subject == "token" and line.outcome != "ok"]
    assert len(warned) == 1
    assert "cannot be written" in warned[0]


def test_an_ended_authorisation_says_who_has_to_do_what(shop: Shop) -> None:
    shop.state.expire_access()
    shop.state.tokens.refresh.clear()
    with pytest.raises(Rejected, match="the seller must authorise the app again") as caught:
        search(shop)
    assert caught.value.code == "36004001"


def test_without_a_refresh_token_an_ended_access_token_stops(shop: Shop) -> None:
    shop.settings = shop.configured(refresh_token=None)
    shop.connector = shop.connect()
    shop.state.expire_access()
    with pytest.raises(Rejected, match="authorise the app again"):
        search(shop)


def test_the_call_log_holds_neither_secrets_nor_tokens(shop: Shop) -> None:
    shop.state.expire_access()
    search(shop)
    text = " ".join(call.path for call in shop.connector.calls())
    assert "token/refresh?app_key,app_secret,refresh_token,grant_type" in text
    assert not re.search(r"TTP_|sandbox-app|sandbox-cipher", text)


# Which shop -----------------------------------------------------------------------------------------------------------


def test_the_cipher_comes_from_the_only_shop_that_is_authorised(shop: Shop) -> None:
    search(shop)
    search(shop)
    first, *rest = shop.calls()
    assert first == "/authorization/202309/shops?app_key,timestamp,sign"
    assert all("shop_cipher" in path for path in rest)
    assert len(rest) == 2


def test_a_cipher_that_is_given_saves_the_question(shop: Shop) -> None:
    (shop.folder / "cipher").write_text(shop.state.cipher)
    shop.settings = shop.configured(shop_cipher={"file": "cipher"})
    shop.connector = shop.connect()
    search(shop)
    assert shop.calls("shops") == []


def test_with_several_shops_the_cipher_has_to_be_named(shop: Shop) -> None:
    shop.state.shops.append({**shop.state.shops[0], "cipher": "other", "name": "TikTok Shop IE", "region": "IE"})
    with pytest.raises(Rejected, match=r"several shops: TikTok Shop UK \(GB\), TikTok Shop IE \(IE\); name the"):
        search(shop)


def test_a_wrong_cipher_says_so(shop: Shop) -> None:
    (shop.folder / "cipher").write_text("wrong")
    shop.settings = shop.configured(shop_cipher={"file": "cipher"})
    shop.connector = shop.connect()
    with pytest.raises(Rejected, match="does not know shop_cipher"):
        search(shop)
    (line,) = [line for line in shop.connector.diagnose() if line.subject == "connection"]
    assert line.outcome == "failed"


# Answers --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 429])
def test_a_storm_of_refusals_is_waited_out_whatever_status_it_comes_with(shop: Shop, status: int) -> None:
    shop.failures.inject("throttle", system=SYSTEM, match="orders/search", times=5, status=status)
    before = shop.clock.monotonic()
    assert search(shop)["total_count"] == 0
    # 1, 2, 4, 8 and 16 seconds, half of it without jitter.
    assert shop.clock.monotonic() - before >= 15.5


def test_retry_after_is_waited_for(shop: Shop) -> None:
    shop.failures.inject("throttle", system=SYSTEM, match="orders/search", retry_after=42)
    before = shop.clock.monotonic()
    search(shop)
    assert shop.clock.monotonic() - before >= 42


def test_a_shop_that_never_lets_the_call_through_is_given_up(shop: Shop) -> None:
    shop.failures.inject("throttle", system=SYSTEM, match="orders/search", times=None)
    with pytest.raises(Retriable, match="answered 429 to POST /order/202309/orders/search"):
        search(shop)


def test_every_attempt_is_signed_anew_because_a_call_lives_five_minutes(shop: Shop) -> None:
    shop.failures.inject("throttle", system=SYSTEM, match="orders/search", times=2, retry_after=250)
    search(shop)
    stamps = [request.url.params["timestamp"] for request in shop.transport.requests if "search" in request.url.path]
    assert len(set(stamps)) == 3


@pytest.mark.parametrize("kind", ["bad_gateway_html", "server_error", "closed_connection", "truncated_body"])
def test_a_burst_of_failures_is_survived(shop: Shop, kind: FailureKind) -> None:
    shop.failures.inject(kind, system=SYSTEM, match="orders/search", times=3)
    assert search(shop)["total_count"] == 0
    assert shop.failures.happened() == 3


def test_json_that_was_cut_with_a_fitting_length_is_read_again(shop: Shop) -> None:
    shop.failures.inject("truncated_body", system=SYSTEM, match="orders/search", form="json")
    assert search(shop)["total_count"] == 0


def test_a_code_that_nobody_knows_is_refused_with_its_words_and_the_number_of_the_call(shop: Shop) -> None:
    with pytest.raises(Rejected, match=r"36009004.*page_size must be within \[1, 100\] \(request 2026\w+\)"):
        shop.connector.client.call(SEARCH_ORDERS, query={"page_size": "500"}, body={})


def test_a_clock_that_is_wrong_is_named_as_the_cause(shop: Shop) -> None:
    shop.state.clock = type(shop.clock)(shop.clock.now() + timedelta(minutes=7))
    with pytest.raises(Rejected, match="Set this machine's clock"):
        search(shop)


def test_errors_beside_code_zero_are_a_hole_for_a_read(shop: Shop) -> None:
    shop.failures.inject("partial_data", system=SYSTEM, match="orders/search", times=None)
    with pytest.raises(Incomplete, match="36009003"):
        search(shop)


def test_a_version_that_is_not_served_any_more_gives_way_to_the_other(shop: Shop) -> None:
    shop.state.payments_version = "202309"
    shop.connector.client.call(PAYMENTS, query={"sort_field": "create_time"})
    shop.connector.client.call(PAYMENTS, query={"sort_field": "create_time"})
    versions = [path.split("/")[2] for path in shop.calls("/payments")]
    assert versions == ["202605", "202309", "202309"]
    warned = [line.message for line in shop.connector.diagnose() if line.subject == "version"]
    assert warned == ["Payments are read in version 202309, which ended on 2026-08-15; 202605 is not served."]


def test_a_write_whose_answer_is_lost_is_not_sent_again(shop: Shop, trade: Trade) -> None:
    sale = trade.sale()
    trade.ship(sale)
    shop.front.put_sale(sale, shop.clock.now())
    (package,) = shop.state.records("packages")
    shop.failures.inject("lost_answer", system=SYSTEM, match="shipping_info", times=None)
    body = {"tracking_number": "X1", "shipping_provider_id": "7110100000000000001"}
    with pytest.raises(OutcomeUnknown):
        shop.connector.client.call(UPDATE_SHIPPING_INFO, package, body=body)
    assert len(shop.calls("shipping_info")) == 1
    assert shop.state.records("packages")[package]["tracking_number"] == "X1"


# Pace -----------------------------------------------------------------------------------------------------------------


def test_no_second_sees_more_calls_than_the_budget(shop: Shop) -> None:
    begun = []
    for _ in range(35):
        shop.connector.client.call(ORDERS, query={"ids": "1"})
        begun.append(shop.clock.monotonic())
    assert max(sum(start <= moment < start + 1 for moment in begun) for start in begun) == 10
    assert shop.state.calls_over_the_ceiling == 0


def test_the_secrets_folder_is_not_touched_without_a_renewal(shop: Shop, tmp_path: Path) -> None:
    search(shop)
    assert not list((tmp_path / "secrets").glob("*.renewed"))
