"""Who may call the simulated shop: signed requests, tokens of the admin, tokens of Adobe's identity service."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC
from urllib.parse import quote, unquote

from auditor.sandbox.magento.state import MagentoState

_PART = re.compile(r'(\w+)="([^"]*)"')
_FUTURE = 600  # seconds that a signature's time may be ahead
ADMIN_SECONDS = 4 * 3600
CLOUD_SECONDS = 86_399


class Gate:
    """Judges the headers of requests, and issues tokens."""

    def __init__(self, state: MagentoState) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._nonces: set[str] = set()
        self._issued: dict[str, float] = {}
        """Token -> its end."""
        self._count = 0

    def issue(self, seconds: float) -> str:
        with self._lock:
            self._count += 1
            token = f"sandbox-issued-{self._count}"
            self._issued[token] = self._state.clock.monotonic() + seconds
            return token

    @property
    def issued(self) -> int:
        """How many tokens have been issued."""
        return self._count

    def forget(self) -> None:
        """Every token that was issued is refused from now on."""
        with self._lock:
            self._issued.clear()

    def problem(
        self, method: str, address: str, options: Iterable[tuple[str, str]], headers: Mapping[str, str], cloud: bool
    ) -> str | None:
        """Why a request is refused with 401; None when it is accepted. `address` without its options."""
        access = self._state.access
        given = headers.get("authorization", "")
        kind, _, rest = given.partition(" ")
        if kind == "OAuth" and not cloud:
            return self._signature_problem(method, address, options, rest)
        if kind != "Bearer":
            return "The consumer isn't authorized to access %resources."
        if cloud and (headers.get("x-api-key"), headers.get("x-gw-ims-org-id")) != (access.client_id, access.org_id):
            return "Api Key is invalid"
        with self._lock:
            if self._issued.get(rest, -1.0) > self._state.clock.monotonic():
                return None
        if rest == access.access_token and access.token_may_stand_alone and not cloud:
            return None
        return "The consumer isn't authorized to access %resources."

    def _signature_problem(
        self, method: str, address: str, options: Iterable[tuple[str, str]], text: str
    ) -> str | None:
        access = self._state.access
        given = {name: unquote(value) for name, value in _PART.findall(text)}
        if given.get("oauth_signature_method") != "HMAC-SHA256":
            return "Signature method is not supported. Try HMAC-SHA256."
        if (given.get("oauth_consumer_key"), given.get("oauth_token")) != (access.consumer_key, access.access_token):
            return "Consumer is not authorized"
        now = self._state.clock.now().replace(tzinfo=UTC).timestamp()
        if int(given.get("oauth_timestamp", "0")) > now + _FUTURE:
            return "The timestamp value in the oauth_timestamp parameter is invalid"
        with self._lock:
            nonce = given.get("oauth_nonce", "")
            if not nonce or nonce in self._nonces:
                return "The nonce is already being used by the consumer"
            self._nonces.add(nonce)
        signed = given.pop("oauth_signature", "")
        pairs = sorted((_pct(name), _pct(value)) for name, value in [*options, *given.items()])
        base = "&".join([method, _pct(address), _pct("&".join(f"{name}={value}" for name, value in pairs))])
        key = f"{_pct(access.consumer_secret)}&{_pct(access.access_token_secret)}"
        right = base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha256).digest()).decode()
        return None if hmac.compare_digest(right, signed) else "The signature is invalid. Verify and try again."


def _pct(text: str) -> str:
    return quote(text, safe="-._~")
