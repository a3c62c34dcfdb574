"""OAuth 1.0a as Magento wants it: every request is signed with HMAC-SHA256 by the four secrets of an integration.

The signature covers method, address and options, not the body. Options are decoded and encoded again by RFC 3986, so
that it does not matter how the brackets of a searchCriteria were written on the wire. A nonce is taken once: each
attempt at a call is signed anew.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from datetime import UTC
from urllib.parse import quote

import httpx

from auditor.clock import Clock

METHOD = "HMAC-SHA256"


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """What an integration is given in Magento's admin. Not shown: a traceback must not carry secrets."""

    consumer_key: str
    consumer_secret: str
    access_token: str
    access_token_secret: str


class OAuth1(httpx.Auth):
    """Signs each request; `keys` is asked with the first one."""

    def __init__(
        self, keys: Callable[[], Keys], clock: Clock, nonce: Callable[[], str] = lambda: secrets.token_hex(16)
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._nonce = nonce

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        timestamp = int(self._clock.now().replace(tzinfo=UTC).timestamp())
        request.headers["Authorization"] = authorization(
            self._keys(), request.method, request.url, nonce=self._nonce(), timestamp=timestamp
        )
        yield request


def authorization(keys: Keys, method: str, url: httpx.URL, *, nonce: str, timestamp: int) -> str:
    """The Authorization header of a request."""
    ours = {
        "oauth_consumer_key": keys.consumer_key,
        "oauth_nonce": nonce,
        "oauth_signature_method": METHOD,
        "oauth_timestamp": str(timestamp),
        "oauth_token": keys.access_token,
        "oauth_version": "1.0",
    }
    text = base_string(method, url, [*url.params.multi_items(), *ours.items()])
    ours["oauth_signature"] = signature(text, keys.consumer_secret, keys.access_token_secret)
    return "OAuth " + ", ".join(f'{name}="{encoded(value)}"' for name, value in sorted(ours.items()))


def base_string(method: str, url: httpx.URL, parameters: Iterable[tuple[str, str]]) -> str:
    """What is signed: method, address without options (and without a default port), sorted options."""
    path = url.raw_path.partition(b"?")[0].decode("ascii")
    address = f"{url.scheme}://{url.netloc.decode('ascii').lower()}{path}"
    pairs = sorted((encoded(name), encoded(value)) for name, value in parameters)
    return "&".join((method.upper(), encoded(address), encoded("&".join(f"{name}={value}" for name, value in pairs))))


def signature(text: str, consumer_secret: str, token_secret: str) -> str:
    key = f"{encoded(consumer_secret)}&{encoded(token_secret)}"
    return base64.b64encode(hmac.new(key.encode("ascii"), text.encode("ascii"), hashlib.sha256).digest()).decode()


def encoded(text: str) -> str:
    """Percent-encoded by RFC 3986: letters, digits and -._~ stay."""
    return quote(text, safe="-._~")
