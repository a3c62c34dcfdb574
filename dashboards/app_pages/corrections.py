"""Proposed and past corrections; the detail and the decision are on the finding's own page."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboards import words
from dashboards.client import ApiProblem
from dashboards.session import client, person

me = person()
st.title("Corrections")
states = [
    "proposed",
    "approved",
    "unknown",
    "needs_human",
    "failed_to_fix",
    "confirmed",
    "verified",
    "refused",
    "rejected",
    "withdrawn",
]
state = st.segmented_control("State", ["all", *states], default="all", format_func=words.state)
with client() as api:
    try:
        actions = api.actions(None if state in (None, "all") else state)
    except ApiProblem as problem:
        st.error(str(problem))
        st.stop()
if not actions:
    st.info("No correction in this state. An audit proposes one for each finding that can be put right from here.")
    st.stop()
table = pl.DataFrame(
    [
        {
            "Correction": action["kind"].replace("_", " "),
            "Channel": action["channel"],
            "Order": action["payload"].get("order_ref") or action["payload"].get("order_id", "–").rsplit("/", 1)[-1],
            "Money": words.money(action["money"], action["currency"]),
            "State": words.state(action["state"]),
            "Proposed": words.moment(action["proposed_at"], me["timezone"]),
            "Approved by": action["approved_by"] or "–",
        }
        for action in actions
    ]
)
picked = st.dataframe(table, width="stretch", hide_index=True, on_select="rerun", selection_mode="single-row")
st.caption("Choose a line to open its finding, where the correction is approved and sent.")
if picked.selection.rows:
    st.session_state["finding"] = actions[picked.selection.rows[0]]["finding_id"]
    st.switch_page("app_pages/finding.py")
