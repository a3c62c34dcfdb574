"""Every check: what it means, why it matters, where to look, how to put it right."""

from __future__ import annotations

import streamlit as st

from dashboards import words
from dashboards.client import ApiProblem
from dashboards.session import client

OUTCOMES = {"passed": "✓ agrees", "failed": "differs", "not_judged": "not judged", "broken": "broken"}

st.title("Runbook")
with client() as api:
    try:
        shown = api.checks()
    except ApiProblem as problem:
        st.error(str(problem))
        st.stop()
search = st.text_input("Search", placeholder="refund, payout, stock …").strip().lower()
for area in dict.fromkeys(check["area"] for check in shown["checks"]):
    checks = [
        check
        for check in shown["checks"]
        if check["area"] == area and search in " ".join(str(value) for value in check.values()).lower()
    ]
    if not checks:
        continue
    st.subheader(area.replace("_", " ").capitalize())
    for check in checks:
        with st.expander(f"{check['title']}  ·  {words.owner(check['owner'])}"):
            st.caption(f"{check['check']} · severity at least {check['severity']}")
            for label, name in (
                ("What it means", "means"),
                ("Why it matters", "why"),
                ("Where to look", "look"),
                ("How to put it right", "fix"),
                ("How to keep it right", "prevent"),
            ):
                if check[name]:
                    st.markdown(f"**{label}.** {check[name]}")
            if check["causes"]:
                st.markdown("**What may have caused it**")
                st.markdown("\n".join(f"- {meaning}" for meaning in check["causes"].values()))
            for name, why in check["parameters"].items():
                st.markdown(f"`{name}`: {why}")
            for row in shown["outcomes"]:
                if row["check_id"] == check["check"]:
                    reason = f": {row['reason']}" if row["reason"] else ""
                    st.markdown(f"Last audit, {row['channel']}: {OUTCOMES[row['outcome']]}{reason}")
