"""The command line. Every failure is one sentence on stderr and the exit code of its kind; tracebacks go to the log.

0 done · 1 findings above --fail-on · 2 usage or configuration · 3 another process owns the store ·
4 a source could not be read completely
"""

from __future__ import annotations

import difflib
import json
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, NoReturn

import structlog
import typer
from rich.console import Console

from auditor import settings as settings_file
from auditor.canonical.shape import ShapeResult
from auditor.clock import SystemClock, to_utc
from auditor.errors import AuditorError, Incomplete, UsageError
from auditor.extract.progress import ExtractResult
from auditor.model.severity import Severity
from auditor.service import init_file, show
from auditor.service.log import log_file, say_nothing, set_up
from auditor.service.pipeline import AuditReport
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


def _severity(text: str) -> Severity:
    try:
        return Severity(text)
    except ValueError:
        raise UsageError(f"'{text}' is not a severity; known are: {', '.join(str(one) for one in Severity)}.") from None


# What is printed comes from other systems: no markup and no emoji codes are read out of it.
out = Console(markup=False, emoji=False, highlight=False)
err = Console(markup=False, emoji=False, highlight=False, stderr=True)

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
FailOn = Annotated[
    Severity | None,
    typer.Option(
        "--fail-on", parser=_severity, metavar="SEVERITY", help="Exit 1 when a finding is at least this severe."
    ),
]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0: any free one.")]


STOPPED = 130
# The class of everything that is wrong with how a command was written; typer gives it no public name.
_Misuse: type[Exception] = typer.BadParameter.__bases__[0]


def main() -> None:
    """Run a command; turn our errors into one sentence and an exit code."""
    say_nothing()
    # A service is stopped by SIGTERM as by Ctrl-C: it logs out and closes the store.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    log = structlog.get_logger("auditor")
    try:
        code = app(standalone_mode=False)
    except AuditorError as error:
        log.info("command ended with an error", reason=str(error))
        _end(str(error), error.exit_code)
    except _Misuse as error:
        _misused(error)
    except (KeyboardInterrupt, typer.Abort):
        code = STOPPED
    except Exception as error:
        log.exception("unexpected")
        _end(f"Something unexpected went wrong ({type(error).__name__}); {_details(error)}", 2)
    if code == STOPPED:
        _end("Stopped; nothing half-done was kept.", STOPPED)
    sys.exit(code if isinstance(code, int) else 0)


def _end(sentence: str, code: int) -> NoReturn:
    err.print(sentence, style="red", soft_wrap=True)
    sys.exit(code)


def _misused(error: Any) -> NoReturn:
    """A command, option or argument that does not exist or does not fit."""
    command = error.ctx.command_path if error.ctx else "auditor"
    sentence = error.format_message().strip()
    if "\n" in sentence or not sentence:  # typed without any command: the help has been asked for
        print(sentence or error.ctx.get_help())
        sys.exit(2)
    joined = f"{sentence} " if sentence.endswith("?") else f"{sentence.rstrip('.')}; "
    _end(f"{joined}'{command} --help' shows what it takes.", 2)


def _details(error: Exception) -> str:
    """Where the traceback of something unexpected can be read."""
    if path := log_file():
        return f"the details are in {path}."
    # It went wrong before there was a log.
    with tempfile.NamedTemporaryFile("w", prefix="auditor-", suffix=".log", delete=False, encoding="utf-8") as file:
        file.writelines(traceback.format_exception(error))
    return f"the details are in {file.name}."


@app.command()
def init(path: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("auditor.toml")) -> None:
    """Write a commented auditor.toml."""
    init_file.write(path)
    out.print(f"Wrote {path}. Fill in your systems, then run: auditor doctor", soft_wrap=True)


@app.command()
def doctor(config: Config = None) -> None:
    """Check every connection, right and mapping; one line each."""
    from auditor.service.doctor import examine, exit_code

    settings = _settings(config)
    failed = []
    for line in examine(settings, SystemClock()):
        show.diagnosis(out, line)
        if line.outcome == "failed":
            failed.append(line)
    if failed:
        things = "1 thing" if len(failed) == 1 else f"{len(failed)} things"
        _end(f"{things} failed, {failed[0].subject} first; mend it as its line says and look again.", exit_code(failed))


@app.command()
def extract(config: Config = None, channel: Channels = None) -> None:
    """Read both sides into the store."""
    with _reading_desk(config, channel) as desk, Bars(out) as progress:
        auditor = desk.office().auditor
        results = auditor.extract(progress, channel)
        shapes = auditor.shape()
    show.extracts(out, results)
    _complete(results, shapes)


@app.command()
def check(config: Config = None, as_json: AsJson = False, as_of: AsOf = None, fail_on: FailOn = None) -> None:
    """Judge what was read, without reading anything new."""
    with _desk(config) as desk:
        auditor = desk.office().auditor
        if as_of:
            report = auditor.check_as_of(as_of)
        else:
            shapes = auditor.shape()  # what an extract that was stopped has left
            report = replace(auditor.check(), shapes=shapes)
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
    if as_of and channel:
        raise UsageError("--as-of judges everything that was known at that moment; leave out --channel.")
    if as_of:
        with _desk(config) as desk:
            report = desk.office().auditor.check_as_of(as_of)
    else:
        with _reading_desk(config, channel) as desk, Bars(err if as_json else out) as progress:
            report = desk.office().audit(progress, channel)
    _finish(report, as_json, fail_on)


