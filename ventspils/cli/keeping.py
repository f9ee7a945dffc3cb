"""Commands about people, the audit log and backups."""

import asyncio
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from ventspils.cli.client import call, connect
from ventspils.cli.options import HomeOption, JsonOption
from ventspils.cli.output import errors, print_result, speaking_errors
from ventspils.cli.registry import show_list, show_one
from ventspils.core.errors import UnavailableError, UsageError
from ventspils.core.home import default_home

person = typer.Typer(no_args_is_help=True, help="Accounts of people.")
audit = typer.Typer(no_args_is_help=True, help="The log of changes.")
backup = typer.Typer(no_args_is_help=True, help="Registry, keys and points in one file.")

FileArgument = Annotated[Path, typer.Argument(help="the backup's file")]


@person.command("add")
def add_person(
    name: str,
    role: Annotated[str, typer.Option(help="viewer, operator, planner, manager, partner or admin")],
    agency: Annotated[
        list[str] | None, typer.Option(help="institution; all unless told, may be given several times")
    ] = None,
    party: Annotated[str | None, typer.Option(help="the party a partner plans for")] = None,
    full_name: Annotated[str, typer.Option(help="as shown on the pages")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add an account; what is printed holds the one-time link by which the person sets a password."""
    grants = [{"role": role, "agency": one, "party": party} for one in agency or (None,)]
    with speaking_errors():
        found = call(home, "POST", "/people", json={"name": name, "full_name": full_name, "grants": grants})
        print_result(found, as_json, show_one("Person"))


@person.command("link")
def make_link(name: str, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Make a fresh one-time link for somebody who forgot the password."""
    with speaking_errors():
        print_result(call(home, "POST", f"/people/{quote(name, safe='')}/link"), as_json, show_one("Link"))


@person.command("first-link")
def first_link(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Make the one-time link of the first account, admin; only while nobody has a password."""
    with speaking_errors():
        found = call(home, "POST", "/first-link")
        if found["link"] is None:
            raise UsageError("Somebody has a password already; sign in, or use `ventspils person link NAME`.")
        print_result(found, as_json, show_one("Link"))


@person.command("list")
def list_people(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List accounts."""
    with speaking_errors():
        shown = show_list("People", "name", "full_name", "grants", "has_password", "totp", "disabled")
        print_result(call(home, "GET", "/people"), as_json, shown)


@audit.command("verify")
def verify_audit(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Go through the whole log and tell whether anything was altered; keep the head elsewhere."""
    with speaking_errors():
        print_result(call(home, "GET", "/audit/verified"), as_json, show_one("Audit log"))


@audit.command("list")
def list_audit(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="how many, newest first")] = 50,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List changes, newest first."""
    with speaking_errors():
        found = call(home, "GET", "/audit", params={"limit": limit})
        print_result(found, as_json, show_list("Changes", "number", "at", "actor", "what", "object", "detail"))


@backup.command("save")
def save(file: FileArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Write a backup of the centre of this home, running or not. The file holds every secret; keep it safe."""
    with speaking_errors():
        if file.exists():
            raise UsageError(f"The file {str(file)!r} exists already; name another.")
        with errors.status("Saving ..."):
            asyncio.run(_download(home, file))
            found = _describe(file)
        print_result(found, as_json, show_one("Backup"))


async def _download(home: Path | None, file: Path) -> None:
    partial = file.with_name(f".{file.name}.partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise UsageError(f"The file {str(file)!r} cannot be written: {error.strerror}.") from None
    try:
        with os.fdopen(descriptor, "wb") as out:
            async with connect(home) as http, http.stream("GET", "/api/v1/backup", timeout=3600) as answer:
                if not answer.is_success:
                    raise UnavailableError(f"The centre made no backup: it answered {answer.status_code}.")
                async for chunk in answer.aiter_bytes():
                    out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(file)
    except OSError as error:
        raise UnavailableError(f"The file {str(file)!r} could not be written: {error.strerror}.") from None
    finally:
        partial.unlink(missing_ok=True)


def _describe(file: Path) -> dict[str, Any]:
    from ventspils.core.database.backups import check

    return {"file": str(file), **asdict(check(file))}


@backup.command("verify")
def verify_backup(file: FileArgument, as_json: JsonOption = False) -> None:
    """Check every part of a backup, open its registry, and verify its audit log. Needs no centre."""
    with speaking_errors():
        with errors.status("Checking ..."):
            found = _describe(file)
        print_result(found, as_json, show_one("Backup"))


@backup.command("restore")
def restore(file: FileArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Write the home that a backup holds; the home must be empty or new. All of it or nothing."""
    from ventspils.core.database.backups import restore as restore_home

    with speaking_errors():
        target = home or default_home()
        with errors.status("Restoring ..."):
            found = restore_home(file, target)
        print_result({"home": str(target), **asdict(found)}, as_json, show_one("Restored"))
