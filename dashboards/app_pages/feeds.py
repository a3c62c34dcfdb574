"""Is every feed alive and complete: the question of support."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboards import words
from dashboards.client import ApiProblem
from dashboards.session import client, person

me = person()
st.title("Feeds")
st.caption("A feed is what is read from one system. It counts as read only when the reading was proved complete.")
with client() as api:
    try:
        feeds, now, runs = api.feeds(), api.overview()["now"], api.runs(20)
    except ApiProblem as problem:
        st.error(str(problem))
        st.stop()
if not feeds:
    st.info("Nothing has been read yet. Run `auditor audit`, or press *Audit now* on the overview.")
    st.stop()
for (system,), own in words.grouped(feeds, "system").items():
    closed_until = own[0]["closed_until"]
    failing = [feed for feed in own if feed["status"] != "complete"] if closed_until is None else []
    oldest = min(feed["watermark"] or "" for feed in own)
    name = words.system(system)
    standing = f"{len(failing)} not read completely" if failing else "all read completely"
    if closed_until is not None:
        standing = "closed for maintenance"
    summary = f"{name}: {words.count(len(own), 'feed')}, {standing}, the oldest read {words.age(oldest, now)}"
    with st.expander(summary, expanded=bool(failing)):
        if closed_until is not None:
            until = words.moment(closed_until, me["timezone"])
            st.info(f"Closed for maintenance until {until}; it is read again after that.")
        for feed in failing:
            st.error(f"**{feed['stream'].replace('_', ' ')}** was not read completely: {feed['reason']}")
        st.dataframe(
            pl.DataFrame(
                [
                    {
                        "Feed": feed["stream"].replace("_", " "),
                        "Last attempt": feed["status"],
                        "Read up to": words.moment(feed["watermark"], me["timezone"]),
                        "Age": words.age(feed["watermark"], now),
                        "Records read": feed["rows_read"],
                        "New or changed": feed["rows_new"],
                        "Calls": feed["calls"],
                    }
                    for feed in own
                ]
            ),
            width="stretch",
            hide_index=True,
        )
unknown = runs[0]["summary"].get("unknown_words", []) if runs else []
if unknown:
    st.subheader("Words we do not know")
    st.caption(
        "A platform used a word that has no meaning here yet. Its records are kept with that word and count as "
        "unknown; nothing is guessed. Types of payout rows are known once the map of payout types names them."
    )
    st.dataframe(
        pl.DataFrame(
            [
                {
                    "Channel": each["channel"],
                    "Where": f"{each['table']} {each['column']}".replace("_", " "),
                    "Word": each["word"] or "in the record",
                    "Records": each["records"],
                }
                for each in unknown
            ]
        ),
        width="stretch",
        hide_index=True,
    )
st.subheader("Last audits")
if runs:
    st.dataframe(
        pl.DataFrame(
            [
                {
                    "Ended": words.moment(run["finished_at"], me["timezone"]),
                    "Opened": run["summary"].get("opened", 0),
                    "Resolved": run["summary"].get("resolved", 0),
                    "Not judged": run["summary"].get("not_judged", 0),
                }
                for run in runs
            ]
        ),
        width="stretch",
        hide_index=True,
    )
