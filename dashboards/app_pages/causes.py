"""One cause instead of its hundred symptoms: what the findings come from, with their number and their money."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboards import words
from dashboards.client import ApiProblem
from dashboards.session import client, person

me = person()
st.title("Causes")


def table_of(causes: list[dict[str, Any]]) -> pl.DataFrame:
    """The causes as people read them."""
    return pl.DataFrame(
        [
            {
                "Severity": one["severity"],
                "Cause": words.cause(one),
                "Which": words.apart(one),
                "Channel": one["channel"],
                "Findings": one["count"],
                "Money at risk": words.amounts(one["money"]),
                "Muted": one["muted"],
                "Owner": words.owner(one["owner"]),
                "Since": words.moment(one["first_seen_at"], me["timezone"]),
            }
            for one in causes
        ]
    )


def symptoms_of(one: dict[str, Any], titles: dict[str, str]) -> pl.DataFrame:
    """What hangs below a cause."""
    return pl.DataFrame(
        [
            {
                "Severity": each["severity"],
                "What": titles.get(each["check_id"], each["check_id"]),
                "Which": words.subject(each),
                "Money at risk": words.money(each["money_at_risk"], each["currency"]),
                "Owner": words.owner(each["owner"]),
                "State": words.state(each["state"]),
                "Since": words.moment(each["first_seen_at"], me["timezone"]),
            }
            for each in one["members"]
        ]
    )


def open_finding(finding_id: str) -> None:
    st.session_state["finding"] = finding_id
    st.switch_page("app_pages/finding.py")


with client() as api:
    try:
        grouped = api.causes()
        checks = {check["check"]: check for check in api.checks()["checks"]}
    except ApiProblem as problem:
        st.error(str(problem))
        st.stop()

if not grouped["causes"]:
    alone = words.count(grouped["alone"]["count"], "finding")
    st.info(f"No two findings come from the same cause; {alone} stand alone on the page *Findings*.")
    st.stop()
covered, alone, total = grouped["covered"], grouped["alone"], grouped["total"]
tiles = st.columns(3)
tiles[0].metric("Findings that come from them", f"{covered['count']:,} of {total['count']:,}", border=True)
tiles[1].metric("Causes", f"{len(grouped['causes']):,}", border=True)
tiles[2].metric("Money at risk below them", words.amounts(covered["money"]), border=True)
st.caption(
    f"{words.count(alone['count'], 'finding')} stand alone ({words.amounts(alone['money'])}). "
    f"Together: {words.amounts(total['money'])}. Each amount is counted once."
)
channel = st.selectbox("Channel", [None, *me["channels"]], format_func=lambda name: name or "all channels")
listed = [one for one in grouped["causes"] if channel in (None, one["channel"])]
if not listed:
    st.info("No cause on this channel.")
    st.stop()
picked = st.dataframe(
    table_of(listed),
    width="stretch",
    column_config={
        "Severity": st.column_config.TextColumn(width=70),
        "Cause": st.column_config.TextColumn(width=280),
        "Which": st.column_config.TextColumn(width=120),
        "Channel": st.column_config.TextColumn(width=100),
        "Findings": st.column_config.NumberColumn(width=65),
        "Muted": st.column_config.NumberColumn(width=60),
    },
    height=min(36 * len(listed) + 40, 470),
    hide_index=True,
    on_select="rerun",
    selection_mode="single-row",
    key=f"causes-{channel}",
)
if not picked.selection.rows:
    st.caption("Choose a line to see what hangs on it.")
    st.stop()

with client() as api:
    try:
        one = api.cause(listed[picked.selection.rows[0]]["cause_id"])
    except ApiProblem as problem:
        st.error(str(problem))
        st.stop()
check = checks.get(one["check_id"], {"title": one["title"], "fix": "", "prevent": ""})
st.subheader(words.cause(one))
st.caption(f"{one['channel']} · {words.apart(one)} · {check['title']} · for {words.owner(one['owner'])}")
if one["explanation"]:
    st.markdown(one["explanation"])
if check["fix"]:
    prevent = f"\n\n**So that it does not happen again.** {check['prevent']}" if check.get("prevent") else ""
    st.markdown(f"**How to mend it.** {check['fix']}{prevent}")
if one["finding_id"] and st.button("Open the finding that is the cause", type="primary"):
    open_finding(one["finding_id"])
titles = {name: each["title"] for name, each in checks.items()}
muted = f", {one['muted']} of them muted" if one["muted"] else ""
st.markdown(f"**{words.count(one['symptoms'], 'finding')} below it{muted}**")
symptoms = st.dataframe(
    symptoms_of(one, titles),
    width="stretch",
    column_config={"What": st.column_config.TextColumn(width=330), "Severity": st.column_config.TextColumn(width=70)},
    height=min(36 * len(one["members"]) + 40, 470),
    hide_index=True,
    on_select="rerun",
    selection_mode="single-row",
    key=f"symptoms-{one['cause_id']}",
)
st.caption("Choose a line to open the finding.")
if symptoms.selection.rows:
    open_finding(one["members"][symptoms.selection.rows[0]]["finding_id"])
