"""The commands of people who decide: corrections, and who may sign in."""

from __future__ import annotations

from typing import Annotated

import typer

from auditor.service import show
from auditor.service.terminal import Config, load_settings, open_desk, out

actions_app = typer.Typer(help="Corrections: list, show, approve, reject, run.", no_args_is_help=True)
access_app = typer.Typer(help="Who may sign in to the dashboard and the API.", no_args_is_help=True)


@actions_app.command("list")
def actions_list(
    config: Config = None, state: Annotated[str | None, typer.Option(help="Only this state.")] = None
) -> None:
    """Proposed and past corrections."""
    with open_desk(config, api_is_fine=True) as desk:
        show.actions(out, desk.actions(state))


@actions_app.command("show")
def actions_show(action_id: str, config: Config = None) -> None:
    """One correction: what will be written, what it rests on, what happened."""
    with open_desk(config, api_is_fine=True) as desk:
        show.action(out, desk.action(action_id), load_settings(config).company.zone)


@actions_app.command("approve")
def actions_approve(
    action_id: str, config: Config = None, reason: Annotated[str | None, typer.Option(help="Why.")] = None
) -> None:
    """Approve a proposed correction."""
    with open_desk(config, api_is_fine=True) as desk:
        show.action_state(out, desk.approve(action_id, reason))


@actions_app.command("reject")
def actions_reject(
    action_id: str, reason: Annotated[str, typer.Option(help="Why not.")], config: Config = None
) -> None:
    """Say no to a proposed correction; the finding stays open."""
    with open_desk(config, api_is_fine=True) as desk:
        show.action_state(out, desk.reject(action_id, reason))


@actions_app.command("run")
def actions_run(
    action_id: str,
    config: Config = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only show what would be written.")] = False,
) -> None:
    """Send an approved correction once; look first whether what it rests on still holds."""
    with open_desk(config, api_is_fine=True) as desk:
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
    with open_desk(config, api_is_fine=True) as desk:
        token = desk.grant(name, role)
    out.print(f"{name} is {role}. Their token, shown only now:", soft_wrap=True)
    print(token)


@access_app.command("revoke")
def access_revoke(name: str, config: Config = None) -> None:
    """End somebody's access."""
    with open_desk(config, api_is_fine=True) as desk:
        desk.revoke(name)
    out.print(f"{name} has no access any more.", soft_wrap=True)


@access_app.command("list")
def access_list(config: Config = None) -> None:
    """Who has access."""
    with open_desk(config, api_is_fine=True) as desk:
        show.people(out, desk.people())
