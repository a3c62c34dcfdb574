"""The command line. Every failure is one sentence on stderr and the exit code of its kind; tracebacks go to the log.

0 done · 1 findings above --fail-on · 2 usage or configuration · 3 another process owns the store ·
4 a source could not be read completely
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console

from auditor import settings as settings_file
from auditor.clock import SystemClock, to_utc
from auditor.errors import AuditorError, UsageError
from auditor.service import init_file, show
from auditor.service.log import set_up
from auditor.service.progress import Bars
from auditor.service.remote import Desk, open_desk

app = typer.Typer(
    name="auditor",
    help="Proves, document by document, that SAP Business One and the sales channels agree.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
actions_app = typer.Typer(help="Corrections: list, show, approve, reject, run.", no_args_is_help=True)
access_app = typer.Typer(help="Who may sign in to the dashboard and the API.", no_args_is_help=True)
app.add_typer(actions_app, name="actions")
app.add_typer(access_app, name="access")


def _moment(text: str) -> datetime:
    try:
        return to_utc(datetime.fromisoformat(text))
    except ValueError:
        raise UsageError(f"'{text}' is not a moment such as 2026-10-31T23:59:59Z.") from None


out = Console()
err = Console(stderr=True)

Config = Annotated[
    Path | None, typer.Option("--config", help="auditor.toml; default: AUDITOR_CONFIG, else ./auditor.toml")
]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Channels = Annotated[list[str] | None, typer.Option("--channel", help="Only this channel (may be repeated).")]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of", parser=_moment, metavar="MOMENT", help="What was known at this UTC moment; changes nothing."
    ),
]
FailOn = Annotated[str | None, typer.Option("--fail-on", help="Exit 1 when a finding is at least this severe.")]


def main() -> None:
    """Run a command; turn our errors into one sentence and an exit code."""
    try:
        app()
    except AuditorError as error:
        structlog.get_logger("auditor").info("command ended with an error", reason=str(error))
        err.print(str(error), style="red", highlight=False, soft_wrap=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        err.print("Stopped; nothing half-done was kept.")
        sys.exit(130)
    except Exception:
        structlog.get_logger("auditor").exception("unexpected")
        err.print("Something unexpected went wrong; the details are in the log beside the store.", style="red")
        raise SystemExit(2) from None


@app.command()
def init(path: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("auditor.toml")) -> None:
    """Write a commented auditor.toml."""
    init_file.write(path)
    out.print(f"Wrote {path}. Fill in your systems, then run: auditor doctor")


@app.command()
def doctor(config: Config = None) -> None:
    """Check every connection, right and mapping; one line each."""
    from auditor.service.doctor import examine

    settings = _settings(config)
    bad = False
    for line in examine(settings, SystemClock()):
        show.diagnosis(out, line)
        bad = bad or line.outcome == "failed"
    if bad:
        raise typer.Exit(4)


@app.command()
def extract(config: Config = None, channel: Channels = None) -> None:
    """Read both sides into the store."""
    with _desk(config) as desk, Bars(out) as progress:
        results = desk.office().auditor.extract(progress, channel)
    show.extracts(out, results)
    if any(result.status != "complete" for result in results):
        raise typer.Exit(4)


@app.command()
def check(config: Config = None, as_json: AsJson = False, as_of: AsOf = None, fail_on: FailOn = None) -> None:
    """Judge what was read, without reading anything new."""
    with _desk(config) as desk:
        auditor = desk.office().auditor
        report = auditor.check_as_of(as_of) if as_of else auditor.check()
    _finish(report, as_json, fail_on)


@app.command()
def audit(
    config: Config = None,
    as_json: AsJson = False,
    channel: Channels = None,
    as_of: AsOf = None,
    fail_on: FailOn = None,
) -> None:
    """Read both sides and judge. With --as-of: judge again what was known at that moment, exactly."""
    with _desk(config) as desk:
        if as_of:
            report = desk.office().auditor.check_as_of(as_of)
        else:
            with Bars(err if as_json else out) as progress:
                report = desk.office().audit(progress, channel)
    _finish(report, as_json, fail_on)


@app.command()
def findings(
    config: Config = None,
    as_json: AsJson = False,
    state: Annotated[str, typer.Option(help="A state, 'live' or 'all'.")] = "live",
    check_id: Annotated[str | None, typer.Option("--check", help="Only this check.")] = None,
    limit: Annotated[int, typer.Option(help="How many to show.")] = 50,
) -> None:
    """What was found and is not settled."""
    with _desk(config, api_is_fine=True) as desk:
        if as_json:
            _print_json(desk.findings_json(state=state, check=check_id))
        else:
            show.findings(out, desk.findings(state=state, check=check_id, limit=limit))


@app.command()
def explain(
    check_id: Annotated[str, typer.Argument(help="A check's id, or the id of a finding.")], config: Config = None
) -> None:
    """What a check means, why it matters, where to look and how to put it right; or one finding in full."""
    from auditor.service.runbook import page

    if text := page(check_id):
        out.print(text)
        return
    with _desk(config, api_is_fine=True) as desk:
        show.finding(out, desk.finding(check_id), _settings(config).company.zone)


@app.command()
def serve(
    config: Config = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Schedule, API and dashboard in one process on one port."""
    from auditor.service.serve import serve as run

    settings = _settings(config)
    with _desk(config) as desk:
        listen = (host or settings.service.host, port if port is not None else settings.service.port)
        out.print(f"Dashboard: http://{listen[0]}:{listen[1]}   (sign in with a token: auditor access grant NAME)")
        run(desk.office(), host=listen[0], port=listen[1])


