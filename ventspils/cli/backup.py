"""`ventspils backup`: registry, keys and points saved in one file, checked, restored."""

import asyncio
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from ventspils.cli.client import connect
from ventspils.cli.options import HomeOption, JsonOption
from ventspils.cli.output import errors, print_result, show_one, speaking_errors
from ventspils.core.errors import UnavailableError, UsageError
from ventspils.core.home import default_home

app = typer.Typer(no_args_is_help=True, help="Registry, keys and points in one file.")

FileArgument = Annotated[Path, typer.Argument(help="the backup's file")]


@app.command("save")
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
    from ventspils.core.database.backup_files import check
    from ventspils.core.security.audit import count_verified

    return {"file": str(file), **asdict(check(file, count_verified))}


@app.command("verify")
def verify_backup(file: FileArgument, as_json: JsonOption = False) -> None:
    """Check every part of a backup, open its registry, and verify its audit log. Needs no centre."""
    with speaking_errors():
        with errors.status("Checking ..."):
            found = _describe(file)
        print_result(found, as_json, show_one("Backup"))


@app.command("restore")
def restore(file: FileArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Write the home that a backup holds; the home must be empty or new. All of it or nothing."""
    from ventspils.core.database.backup_files import restore as restore_home
    from ventspils.core.security.audit import count_verified

    with speaking_errors():
        target = home or default_home()
        with errors.status("Restoring ..."):
            found = restore_home(file, target, count_verified)
        print_result({"home": str(target), **asdict(found)}, as_json, show_one("Restored"))
