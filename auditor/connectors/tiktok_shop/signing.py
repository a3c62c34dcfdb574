"""The signature of a call: HMAC-SHA256 over path, sorted query and the very bytes of the body."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

_UNSIGNED = frozenset({"sign", "access_token"})


def sign(secret: str, path: str, query: Mapping[str, str], body: bytes = b"") -> str:
    """Lower-case hex. `path` without host and query; values as they are, not URL-encoded; no body adds nothing."""
    options = "".join(f"{name}{query[name]}" for name in sorted(query) if name not in _UNSIGNED)
    message = secret.encode() + f"{path}{options}".encode() + body + secret.encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
