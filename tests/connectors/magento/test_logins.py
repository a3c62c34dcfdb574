"""Four ways to log in; a wrong one is told before anything is sent."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from auditor.clock import FixedClock
from auditor.connectors.magento import MagentoConnector
from auditor.errors import ConfigError, Rejected
from auditor.settings import parse
from tests.connectors.magento.bodies import order
from tests.sandbox.magento.served import NOW, OAUTH1, Shop, access, company

ADMIN, BEARER, CLOUD = ("username", "password"), ("access_token",), ("client_id", "client_secret", "org_id")


@pytest.fixture(autouse=True)
def one_order(shop: Shop) -> None:
    shop.state.put("orders", order(1))


@pytest.mark.parametrize("names", [OAUTH1, ADMIN, CLOUD], ids=["signed", "admin", "cloud"])
def test_the_shop_is_read_with_each_way_to_log_in(shop: Shop, names: tuple[str, ...]) -> None:
    connector = shop.connect(names, auth_url=f"{shop.url}/ims/token/v3")
    assert shop.keys("orders", connector=connector) == ["1"]


def test_a_token_of_an_integration_stands_alone_only_where_the_shop_allows_it(shop: Shop) -> None:
    with pytest.raises(Rejected, match="An access_token alone is refused unless the shop allows it") as refused:
        shop.keys("orders", connector=shop.connect(BEARER))
    assert refused.value.status == 401
    shop.state.access = access(token_may_stand_alone=True)
    assert shop.keys("orders", connector=shop.connect(BEARER)) == ["1"]


def test_the_cloud_service_has_no_rest_in_its_address_and_the_view_in_a_header(shop: Shop) -> None:
    shop.state.store_configs.append({**shop.state.store_configs[0], "code": "trade"})
    connector = shop.connect(CLOUD, auth_url=f"{shop.url}/ims/token/v3", store_view="trade")
    shop.keys("orders", connector=connector)
    shop.keys("listings", connector=connector)
    paths = [call.path.partition("?")[0] for call in connector.calls()]
    assert paths == ["/ims/token/v3", "/V1/orders", "/V1/store/storeConfigs", "/V1/products"]


def test_the_catalogue_of_the_store_view_is_read_and_everything_else_for_all(shop: Shop) -> None:
    shop.state.store_configs.append({**shop.state.store_configs[0], "code": "trade"})
    connector = shop.connect(store_view="trade")
    shop.keys("orders", connector=connector)
    shop.keys("listings", connector=connector)
    paths = {call.path.partition("?")[0] for call in connector.calls()}
    assert paths == {"/rest/all/V1/orders", "/rest/all/V1/store/storeConfigs", "/rest/trade/V1/products"}


def test_a_store_view_that_does_not_exist_is_named(shop: Shop) -> None:
    with pytest.raises(Rejected, match="no store view 'b2b'; set store_view to one of: all, default"):
        shop.read("listings", connector=shop.connect(store_view="b2b"))


@pytest.mark.parametrize("names", [ADMIN, CLOUD], ids=["admin", "cloud"])
def test_a_token_is_renewed_before_it_ends(shop: Shop, names: tuple[str, ...]) -> None:
    connector = shop.connect(names, auth_url=f"{shop.url}/ims/token/v3")
    for hours in (0, 3, 30):
        assert isinstance(shop.clock, FixedClock)
        shop.clock.advance(timedelta(hours=hours))
        assert shop.keys("orders", connector=connector) == ["1"]
    calls = connector.calls()
    assert not [call for call in calls if call.status == 401]
    assert len([call for call in calls if "token" in call.path]) == 2


@pytest.mark.parametrize(
    ("names", "wrong", "sentence"),
    [
        (OAUTH1, "access_token_secret", "does not accept these credentials"),
        (OAUTH1, "consumer_key", "does not accept these credentials"),
        (ADMIN, "password", "refuses this username and password"),
        (CLOUD, "client_secret", "Adobe gives no token for this client_id"),
        (CLOUD, "org_id", "does not accept these credentials"),
    ],
)
def test_a_wrong_secret_is_refused_in_words_and_never_shown(
    shop: Shop, names: tuple[str, ...], wrong: str, sentence: str
) -> None:
    connector = shop.connect(names, auth_url=f"{shop.url}/ims/token/v3")
    (shop.folder / wrong).write_text("quite-wrong")
    with pytest.raises(Rejected, match=sentence) as refused:
        shop.keys("orders", connector=connector)
    assert refused.value.status == 401
    assert "quite-wrong" not in str(refused.value)


@pytest.mark.parametrize("names", [(), ("consumer_key", "access_token"), ("username",), ("client_id", "client_secret")])
def test_credentials_that_are_none_of_the_four_are_a_mistake_in_the_settings(names: tuple[str, ...]) -> None:
    raw = company(credentials={name: {"env": "X"} for name in names})
    settings = parse(raw, folder=Path())
    with pytest.raises(ConfigError, match="'magento-uk' needs credentials: consumer_key, consumer_secret"):
        MagentoConnector(settings, settings.channel[0], FixedClock(NOW))


def test_an_address_with_rest_in_it_is_a_mistake_in_the_settings() -> None:
    settings = parse(company(base_url="https://shop.example.com/rest/default"), folder=Path())
    with pytest.raises(ConfigError, match="without /rest"):
        MagentoConnector(settings, settings.channel[0], FixedClock(NOW))
