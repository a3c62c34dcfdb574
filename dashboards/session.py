"""Who is looking, and the client that speaks for them."""

from __future__ import annotations

import os
from typing import Any

import streamlit as st

from dashboards.client import ApiProblem, AuditorClient

API_VARIABLE = "AUDITOR_API"


def client() -> AuditorClient:
    """The API with the signed-in person's token."""
    return AuditorClient(os.environ[API_VARIABLE], st.session_state["token"])


def person() -> dict[str, Any]:
    """Who is signed in: name, role, company, currency, time zone."""
    return dict(st.session_state["person"])


def may(role: str) -> bool:
    """Whether the signed-in person's role includes `role`; the API decides again on every call."""
    order = ["viewer", "operator", "approver", "admin"]
    return order.index(person()["role"]) >= order.index(role)


def sign_in() -> dict[str, Any]:
    """The signed-in person; shows the sign-in form and stops the page when there is none."""
    token = st.query_params.get("token") or st.session_state.get("token")
    if "person" in st.session_state and token == st.session_state.get("token"):
        _forget_address()
        return person()
    if token and _try(token):
        _forget_address()
        return person()
    st.title("Auditor")
    st.write(
        "Sign in with your token. Whoever runs the service makes one with `auditor access grant NAME --role operator`."
    )
    with st.form("sign-in"):
        typed = st.text_input("Token", type="password")
        if st.form_submit_button("Sign in", type="primary") and typed:
            if _try(typed.strip()):
                st.rerun()
            st.error(st.session_state.pop("problem", "That token is not known."))
    st.stop()
    raise AssertionError("unreachable: st.stop ends the script")


def _try(token: str) -> bool:
    with AuditorClient(os.environ[API_VARIABLE], token) as api:
        try:
            st.session_state["person"] = api.me()
        except ApiProblem as problem:
            st.session_state["problem"] = "That token is not known." if problem.status == 401 else str(problem)
            return False
    st.session_state["token"] = token
    return True


def _forget_address() -> None:
    """A token must not stay in the address bar, where it is copied with the link."""
    if "token" in st.query_params:
        del st.query_params["token"]
