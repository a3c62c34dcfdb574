"""The signature, held against the published example of OAuth Core 1.0 and against what Magento says of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from urllib.parse import parse_qsl, unquote

import httpx

from auditor.clock import FixedClock
from auditor.connectors.magento.criteria import Filter, search
from auditor.connectors.magento.oauth1 import Keys, OAuth1, authorization, base_string, encoded, signature
from tests.sandbox.magento.served import NOW

KEYS = Keys("ck", "c&s", "at", "t s")


def test_the_base_string_is_that_of_the_specification() -> None:
    """OAuth Core 1.0, appendix A.5.1, with its own method of signing."""
    pairs = parse_qsl(
        "oauth_consumer_key=dpf43f3p2l4k3l03&oauth_token=nnch734d00sl2jdk&oauth_signature_method=HMAC-SHA1"
        "&oauth_timestamp=1191242096&oauth_nonce=kllo9940pd9333jh&oauth_version=1.0&file=vacation.jpg&size=original"
    )
    assert base_string("get", httpx.URL("http://photos.example.net/photos"), pairs) == (
        "GET&http%3A%2F%2Fphotos.example.net%2Fphotos&file%3Dvacation.jpg%26oauth_consumer_key%3Ddpf43f3p2l4k3l03"
        "%26oauth_nonce%3Dkllo9940pd9333jh%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1191242096"
        "%26oauth_token%3Dnnch734d00sl2jdk%26oauth_version%3D1.0%26size%3Doriginal"
    )


def test_the_key_is_both_secrets_encoded() -> None:
    digest = hmac.new(b"c%26s&t%20s", b"text", hashlib.sha256).digest()
    assert signature("text", "c&s", "t s") == base64.b64encode(digest).decode()


def test_only_what_the_specification_leaves_alone_is_not_encoded() -> None:
    assert encoded("aZ09-._~ +/[]é") == "aZ09-._~%20%2B%2F%5B%5D%C3%A9"


def test_brackets_are_signed_the_same_however_they_were_written() -> None:
    bare = httpx.URL("https://shop.example.com/rest/V1/orders?searchCriteria[pageSize]=100")
    written = httpx.URL("https://shop.example.com/rest/V1/orders?searchCriteria%5BpageSize%5D=100")
    headers = [authorization(KEYS, "GET", url, nonce="n", timestamp=1) for url in (bare, written)]
    assert headers[0] == headers[1]


def test_the_header_names_the_method_that_magento_accepts_and_no_secret() -> None:
    header = authorization(KEYS, "GET", httpx.URL("https://shop.example.com/x"), nonce="n", timestamp=12)
    parts = dict(re.findall(r'(\w+)="([^"]*)"', header))
    assert header.startswith("OAuth ")
    assert parts["oauth_signature_method"] == "HMAC-SHA256"
    assert (parts["oauth_timestamp"], parts["oauth_nonce"], parts["oauth_token"]) == ("12", "n", "at")
    assert len(base64.b64decode(unquote(parts["oauth_signature"]))) == 32
    assert "c%26s" not in header
    assert "t%20s" not in header
    assert "c&s" not in repr(KEYS)


def test_a_default_port_and_capitals_in_the_host_are_not_signed() -> None:
    plain = base_string("GET", httpx.URL("https://shop.example.com/x"), [])
    assert base_string("GET", httpx.URL("https://SHOP.example.com:443/x"), []) == plain
    assert base_string("GET", httpx.URL("https://shop.example.com:8443/x"), []) != plain


def test_every_attempt_is_signed_anew() -> None:
    clock = FixedClock(NOW)
    signer = OAuth1(lambda: KEYS, clock)
    request = httpx.Request("GET", "https://shop.example.com/x", params=search([[Filter("a", "gt", "1")]], size=5))
    seen = set()
    for _ in range(3):
        next(signer.auth_flow(request))
        seen.add(request.headers["authorization"])
    assert len(seen) == 3
