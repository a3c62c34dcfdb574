"""One finding in full: what differs, the two documents, why it is no matter of timing, what to do, who did what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import streamlit as st

from auditor.clock import is_iso
from auditor.money import format_kept
from dashboards import words
from dashboards.client import ApiProblem, AuditorClient
from dashboards.session import client, may, person

me = person()
ZONE = me["timezone"]


def readable(value: str) -> str:
    """Field values carry instants as ISO UTC and amounts with the code of their currency."""
    if is_iso(value):
        return words.moment(value, ZONE)
    return format_kept(value).replace("|", "\\|")


def document(shown: dict[str, Any]) -> None:
    """One of the documents, as a card."""
    with st.container(border=True):
        st.markdown(f"**{shown['title']}**")
        st.caption(shown["system"])
        if not shown["found"]:
            st.write(f"Read completely up to {words.moment(shown['read_to'], ZONE)}, and there was nothing.")
        elif shown["fields"]:
            first, *rest = [f"| {label} | {readable(str(value))} |" for label, value in shown["fields"].items()]
            st.markdown("\n".join([first, "|---|---|", *rest]))


def decisions(api: AuditorClient, finding: dict[str, Any]) -> None:
    """Acknowledge, accept, snooze, note: each with a reason."""
    offered = {"acknowledge": "Take it on", "snooze": "Look away for a while", "note": "Write a note"}
    if may("approver"):
        offered |= {"accept": "Accept the difference", "resolve": "Say it is done"}
    if finding["state"] in {"acknowledged", "accepted", "snoozed", "resolved"}:
        offered["reopen"] = "Open again"
    with st.form("decision", border=True):
        kind = st.selectbox("Decide", list(offered), format_func=lambda name: offered[name])
        reason = st.text_input("Why", max_chars=500)
        today = datetime.fromisoformat(finding["last_seen_at"].rstrip("Z")).date()
        until = st.date_input("Until (when accepting or looking away)", value=today + timedelta(days=30))
        if st.form_submit_button("Keep this decision"):
            end = datetime.combine(until, datetime.min.time(), tzinfo=UTC) if kind in {"accept", "snooze"} else None
            try:
                api.decide(finding["finding_id"], kind, reason, until=end.isoformat() if end else None)
            except ApiProblem as problem:
                st.error(str(problem))
            else:
                st.rerun()


def correction(api: AuditorClient, action: dict[str, Any]) -> None:
    """A correction and what can be done with it where it stands."""
    with st.container(border=True):
        st.markdown(f"**{action['kind'].replace('_', ' ').capitalize()}** · {words.state(action['state'])}")
        told = {name: action["payload"].get(name) for name in ("order_ref", "carrier", "tracking_number")}
        st.caption(" · ".join(f"{name.replace('_', ' ')}: {value}" for name, value in told.items() if value))
        with st.expander("What will be written, and what it rests on"):
            st.json({"will be written": action["payload"], "rests on": action["before"]}, expanded=2)
        for event in action["events"]:
            reason = f": {event['reason']}" if event["reason"] else ""
            when = words.moment(event["happened_at"], ZONE)
            st.markdown(f"{when} · {words.state(event['state'])} by {event['actor']}{reason}")
        if not may("approver"):
            return
        buttons = st.columns(3)
        try:
            if action["state"] == "proposed":
                if buttons[0].button("Approve", type="primary", key=f"approve-{action['action_id']}"):
                    api.approve(action["action_id"])
                    st.rerun()
                if buttons[1].button("Reject", key=f"reject-{action['action_id']}"):
                    api.reject(action["action_id"], "Rejected on the dashboard.")
                    st.rerun()
            if action["state"] in {"approved", "unknown"}:
                label = "Send it now" if action["state"] == "approved" else "Look whether it happened"
                if buttons[0].button(label, type="primary", key=f"run-{action['action_id']}"):
                    api.run(action["action_id"])
                    st.rerun()
                if buttons[1].button("Simulate", key=f"simulate-{action['action_id']}"):
                    simulated = api.simulate(action["action_id"])
                    st.info(
                        "What it rests on still holds; it would be sent."
                        if simulated["still_holds"]
                        else "What it rests on has changed; it would be refused."
                    )
        except ApiProblem as problem:
            st.error(str(problem))


def turn_to(finding_id: str) -> None:
    """Show another finding on this page."""
    st.session_state["finding"] = finding_id
    st.query_params["id"] = finding_id
    st.rerun()


def above(finding: dict[str, Any]) -> None:
    """The cause under which the finding hangs, or which it shares with others."""
    cause, parent = finding["cause_above"], finding["parent"]
    if cause is not None and cause["kind"] == "shared":
        st.info(
            f"One of {words.count(cause['symptoms'], 'finding')} with the same cause: **{words.cause(cause)}** "
            f"({words.apart(cause)}), {words.amounts(cause['money'])} together."
        )
        if st.button("See the cause with all its findings"):
            st.switch_page("app_pages/causes.py")
    if parent is None:
        return
    if cause is not None and cause["explains"] and cause["finding_id"] == parent["finding_id"]:
        st.info(
            f"Its cause is another finding, with {words.count(cause['symptoms'], 'symptom')}: **{cause['title']}**."
        )
    else:
        title = parent.get("title") or parent["check_id"].replace("_", " ")
        st.info(f"It follows from another finding, which carries the money: **{title}**.")
    if st.button("Open that finding"):
        turn_to(parent["finding_id"])


def asked_at_the_source(answer: dict[str, Any] | None) -> None:
    """What the source said when it was asked for the missing record, before the finding opened."""
    if answer is None:
        return
    if answer["state"] != "confirmed":
        st.caption(answer["why"])
        return
    asked = [
        f"{words.system(one['system'])}, {one['table'].removeprefix('b1_').replace('_', ' ')} by "
        f"{one['by'].replace('_', ' ')} {words.tail(one['value'])}: "
        + (f"only what was known ({', '.join(map(words.tail, one['answer']))})" if one["answer"] else "nothing")
        for one in answer["asked"]
    ]
    with st.expander(f"Looked up at the source on {words.moment(answer['asked_at'], ZONE)}: it is not there"):
        st.markdown("\n".join(f"- {line}" for line in asked))


def below(api: AuditorClient, finding: dict[str, Any]) -> None:
    """The symptoms of which the finding is the cause."""
    children = finding["children"]
    if not children:
        return
    st.subheader(f"What hangs on it ({len(children)})")
    titles = {check["check"]: check["title"] for check in api.checks()["checks"]}
    table = pl.DataFrame(
        [
            {
                "What": titles.get(child["check_id"], child["check_id"]),
                "Which": words.subject(child),
                "Money at risk": words.money(child["money_at_risk"], child["currency"]),
                "State": words.state(child["state"]),
            }
            for child in children
        ]
    )
    picked = st.dataframe(
        table,
        width="stretch",
        column_config={"What": st.column_config.TextColumn(width=380)},
        height=min(36 * table.height + 40, 400),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"below-{finding['finding_id']}",
    )
    if picked.selection.rows:
        turn_to(children[picked.selection.rows[0]]["finding_id"])


chosen = st.query_params.get("id") or st.session_state.get("finding")
if not chosen:
    st.title("One finding")
    st.info("Choose a finding on the page *Findings* first.")
    st.stop()
with client() as api:
    try:
        finding = api.finding(chosen)
    except ApiProblem as problem:
        st.error(str(problem))
        st.stop()
    st.query_params["id"] = chosen
    check = finding["check"] or {"title": finding["check_id"], "why": "", "look": "", "fix": ""}
    st.title(check["title"])
    st.caption(f"{finding['channel']} · {words.subject(finding)} · {finding['check_id']} · {finding['finding_id']}")
    tiles = st.columns(3)
    tiles[0].metric("Money at risk", words.money(finding["money_at_risk"], finding["currency"]), border=True)
    tiles[1].metric("Severity", finding["severity"], border=True)
    tiles[2].metric("State", words.state(finding["state"]), border=True)
    happened = f" Happened on {words.moment(finding['occurred_at'], ZONE)}." if finding["occurred_at"] else ""
    st.markdown(f"For **{words.owner(finding['owner'])}**.{happened}")
    above(finding)
    st.markdown(finding["explanation"])
    asked_at_the_source(finding["evidence"].get("confirmation"))
    if finding["links"]:
        st.markdown("  ·  ".join(f"[{link['label']}]({link['url']})" for link in finding["links"]))

    evidence = finding["evidence"]
    st.subheader("The documents")
    left, right = st.columns(2, gap="medium")
    for shown in evidence.get("documents", []):
        with left if shown["side"] == "channel" else right:
            document(shown)
    if evidence.get("arithmetic"):
        st.subheader("The arithmetic")
        for line in evidence["arithmetic"]:
            st.markdown(f"- {line}")
    with st.expander("Why this is not a matter of timing"):
        if evidence.get("grace"):
            st.write(f"The other side had {evidence['grace']} before this counts.")
        for mark in evidence.get("watermarks", []):
            st.write(f"{mark['feed']}: read completely up to {words.moment(mark['watermark'], ZONE)}")
        for closing in evidence.get("closed", []):
            since, until = words.moment(closing["closed_at"], ZONE), words.moment(closing["opened_at"], ZONE)
            st.write(f"Not counted: {words.system(closing['system'])} was closed from {since} to {until}")

    act, told = st.columns(2, gap="medium")
    with act:
        st.subheader("What to do")
        st.markdown(f"{check['fix']}\n\n**Where to look.** {check['look']}\n\n**Why it matters.** {check['why']}")
        for action in finding["actions"]:
            correction(api, action)
        if may("operator"):
            decisions(api, finding)
    with told:
        st.subheader("History")
        for event in reversed(finding["events"]):
            reason = f": {event['reason']}" if event["reason"] else ""
            who = "the audit" if event["actor"] == "auditor" else event["actor"]
            st.markdown(
                f"{words.moment(event['happened_at'], ZONE)} · **{words.state(event['kind'])}** by {who}{reason}"
            )
    below(api, finding)
