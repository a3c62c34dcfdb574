"""What doctor says about the marketplace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from auditor.connectors.john_lewis import JohnLewisConnector
from auditor.sandbox.john_lewis.orders import Habits
from tests.connectors.john_lewis.shop import NOW, Marketplace, cancelation, line, offer, order, read

OpenMarket = Callable[..., Marketplace]


def told(connector: JohnLewisConnector, subject: str) -> list[tuple[str, str]]:
    return [(one.outcome, one.message) for one in connector.diagnose() if one.subject == subject]


def test_a_marketplace_in_order_has_nothing_but_ok(market: Marketplace) -> None:
    market.state.put_offer(offer(1), NOW)
    connector = market.connector(order_number_field="customer-order-number")
    assert [one for one in connector.diagnose() if one.outcome != "ok"] == []


def test_a_refused_key_ends_it_with_the_reason(market: Marketplace) -> None:
    (market.folder / "key").write_text("wrong")
    (only,) = market.connector().diagnose()
    assert (only.subject, only.outcome) == ("connection", "failed")
    assert "does not accept the API key" in only.message


def test_a_drop_ship_platform_is_warned_of(market: Marketplace) -> None:
    market.state.configuration["platform_configuration"]["platform_model"] = {
        "drop_ship": True,
        "marketplace": False,
        "one_creditor": False,
    }
    ((outcome, message),) = told(market.connector(), "model")
    assert outcome == "warning"
    assert "an offer's price is what it pays" in message


def test_carriers_of_the_map_that_are_not_approved_are_named(market: Marketplace) -> None:
    (market.folder / "carriers.csv").write_text(
        "channel,b1_carrier,channel_carrier\n*,DPD Next Day,DPD\njohn-lewis,Van,Own Van\nother,X,Elsewhere\n"
    )
    found = told(market.connector(maps={"carriers": "carriers.csv"}), "carriers")
    assert found[0] == (
        "warning",
        "'Own Van' in the map of carriers is not on the approved list, so tracking with it is refused.",
    )
    assert found[1:] == [("ok", "3 approved carriers: DPD, Evri, Royal Mail.")]


def test_a_field_for_the_order_number_that_does_not_exist_is_an_error(market: Marketplace) -> None:
    ((outcome, message),) = told(market.connector(order_number_field="po-number"), "order number")
    assert outcome == "failed"
    assert "they have: gift-message, customer-order-number" in message


def test_places_are_held_against_the_settings(market: Marketplace) -> None:
    market.state.put_offer(offer(1, warehouses=[{"code": "LEEDS", "quantity": 1}]), NOW)
    found = told(market.connector(), "locations")
    assert ("warning", "'default' stands in the settings, but no offer names it.") in found
    assert any(outcome == "warning" and "'LEEDS' is mapped to no warehouse" in text for outcome, text in found)


def test_whether_a_cancelation_lowers_prices_is_seen_from_cancelled_orders(market: Marketplace) -> None:
    gone = cancelation(1, "12.00")
    market.state.put_order(order(1, line(1, "0", quantity=0, state="CANCELED", cancelations=[gone]), state="CANCELED"))
    ((outcome, _),) = told(market.connector(), "cancelations")
    assert outcome == "ok"
    kept = line(1, "12.00", state="CANCELED", cancelations=[gone], price_unit=Decimal(12))
    market.state.put_order(order(2, kept, state="CANCELED"))
    assert [outcome for outcome, _ in told(market.connector(), "cancelations")] == ["warning"]


def test_what_doctor_asked_for_counts_for_the_readings_of_the_day(market: Marketplace) -> None:
    list(market.connector().diagnose())
    later = market.connector()
    assert {"platform", "additional_fields"} < set(read(later, "settings"))
    assert set(read(later, "carriers")) == {"DPD", "Evri", "Royal Mail"}
    assert market.state.limits.broken == 0
    assert told(market.connector(), "carriers") == [("ok", "3 approved carriers: DPD, Evri, Royal Mail.")]
    assert len(market.calls("/api/shipping/carriers")) == 1


def test_the_next_day_it_is_asked_for_again(market: Marketplace) -> None:
    list(market.connector().diagnose())
    market.clock.advance(timedelta(days=1))
    list(market.connector().diagnose())
    assert len(market.calls("/api/shipping/carriers")) == 2


def test_an_answer_kept_for_another_address_or_damaged_does_not_count(market: Marketplace) -> None:
    list(market.connector().diagnose())
    (kept,) = market.folder.rglob("john-lewis.SH21.json")
    whole = kept.read_bytes()
    for body in (whole.replace(b"https://jl.mirakl.example", b"https://other.example"), whole[:-5], b""):
        kept.write_bytes(body)
        ((outcome, message),) = told(market.connector(), "carriers")
        assert outcome == "warning"
        assert "once a day" in message


def test_an_answer_that_cannot_be_kept_is_used_all_the_same(market: Marketplace) -> None:
    (market.folder / "var").write_text("no folder")
    assert told(market.connector(), "carriers") == [("ok", "3 approved carriers: DPD, Evri, Royal Mail.")]


def test_one_parcel_per_order_and_no_returns_are_told(open_market: OpenMarket) -> None:
    market = open_market(habits=Habits(multi_shipment=False), has_returns=False)
    ((_, message),) = told(market.connector(), "parcels")
    assert message.startswith("An order is one parcel; returns are switched off")