@app.command()
def findings(
    config: Config = None,
    as_json: AsJson = False,
    state: Annotated[str, typer.Option(help="A state, 'live' or 'all'.")] = "live",
    check_id: Annotated[str | None, typer.Option("--check", help="Only this check.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many to show.")] = 50,
) -> None:
    """What was found and is not settled."""
    from auditor.service import runbook

    with _desk(config, api_is_fine=True) as desk:
        if check_id is not None:
            runbook.known(config).named(check_id)
        if as_json:
            _print_json(desk.findings_json(state=state, check=check_id))
        else:
            show.findings(out, desk.findings(state=state, check=check_id, limit=limit))


@app.command()
def explain(
    check_id: Annotated[str, typer.Argument(help="A check's id, or the id of a finding.")], config: Config = None
) -> None:
    """What a check means, why it matters, where to look and how to put it right; or one finding in full."""
    from auditor.service import runbook

    checks = runbook.known(config)
    if found := checks.get(check_id):
        show.runbook(out, runbook.entry(found))
        return
    if not settings_file.is_there(config):
        checks.named(check_id)  # without a store there are no findings: it says which check is nearest
    with _desk(config, api_is_fine=True) as desk:
        finding = desk.finding(check_id)
    if finding is None:
        near = difflib.get_close_matches(check_id, [check.check_id for check in checks], n=1, cutoff=0.5)
        mend = f"did you mean '{near[0]}'?" if near else "'auditor findings' lists the findings."
        raise UsageError(f"'{check_id}' is neither a check nor a finding; {mend}")
    show.finding(out, finding, _settings(config).company.zone)


@app.command()
def serve(
    config: Config = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Port = None,
) -> None:
    """Schedule, API and dashboard in one process on one port."""
    from auditor.service.port import address, listen
    from auditor.service.serve import serve as run

    settings = _settings(config)
    with _reading_desk(config) as desk:
        listener = listen(host or settings.service.host, port if port is not None else settings.service.port)
        out.print(f"Dashboard: {address(listener)}   (sign in with a token: auditor access grant NAME)", soft_wrap=True)
        run(desk.office(), listener)


@app.command()
def dashboard(
    api: Annotated[str, typer.Option(help="Address of the service's API, for example http://127.0.0.1:8571/api")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of this dashboard.")] = 8572,
) -> None:
    """The dashboard alone, as a client of a service elsewhere."""
    from auditor.service.port import address, listen
    from auditor.service.standalone import serve_dashboard

    try:
        api = settings_file.check_url(api)
    except ValueError as error:
        raise UsageError(f"--api is wrong: {error}.") from None
    listener = listen("127.0.0.1", port)
    out.print(f"Dashboard: {address(listener)}   (its service: {api})", soft_wrap=True)
    serve_dashboard(api, listener)


@app.command()
def sandbox(
    folder: Annotated[Path, typer.Option(help="Where auditor.toml for the sandbox is written.")] = Path("var/sandbox"),
    seed: Annotated[int, typer.Option(help="Same seed, same company.")] = 7,
    orders: Annotated[int, typer.Option(min=0, help="How many orders the company sold.")] = 400,
) -> None:
    """Serve the simulated B1 and Shopify store until interrupted."""
    from auditor.service.demo import serve_sandbox

    serve_sandbox(out, folder, seed=seed, orders=orders)


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Exit after the summary.")] = False,
    orders: Annotated[
        str, typer.Option(help="A number of simulated orders, or a Parquet file with real order lines.")
    ] = "300",
    seed: Annotated[int, typer.Option(help="Same seed, same company.")] = 7,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the dashboard.")] = 8571,
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
        show.action(out, desk.action(action_id), _settings(config).company.zone)


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
    with _desk(config, api_is_fine=True) as desk:
        token = desk.grant(name, role)
    out.print(f"{name} is {role}. Their token, shown only now:", soft_wrap=True)
    print(token)


@access_app.command("revoke")
def access_revoke(name: str, config: Config = None) -> None:
    """End somebody's access."""
    with _desk(config, api_is_fine=True) as desk:
        desk.revoke(name)
    out.print(f"{name} has no access any more.", soft_wrap=True)


@access_app.command("list")
def access_list(config: Config = None) -> None:
    """Who has access."""
    with _desk(config, api_is_fine=True) as desk:
        show.people(out, desk.people())


def _settings(config: Path | None) -> settings_file.Settings:
    return settings_file.load(config)


def _desk(config: Path | None, *, api_is_fine: bool = False) -> Desk:
    settings = _settings(config)
    set_up(settings.store_path.parent)
    return open_desk(settings, SystemClock(), api_is_fine=api_is_fine)


def _reading_desk(config: Path | None, channels: Sequence[str] | None = None) -> Desk:
    """A desk for commands that call the systems: what they need is asked for before anything is opened."""
    settings = _settings(config)
    for channel in channels or ():
        settings.channel_named(channel)
    settings.check_secrets()
    return _desk(config)


def _finish(report: AuditReport, as_json: bool, fail_on: Severity | None) -> None:
    if as_json:
        _print_json(report.findings_json())
    else:
        show.report(out, report)
    # What was not read may hide findings, so it counts for more than those that were found.
    _complete(report.extracts, report.shapes)
    if fail_on is not None and any(one.state == "open" and one.severity >= fail_on for one in report.findings):
        raise typer.Exit(1)


def _complete(extracts: Sequence[ExtractResult], shapes: Sequence[ShapeResult] = ()) -> None:
    """Raises `Incomplete` with the first reason when something was not read to its end."""
    unread = [(one.system, one.stream, one.reason) for one in extracts if one.status != "complete"]
    unread += [(one.system, one.stream, one.reason) for one in shapes if one.reason is not None]
    if unread:
        system, stream, reason = unread[0]
        count = "1 feed was" if len(unread) == 1 else f"{len(unread)} feeds were"
        raise Incomplete(f"{count} not read completely, {system} {stream} first: {reason}")


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_text))


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


if __name__ == "__main__":
    main()
