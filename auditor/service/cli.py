"""The command line. Every failure is one sentence on stderr and the exit code of its kind; tracebacks go to the log.

0 done · 1 findings above --fail-on · 2 usage or configuration · 3 another process owns the store ·
4 a source could not be read completely
"""

from __future__ import annotations

import difflib
import re
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NoReturn

import structlog
import typer

from auditor import settings as settings_file
from auditor.canonical.shape import ShapeResult
from auditor.clock import SystemClock
from auditor.errors import AuditorError, Incomplete, UsageError
from auditor.extract.progress import ExtractResult
from auditor.model.severity import Severity
from auditor.service import cli_trust, init_file, show
from auditor.service.cli_people import access_app, actions_app
from auditor.service.ending import STOPPED, Misuse, details, end, misused
from auditor.service.log import say_nothing
from auditor.service.pipeline import AuditReport
from auditor.service.progress import Bars
from auditor.service.terminal import (
    AsJson,
    AsOf,
    Channels,
    Config,
    FailOn,
    Port,
    err,
    load_settings,
    open_desk,
    open_reading_desk,
    out,
    print_json,
)  # fmt: skip
from auditor.settings_values import check_url

app = typer.Typer(
    name="auditor",
    help="Proves, document by document, that SAP Business One and the sales channels agree.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(actions_app, name="actions")
app.add_typer(access_app, name="access")


@app.command()
def init(path: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("auditor.toml")) -> None:
    """Write a commented auditor.toml."""
    init_file.write(path)
    out.print(f"Wrote {path}. Fill in your systems, then run: auditor doctor", soft_wrap=True)


@app.command()
def doctor(config: Config = None) -> None:
    """Check every connection, right and mapping, one line each; then what each channel can prove."""
    from auditor.service.doctor import examine, exit_code, proofs

    settings = load_settings(config)
    failed = []
    for line in examine(settings, SystemClock()):
        show.diagnosis(out, line)
        if line.outcome == "failed":
            failed.append(line)
    for text in proofs(settings, SystemClock()):
        show.line(out, text)
    if failed:
        things = "1 thing" if len(failed) == 1 else f"{len(failed)} things"
        end(f"{things} failed, {failed[0].subject} first; mend it as its line says and look again.", exit_code(failed))


@app.command()
def extract(config: Config = None, channel: Channels = None) -> None:
    """Read both sides into the store."""
    with open_reading_desk(config, channel) as desk:
        auditor = desk.office().auditor
        with Bars(out) as progress:
            results = auditor.extract(progress, channel)
        shapes = auditor.shape()
        show.extracts(out, results, shapes)
    _complete(results, shapes)


@app.command()
def check(
    config: Config = None,
    as_json: AsJson = False,
    as_of: AsOf = None,
    fail_on: FailOn = None,
    policy: Annotated[Path | None, typer.Option("--policy", help="A policy.toml to try; with --compare.")] = None,
    compare: Annotated[bool, typer.Option("--compare", help="What --policy would change over 30 days.")] = False,
) -> None:
    """Judge what was read, without reading anything new."""
    if compare != (policy is not None):
        raise UsageError("--policy and --compare belong together: auditor check --policy NEW.toml --compare")
    with open_desk(config) as desk:
        if policy is not None:
            cli_trust.show_comparison(out, cli_trust.compared(desk.office(), load_settings(config), policy))
            return
        auditor = desk.office().auditor
        if as_of:
            report = auditor.check_as_of(as_of)
        else:
            shapes = auditor.shape()  # what an extract that was stopped has left
            report = replace(auditor.check(), shapes=shapes)
        _show(report, as_json)
    _judge(report, fail_on)


@app.command()
def prove(config: Config = None) -> None:
    """Plant each fault into a copy of what is known: does the check that owns it report it, with owner and money?"""
    with open_desk(config) as desk:
        office = desk.office()
        proofs = office.prove()
        cli_trust.show_proofs(out, proofs, len(office.library))
    if proofs.failed:
        raise typer.Exit(1)


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
    with open_desk(config) if as_of else open_reading_desk(config, channel) as desk:
        if as_of:
            report = desk.office().auditor.check_as_of(as_of)
        else:
            with Bars(err if as_json else out) as progress:
                report = desk.office().audit(progress, channel)
        _show(report, as_json)
    _judge(report, fail_on)


@app.command()
def findings(
    config: Config = None,
    as_json: AsJson = False,
    state: Annotated[str, typer.Option(help="A state, 'live' or 'all'.")] = "live",
    check_id: Annotated[str | None, typer.Option("--check", help="Only this check.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many to show.")] = 50,
    causes: Annotated[bool, typer.Option("--causes", help="One cause instead of its symptoms.")] = False,
) -> None:
    """What was found and is not settled; with --causes, what it comes from."""
    from auditor.service import runbook

    with open_desk(config, api_is_fine=True) as desk:
        if check_id is not None:
            runbook.known(config).named(check_id)
        if causes:
            grouped = desk.causes()
            if as_json:
                print_json(grouped)
            else:
                show.causes(out, grouped)
        elif as_json:
            print_json(desk.findings_json(state=state, check=check_id))
        else:
            show.findings(out, desk.findings(state=state, check=check_id, limit=limit))


@app.command()
def bridge(
    period: Annotated[str | None, typer.Argument(help="A month, 2026-10; the newest when left out.")] = None,
    config: Config = None,
    as_json: AsJson = False,
    channel: Annotated[str | None, typer.Option(help="Only this channel.")] = None,
) -> None:
    """Where the money goes: from channel net sales to revenue in B1 to payouts, with what explains each step."""
    if period is not None and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", period):
        raise UsageError(f"'{period}' is not a month; write it as 2026-10.")
    if channel is not None:
        load_settings(config).channel_named(channel)
    with open_desk(config, api_is_fine=True) as desk:
        shown = desk.bridge(period, channel)
    if as_json:
        print_json(shown)
    else:
        show.bridges(out, shown)


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
    with open_desk(config, api_is_fine=True) as desk:
        finding = desk.finding(check_id)
    if finding is None:
        near = difflib.get_close_matches(check_id, [check.check_id for check in checks], n=1, cutoff=0.5)
        mend = f"did you mean '{near[0]}'?" if near else "'auditor findings' lists the findings."
        raise UsageError(f"'{check_id}' is neither a check nor a finding; {mend}")
    show.finding(out, finding, load_settings(config).company.zone)


@app.command()
def serve(
    config: Config = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Port = None,
) -> None:
    """Schedule, API and dashboard in one process on one port."""
    from auditor.service.port import address, listen
    from auditor.service.serve import serve as run

    settings = load_settings(config)
    with open_reading_desk(config) as desk:
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
        api = check_url(api)
    except ValueError as error:
        raise UsageError(f"--api is wrong: {error}.") from None
    listener = listen("127.0.0.1", port)
    out.print(f"Dashboard: {address(listener)}   (its service: {api})", soft_wrap=True)
    serve_dashboard(api, listener)


@app.command()
def sandbox(
    folder: Annotated[Path, typer.Option(help="Where auditor.toml for the sandbox is written.")] = Path("var/sandbox"),
    seed: Annotated[int, typer.Option(help="Same seed, same company.")] = 7,
    orders: Annotated[int, typer.Option(min=0, help="How many orders the company sold.")] = 600,
    channel: Annotated[list[str] | None, typer.Option(help="Only this kind of channel; may be repeated.")] = None,
) -> None:
    """Serve the simulated B1 and channels until interrupted."""
    from auditor.service.demo import serve_sandbox

    serve_sandbox(out, folder, seed=seed, orders=orders, channels=channel or ())


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Exit after the summary.")] = False,
    orders: Annotated[
        str, typer.Option(help="A number of simulated orders, or a Parquet file with real order lines.")
    ] = "600",
    seed: Annotated[int, typer.Option(help="Same seed, same company.")] = 7,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the dashboard.")] = 8571,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its files.")] = Path("var/demo"),
    channel: Annotated[list[str] | None, typer.Option(help="Only this kind of channel; may be repeated.")] = None,
) -> None:
    """Sandbox, first audit, dashboard: the whole product on this machine, with nothing to sign up for."""
    from auditor.service.demo import run

    run(out, once=once, orders=orders, seed=seed, port=port, folder=folder, channels=channel or ())


def _show(report: AuditReport, as_json: bool) -> None:
    if as_json:
        print_json(report.findings_json())
    else:
        show.report(out, report)


def _judge(report: AuditReport, fail_on: Severity | None) -> None:
    """The exit code of an audit. What was not read may hide findings, so it counts for more than those found."""
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


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command (of `sys.argv` when None) and end with its code; our errors become one sentence."""
    say_nothing()
    if threading.current_thread() is threading.main_thread():
        # A service is stopped by SIGTERM as by Ctrl-C: it logs out and closes the store.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    log = structlog.get_logger("auditor")
    try:
        code = app(arguments, prog_name="auditor", standalone_mode=False)
    except AuditorError as error:
        log.info("command ended with an error", reason=str(error))
        end(str(error), error.exit_code)
    except Misuse as error:
        misused(error)
    except (KeyboardInterrupt, typer.Abort):
        code = STOPPED
    except Exception as error:
        log.exception("unexpected")
        end(f"Something unexpected went wrong ({type(error).__name__}); {details(error)}", 2)
    if code == STOPPED:
        end("Stopped; nothing half-done was kept.", STOPPED)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
