"""Where the money goes: from a channel's net sales to revenue in B1 to payouts, with what explains each step."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from dashboards import words
from dashboards.client import ApiProblem
from dashboards.session import client, person

me = person()
st.title("Where the money goes")
GROUPS = {
    "level": "reached",
    "known": "known",
    "tolerated": "known",
    "timing": "a matter of time",
    "finding": "findings",
    "unexplained": "unexplained",
}
COLOURS = {
    "reached": "#1f6f5c",
    "known": "#9fb8ad",
    "a matter of time": "#c9d3da",
    "findings": "#d99a2b",
    "unexplained": "#8b1a1a",
}


def month(period: str) -> str:
    """`October 2026`."""
    names = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
             "November", "December"]  # fmt: skip
    return f"{names[int(period[5:]) - 1]} {period[:4]}"


def bars(lines: list[dict[str, Any]], currency: str) -> pl.DataFrame:
    """The waterfall: a bar from where the one before ended; what belongs to one step and kind is one bar."""
    rows: list[dict[str, Any]] = []
    height = Decimal(0)
    for (step, group), found in words.grouped(
        [line | {"group": GROUPS[line["kind"]]} for line in lines if line["kind"] in GROUPS], "step", "group"
    ).items():
        amount = sum((Decimal(line["amount"]) for line in found), Decimal(0))
        is_level = found[0]["kind"] == "level"
        start, end = (Decimal(0), amount) if is_level else (height, height + amount)
        height = end
        if amount or is_level:
            name = found[0]["words"] + ("" if group in ("reached", "known") else f" ({group})")
            # Floats place bars only; every figure that is read is exact text.
            rows.append(
                {
                    "order": len(rows), "step": name, "what": group, "from": float(start), "to": float(end),
                    "amount": words.money(str(amount), currency), "key": step,
                }
            )  # fmt: skip
    return pl.DataFrame(rows)


def told(line: dict[str, Any]) -> str:
    """What a line is called in the table."""
    if line["kind"] in ("finding", "beside"):
        return f"{line['words']}: {line['title'] or line['check_id']}"
    return str(line["words"])


with client() as api:
    try:
        newest = api.bridge()
    except ApiProblem as problem:
        st.error(str(problem))
        st.stop()
if not newest["periods"]:
    st.info("No audit has run yet; the bridge is built with each of them.")
    st.stop()
first, second, third = st.columns([1, 1, 2])
period = first.selectbox("Month", newest["periods"], format_func=month)
with client() as api:
    try:
        shown = api.bridge(period)
    except ApiProblem as problem:
        st.error(str(problem))
        st.stop()
sold = [
    one
    for one in shown["bridges"]
    if any(line["kind"] != "beside" and Decimal(line["amount"]) for line in one["lines"])
]
others = [one for one in shown["bridges"] if one not in sold]
# What the channel sold comes before what only stands in the books, such as a document in another currency.
sold.sort(key=lambda one: not any(line["step"] == "net_sales" and Decimal(line["amount"]) for line in one["lines"]))
if not sold:
    st.info("Nothing was sold, booked or paid out in this month.")
    st.stop()
chosen = second.selectbox(
    "Channel", range(len(sold)), format_func=lambda place: f"{sold[place]['channel']} ({sold[place]['currency']})"
)
one = sold[chosen]
levels = {line["step"]: line["amount"] for line in one["lines"] if line["kind"] == "level"}
tiles = st.columns(4)
tiles[0].metric("Net sales, with tax", words.money(levels["net_sales"], one["currency"]), border=True)
tiles[1].metric("Revenue in B1", words.money(levels["revenue"], one["currency"]), border=True)
tiles[2].metric("Paid out", words.money(levels["paid_out"], one["currency"]), border=True)
tiles[3].metric("Unexplained", words.money(one["unexplained"], one["currency"]), border=True)
if not Decimal(one["unexplained"]):
    st.caption(
        "Every difference is known, a matter of time, or a finding that somebody owns. "
        "Amounts are with tax up to revenue."
    )
else:
    st.warning(
        f"{words.money(one['unexplained'], one['currency'])} is explained by no finding; "
        "the lines below say in which steps."
    )
chart = bars(one["lines"], one["currency"])
labels = alt.Y("step:N", sort=chart["step"].to_list(), title=None, axis=alt.Axis(labelLimit=420, labelOverlap=False))
st.altair_chart(
    alt.Chart(chart)
    .mark_bar()
    .encode(
        x=alt.X("from:Q", title=f"amount, {one['currency']}"),
        x2="to:Q",
        y=labels,
        color=alt.Color(
            "what:N",
            title=None,
            scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
            legend=alt.Legend(orient="top"),
        ),
        tooltip=["step", "amount"],
    )
    .properties(height=26 * chart.height + 120),
    width="stretch",
)
st.subheader("Step by step")
table = pl.DataFrame(
    [
        {
            "Step": told(line),
            "Kind": GROUPS.get(line["kind"], "beside the bridge"),
            "Amount": "" if line["kind"] == "beside" else words.money(line["amount"], one["currency"]),
            "Findings": f"{line['findings']:,}" if line["check_id"] else "",
            "Money at risk": words.money(line["money_at_risk"], one["currency"])
            if Decimal(line["money_at_risk"])
            else "",
        }
        for line in one["lines"]
    ]
)
picked = st.dataframe(
    table,
    width="stretch",
    column_config={
        "Step": st.column_config.TextColumn(width=420),
        "Kind": st.column_config.TextColumn(width=110),
        "Findings": st.column_config.TextColumn(width=70),
    },
    height=min(36 * table.height + 40, 900),
    hide_index=True,
    on_select="rerun",
    selection_mode="single-row",
    key=f"bridge-{period}-{one['channel']}-{one['currency']}",
)
elsewhere = "".join(
    f" {each['channel']}: {words.money(each['money_at_risk'], each['currency'])} at risk beside it." for each in others
)
st.caption(
    f"Together {words.money(one['money_at_risk'], one['currency'])} at risk in this month.{elsewhere} "
    "Choose a line with findings to see them."
)
if picked.selection.rows:
    line = one["lines"][picked.selection.rows[0]]
    if line["check_id"]:
        st.session_state["check"] = line["check_id"]
        st.switch_page("app_pages/findings.py")
