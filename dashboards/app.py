"""Entry of the dashboard: signs people in and lists the pages."""

from __future__ import annotations

import streamlit as st

from dashboards.session import sign_in

st.set_page_config(page_title="Auditor", page_icon="⚖️", layout="wide")

person = sign_in()
page = st.navigation(
    {
        "": [
            st.Page("app_pages/overview.py", title="Overview", icon=":material/dashboard:", default=True),
            st.Page("app_pages/findings.py", title="Findings", icon=":material/search:"),
            st.Page("app_pages/causes.py", title="Causes", icon=":material/hub:"),
            st.Page("app_pages/bridge.py", title="Where the money goes", icon=":material/waterfall_chart:"),
            st.Page("app_pages/finding.py", title="One finding", icon=":material/description:"),
            st.Page("app_pages/corrections.py", title="Corrections", icon=":material/build:"),
        ],
        "Health": [
            st.Page("app_pages/feeds.py", title="Feeds", icon=":material/sync:"),
            st.Page("app_pages/runbook.py", title="Runbook", icon=":material/menu_book:"),
        ],
    }
)
with st.sidebar:
    st.caption(f"{person['company']} · signed in as {person['name']} ({person['role']})")
page.run()
