"""The published algorithm, by its vectors."""

from __future__ import annotations

import pytest

from auditor.connectors.tiktok_shop.signing import sign


@pytest.mark.parametrize(
    ("secret", "path", "query", "expected"),
    [
        (
            "e59af819cc",
            "/authorization/202309/shops",
            {"app_key": "29a39d", "timestamp": "1623812664"},
            "b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8",
        ),
        ("app_secret", "/test-api", {"foo": "bar"}, "d3cb7fe11ecae942802ceeca67e7cf10120cc12f1517d45fbc1c8cfe5413c80f"),
    ],
)
def test_the_vectors_of_the_algorithm(secret: str, path: str, query: dict[str, str], expected: str) -> None:
    assert sign(secret, path, query) == expected


def test_neither_the_signature_itself_nor_the_token_is_signed() -> None:
    plain = sign("s", "/p", {"b": "2", "a": "1"})
    assert sign("s", "/p", {"a": "1", "sign": "x", "access_token": "y", "b": "2"}) == plain


def test_the_very_bytes_of_the_body_are_signed_and_values_are_not_encoded() -> None:
    plain = sign("s", "/p", {"a": "1"})
    assert sign("s", "/p", {"a": "1"}, b"") == plain
    assert sign("s", "/p", {"a": "1"}, b"{}") != plain
    assert sign("s", "/p", {"a": "x y"}) == sign("s", "/p", {"ax": " y"})