@app.command()
def dashboard(
    api: Annotated[str, typer.Option(help="Address of the service's API, for example http://127.0.0.1:8571/api")],
    port: Annotated[int, typer.Option(help="Port of this dashboard.")] = 8572,
) -> None:
    """The dashboard alone, as a client of a service elsewhere."""
    from auditor.service.standalone import serve_dashboard

    serve_dashboard(api, port)


@app.command()
def sandbox(
    folder: Annotated[Path, typer.Option(help="Where auditor.toml for the sandbox is written.")] = Path("var/sandbox"),
    seed: Annotated[int, typer.Option(help="Same seed, same company.")] = 7,
    orders: Annotated[int, typer.Option(help="How many orders the company sold.")] = 400,
) -> None:
    """Serve the simulated B1 and Shopify store until interrupted."""
    from auditor.service.demo import serve_sandbox

    serve_sandbox(out, folder, seed=seed, orders=orders)


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Exit after the summary.")] = False,
    orders: Annotated[
        str, typer.Option(help="A number of simulated orders, or a Parquet file with real order lines.")
    ] = "400",
    seed: Annotated[int, typer.Option(help="Same seed, same company.")] = 7,
    port: Annotated[int, typer.Option(help="Port of the dashboard.")] = 8571,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its files.")] = Path("var/demo"),
) -> None:
    """Sandbox, first audit, dashboard: the whole product on this machine, with nothing to sign up for."""
    from auditor.service.demo import run

    run(out, once=once, orders=orders, seed=seed, port=port, folder=folder)


@actions_app.command("list")
def actions_list(
    config: Config = None, state: Annotated[str | None, typer.Option(help="Only this state.")] = None
) -> None:
    """Proposed and past corrections."""
    with _desk(config, api_is_fine=True) as desk:
        show.actions(out, desk.actions(state))


@actions_app.command("show")
def actions_show(action_id: str, config: Config = None) -> None:
    """One correction: what will be written, what it rests on, what happened."""
    with _desk(config, api_is_fine=True) as desk:
        show.action(out, desk.action(action_id))


@actions_app.command("approve")
def actions_approve(
    action_id: str, config: Config = None, reason: Annotated[str | None, typer.Option(help="Why.")] = None
) -> None:
    """Approve a proposed correction."""
    with _desk(config, api_is_fine=True) as desk:
        show.action_state(out, desk.approve(action_id, reason))


@actions_app.command("reject")
def actions_reject(
    action_id: str, reason: Annotated[str, typer.Option(help="Why not.")], config: Config = None
) -> None:
    """Say no to a proposed correction; the finding stays open."""
    with _desk(config, api_is_fine=True) as desk:
        show.action_state(out, desk.reject(action_id, reason))


@actions_app.command("run")
def actions_run(
    action_id: str,
    config: Config = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only show what would be written.")] = False,
) -> None:
    """Send an approved correction once; look first whether what it rests on still holds."""
    with _desk(config, api_is_fine=True) as desk:
        if dry:
            show.simulation(out, desk.simulate(action_id))
        else:
            show.action_state(out, desk.run(action_id))


@access_app.command("grant")
def access_grant(
    name: str,
    role: Annotated[str, typer.Option(help="viewer, operator, approver or admin.")] = "viewer",
    config: Config = None,
) -> None:
    """Give somebody a role and a token; the token is shown once."""
    from auditor.service import access

    with _desk(config) as desk:
        store = desk.office().store
        token = store.write(lambda con: access.grant(con, name, role, SystemClock().now()))
    out.print(f"{name} is {role}. Their token, shown only now:")
    print(token)


@access_app.command("revoke")
def access_revoke(name: str, config: Config = None) -> None:
    """End somebody's access."""
    from auditor.service import access

    with _desk(config) as desk:
        desk.office().store.write(lambda con: access.revoke(con, name, SystemClock().now()))
    out.print(f"{name} has no access any more.")


@access_app.command("list")
def access_list(config: Config = None) -> None:
    """Who has access."""
    from auditor.service import access

    with _desk(config) as desk:
        show.people(out, desk.office().store.read(access.people))


def _settings(config: Path | None) -> settings_file.Settings:
    return settings_file.load(config)


def _desk(config: Path | None, *, api_is_fine: bool = False) -> Desk:
    settings = _settings(config)
    set_up(settings.store_path.parent)
    return open_desk(settings, SystemClock(), api_is_fine=api_is_fine)


def _finish(report: Any, as_json: bool, fail_on: str | None) -> None:
    if as_json:
        _print_json(report.findings_json())
    else:
        show.report(out, report)
    if fail_on is not None:
        from auditor.model.severity import Severity

        try:
            limit = Severity(fail_on)
        except ValueError:
            raise UsageError(f"'{fail_on}' is not a severity; known are: info, low, medium, high, critical.") from None
        if any(finding.state == "open" and finding.severity >= limit for finding in report.findings):
            raise typer.Exit(1)
    if report.is_incomplete:
        raise typer.Exit(4)


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_text))


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
