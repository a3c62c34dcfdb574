"""All findings, the worst and dearest first; filters; a line opens the finding in full."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboards import words
from dashboards.client import ApiProblem
from dashboards.session import client, person

PAGE = 200
me = person()
st.title("Findings")

with client() as api:
    try:
        titles = {check["check"]: check["title"] for check in api.checks()["checks"]}
        first, second, third, fourth, fifth, sixth = st.columns([2, 1.1, 1.1, 1, 0.9, 1.3])
        preset = st.session_state.pop("check", None)
        if preset:
            st.session_state["filter_check"] = preset
        check = first.selectbox(
            "Check",
            [None, *titles],
            format_func=lambda name: titles[name] if name else "all checks",
            key="filter_check",
        )
        channel = second.selectbox("Channel", [None, *me["channels"]], format_func=lambda name: name or "all channels")
        state = third.selectbox("State", words.STATES, format_func=words.state)
        owner = fourth.selectbox(
            "Owner", [None, "FIN", "OPS", "ECOM", "CX", "MASTER", "INT"],
            format_func=lambda code: words.owner(code) if code else "everybody",
        )  # fmt: skip
        severity = fifth.selectbox("Severity", [None, *words.SEVERITIES], format_func=lambda name: name or "any")
        search = sixth.text_input("Order, SKU, document …")
        filters = {
            "check": check, "channel": channel, "state": state, "owner": owner, "severity": severity,
            "search": search.strip(),
        }  # fmt: skip
        if st.session_state.get("filters") != filters:
            st.session_state["filters"], st.session_state["page"] = filters, 0
        found = api.findings(**filters, limit=PAGE, offset=st.session_state["page"] * PAGE)
    except ApiProblem as problem:
        st.error(str(problem))
        st.stop()

if not found["findings"]:
    st.info("No finding matches. Widen the filters, or choose *everything* as the state to see what was settled.")
    st.stop()
sums = ", ".join(
    words.money(total["money_at_risk"], total["currency"]) for total in found["totals"] if total["currency"]
)
st.caption(words.count(found["count"], "finding") + (f", {sums} at risk" if sums else ""))
table = pl.DataFrame(
    [
        {
            "Severity": row["severity"],
            "What": titles.get(row["check_id"], row["check_id"]),
            "Which": words.subject(row),
            "Channel": row["channel"],
            "Expected": words.figure(row["expected"], row["currency"]),
            "Actual": words.figure(row["actual"], row["currency"]),
            "Money at risk": "in another finding" if row["parent_id"] and row["money_at_risk"] == "0.00"
            else words.money(row["money_at_risk"], row["currency"]),
            "Owner": words.owner(row["owner"]),
            "State": words.state(row["state"]),
            "Since": words.moment(row["first_seen_at"], me["timezone"]),
            "Cause": (row["cause"] or "–").replace("_", " "),
        }
        for row in found["findings"]
    ]
)  # fmt: skip
picked = st.dataframe(
    table,
    width="stretch",
    column_config={"What": st.column_config.TextColumn(width=330), "Severity": st.column_config.TextColumn(width=70)},
    height=min(36 * table.height + 40, 640),
    hide_index=True,
    on_select="rerun",
    selection_mode="single-row",
)
st.caption("Choose a line to open the finding.")
if found["count"] > PAGE:
    back, where, ahead = st.columns([1, 4, 1])
    last = (found["count"] - 1) // PAGE
    page = st.session_state["page"]
    if back.button("Earlier", disabled=page == 0):
        st.session_state["page"] = page - 1
        st.rerun()
    where.caption(f"Page {page + 1} of {last + 1}")
    if ahead.button("Later", disabled=page >= last):
        st.session_state["page"] = page + 1
        st.rerun()
if picked.selection.rows:
    st.session_state["finding"] = found["findings"][picked.selection.rows[0]]["finding_id"]
    st.switch_page("app_pages/finding.py")
