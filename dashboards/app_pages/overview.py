"""The first page: can we close, what do we lose today, is every feed alive."""

from __future__ import annotations

from decimal import Decimal

import altair as alt
import polars as pl
import streamlit as st

from dashboards import words
from dashboards.client import ApiProblem
from dashboards.session import client, may, person

me = person()
with client() as api:
    try:
        shown = api.overview()
    except ApiProblem as problem:
        st.error(str(problem))
        st.stop()

head, button = st.columns([5, 1], vertical_alignment="bottom")
head.title("Overview")
run = shown["last_run"]
if shown["audit_running"]:
    button.button("Audit is running …", disabled=True, width="stretch")
elif may("operator") and button.button("Audit now", width="stretch"):
    with client() as api:
        api.start_audit()
    st.rerun()
if run is None:
    st.info("No audit has run yet. Press *Audit now*, or run `auditor audit`; the first one reads the whole history.")
    st.stop()
head.caption(f"As of {words.moment(run['known_at'], me['timezone'])} ({words.age(run['known_at'], shown['now'])})")

feeds = shown["feeds"]
broken = [feed for feed in feeds if feed["status"] != "complete"]
unjudged = [row for row in shown["outcomes"] if row["outcome"] in {"not_judged", "broken"}]
tiles = st.columns([1.3, 1.3, 1, 1])
for total in shown["totals"] or [{"currency": me["currency"], "count": 0, "money_at_risk": "0"}]:
    if total["currency"]:
        tiles[0].metric("Money at risk", words.money(total["money_at_risk"], total["currency"]), border=True)
urgent = sum(row["count"] for row in shown["by_severity"] if row["severity"] in {"critical", "high"})
tiles[1].metric(
    "Open findings, of which urgent", f"{sum(row['count'] for row in shown['by_severity']):,} / {urgent:,}", border=True
)
tiles[2].metric("Feeds read completely", f"{len(feeds) - len(broken)} of {len(feeds)}", border=True)
waiting = sum(row["count"] for row in shown["actions"] if row["state"] == "proposed")
tiles[3].metric("Corrections to approve", f"{waiting}", border=True)

if broken:
    names = ", ".join(f"{feed['system']} {feed['stream'].replace('_', ' ')}" for feed in broken)
    st.warning(f"Not read completely: {names}. What depends on it is neither opened nor closed until it is read again.")
if unjudged:
    with st.expander(f"{words.count(len(unjudged), 'check')} could not be judged in the last audit"):
        for row in unjudged:
            st.write(f"**{shown['titles'].get(row['check_id'], row['check_id'])}** ({row['channel']}): {row['reason']}")

if not shown["by_check"]:
    st.success("Nothing needs anybody: both sides agree in everything that was judged.")
    st.stop()

# In the order in which they first appear; B1 itself comes last.
channels = sorted(dict.fromkeys(row["channel"] for row in shown["by_check"]), key=lambda channel: channel == "b1")
rows = [
    {
        "What was found": shown["titles"].get(check_id, check_id),
        "Findings": sum(row["count"] for row in found),
        "Money at risk": words.money(str(sum(Decimal(row["money_at_risk"]) for row in found)), currency),
        **{channel: sum(row["count"] for row in found if row["channel"] == channel) for channel in channels},
        "amount": float(sum(Decimal(row["money_at_risk"]) for row in found)),  # for order and bar length only
        "check_id": check_id,
    }
    for (check_id, currency), found in words.grouped(shown["by_check"], "check_id", "currency").items()
]
table = pl.DataFrame(rows, infer_schema_length=None).sort("amount", descending=True, maintain_order=True)
st.subheader("What was found")
picked = st.dataframe(
    table.drop("amount", "check_id"),
    width="stretch",
    column_config={
        "What was found": st.column_config.TextColumn(width=230),
        "Findings": st.column_config.NumberColumn(width=65),
        **{channel: st.column_config.NumberColumn(width=64) for channel in channels},
    },
    height=36 * min(table.height, 20) + 40,
    hide_index=True,
    on_select="rerun",
    selection_mode="single-row",
)
st.caption("Findings per channel stand in the last columns. Choose a line to see its findings.")
if picked.selection.rows:
    st.session_state["check"] = table["check_id"][picked.selection.rows[0]]
    st.switch_page("app_pages/findings.py")

left, right = st.columns([3, 2], gap="large")
with left:
    st.subheader("Where the money is")
    by_check = table.filter(pl.col("amount") > 0).group_by("What was found").agg(pl.col("amount").sum())
    if by_check.height:
        st.altair_chart(
            alt.Chart(by_check)
            .mark_bar(color="#1f6f5c")
            .encode(
                x=alt.X("amount:Q", title=f"money at risk, {me['currency']}"),
                y=alt.Y("What was found:N", sort="-x", title=None, axis=alt.Axis(labelLimit=330)),
                tooltip=["What was found", alt.Tooltip("amount:Q", format=",.2f", title="money at risk")],
            )
            .properties(height=28 * by_check.height + 40),
            width="stretch",
        )
with right:
    st.subheader("Who has to act")
    st.markdown(words.sums("owner", [(words.owner(row["owner"]), row) for row in shown["by_owner"]]))
    if len(channels) > 1:
        st.subheader("Where it happened")
        st.markdown(words.sums("channel", [(row["channel"], row) for row in shown["by_channel"]]))
