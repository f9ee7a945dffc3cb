"""`ventspils works import`, `streets import`, `sites import`, `import undo`: files of the digging half."""

import io
import zipfile
from pathlib import Path
from typing import Annotated, Any

import typer

from ventspils.cli.client import call
from ventspils.cli.options import HomeOption, JsonOption
from ventspils.cli.output import console, errors, print_result, print_table, speaking_errors
from ventspils.core.errors import UsageError

works = typer.Typer(no_args_is_help=True, help="Works: who digs where and when.")
needs = typer.Typer(no_args_is_help=True, help="Needs: who wants to dig where, when there is a chance.")
routes = typer.Typer(no_args_is_help=True, help="Cable routes in the ground.")
streets = typer.Typer(no_args_is_help=True, help="The street graph of the town.")
sites = typer.Typer(no_args_is_help=True, help="Sites that want fibre, and places that have it.")
imports = typer.Typer(no_args_is_help=True, help="Files that were taken in.")

FileArgument = Annotated[Path, typer.Argument(help="the file; its format is told by what is in it")]
CrsOption = Annotated[str, typer.Option(help="CRS of the coordinates, as EPSG:25832, where the file does not tell it")]
DryOption = Annotated[bool, typer.Option("--dry-run", help="Read the file and change nothing.")]
_SHOWN = 20


@works.callback()
@needs.callback()
@routes.callback()
@streets.callback()
@sites.callback()
@imports.callback()
def _group() -> None:
    """Keep single verbs verbs."""


PartyOption = Annotated[str, typer.Option(help="whose list it is, where no column says so")]


@works.command("import")
def import_works(
    file: FileArgument,
    feed: Annotated[str, typer.Option(help="descriptor that says which field is which: one of ours, or a file")] = "",
    crs: CrsOption = "",
    party: PartyOption = "",
    dry_run: DryOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take works in from a file, or from a list of streets as CSV or Excel; the same file twice changes nothing."""
    _import("works", file, {"feed": feed, "crs": crs, "party": party, "dry_run": dry_run}, home, as_json)


@needs.command("import")
def import_needs(
    file: FileArgument,
    feed: Annotated[str, typer.Option(help="descriptor that says which field is which: one of ours, or a file")] = "",
    crs: CrsOption = "",
    party: PartyOption = "",
    dry_run: DryOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """
    Take needs in: what somebody wants to dig when there is a chance, as a list of streets or a file
    of lines or pipes.
    """
    _import("needs", file, {"feed": feed, "crs": crs, "party": party, "dry_run": dry_run}, home, as_json)


@routes.command("import")
def import_routes(
    file: FileArgument,
    crs: CrsOption = "",
    dry_run: DryOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take cable routes in from a file of lines: name, owner, ducts, free_ducts, built_on."""
    _import("routes", file, {"crs": crs, "dry_run": dry_run}, home, as_json)


@streets.command("import")
def import_streets(
    file: FileArgument,
    crs: CrsOption = "",
    dry_run: DryOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take the street graph in from a file of lines or an extract of OpenStreetMap."""
    _import("streets", file, {"crs": crs, "dry_run": dry_run}, home, as_json)


@sites.command("import")
def import_sites(
    file: FileArgument,
    crs: CrsOption = "",
    dry_run: DryOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take sites in from a CSV or a file of points: name, has_fibre, prize_eur_per_year, connect_by."""
    _import("sites", file, {"crs": crs, "dry_run": dry_run}, home, as_json)


@imports.command("undo")
def undo_import(
    import_id: Annotated[str, typer.Argument(help="as `import` printed it")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make everything what it was before an import."""
    with speaking_errors():
        done = call(home, "POST", f"/imports/{import_id}/undo")
        print_result(done, as_json, lambda d: console.print(f"Import of {d['source']} undone.", markup=False))


def _import(kind: str, file: Path, params: dict[str, Any], home: Path | None, as_json: bool) -> None:
    with speaking_errors():
        content, name = _content(file)
        with errors.status(f"Reading {file.name} ..."):
            done = call(
                home, "POST", f"/imports/{kind}", content=content, params=params | {"name": name}, patience_s=600
            )
        print_result(done, as_json, _show)


def _content(file: Path) -> tuple[bytes, str]:
    """Return a file's content and name; the parts of a Shapefile go together as a zip."""
    try:
        if file.suffix.lower() != ".shp":
            return file.read_bytes(), file.name
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as out:
            for part in sorted(file.parent.glob(f"{file.stem}.*")):
                out.write(part, part.name)
        return packed.getvalue(), f"{file.stem}.zip"
    except OSError as error:
        raise UsageError(f"File {str(file)!r} cannot be read: {error.strerror}.") from None


def _show(done: dict[str, Any]) -> None:
    what = "would be accepted" if done["import_id"] is None else "accepted"
    console.print(
        f"{done['read']} read, {done['accepted']} {what} ({done['unchanged']} unchanged, {len(done['repaired'])} "
        f"repairs), "
        f"{len(done['rejected'])} rejected.",
        markup=False,
    )
    for note in done["notes"]:
        console.print(note, markup=False)
    if done["rejected"]:
        rows = [(r["row"], r["id"], r["reason"]) for r in done["rejected"][:_SHOWN]]
        print_table("Rejected", ("row", "id", "reason"), rows)
    if done["changed"]:
        changes = [(c["title"], c["field"], c["before"] or "", c["after"] or "") for c in done["changed"][:_SHOWN]]
        print_table("Changed", ("work", "field", "before", "after"), changes)
    if done["to_place"]:
        places = [(r["row"], r["id"], r["reason"]) for r in done["to_place"][:_SHOWN]]
        print_table("To be placed by hand", ("row", "id", "why"), places)
    if done["import_id"]:
        console.print(f"To undo: ventspils import undo {done['import_id']}", markup=False)
