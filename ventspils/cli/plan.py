"""`ventspils plan`: where to dig when, with a proof of how good that is."""

import asyncio
import json
import signal
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from gis.planning.solving import InstanceSearch
from ventspils.cli.client import call, connect, request
from ventspils.cli.options import HomeOption, JsonOption
from ventspils.cli.output import errors, print_result, print_table, speaking_errors
from ventspils.core.errors import ConflictError, UsageError, VentspilsError
from ventspils.core.extras import Extra, require

app = typer.Typer(no_args_is_help=True, help="Where to dig when, with a proof of how good that is.")

_JUNE = 6
_ASK_EVERY_S, _PATIENCE_S = 0.5, 120.0


@app.command()
def solve(
    file: Annotated[Path, typer.Argument(help="a Steiner instance (.gr, .stp) or a digging instance (.json)")],
    time_limit: Annotated[
        float | None, typer.Option(min=1, max=1_000_000, help="seconds for the whole command; 60 without a work limit")
    ] = None,
    work_limit: Annotated[int | None, typer.Option(min=1, help="units of work, the same on every machine")] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="what is left to chance")] = 0,
    progress: Annotated[bool, typer.Option(help="Tell on stderr how far it is, a line of JSON a second.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Solve an instance from a file: the cheapest tree, or the best plan over several periods. Needs no centre."""
    with speaking_errors():
        require(Extra.PLANNER)
    search = InstanceSearch(file, time_limit_s=time_limit, work_limit=work_limit, seed=seed)
    code = 1
    try:
        with speaking_errors():
            with errors.status("Solving ...") as status:
                search.watch(
                    tells=progress,
                    show=lambda objective, bound: status.update(f"Best {objective:,.2f}, proven {bound:,.2f} ..."),
                )
            if search.is_stopped:
                errors.print("Stopped; this is the best so far.")
            print_result(search.answer(), as_json, _show)
        code = 0
    finally:
        search.leave(code)


@app.command()
def run(
    start: Annotated[str | None, typer.Option(help="first month, as 2027-01; the next half-year unless told")] = None,
    periods: Annotated[int, typer.Option(min=1, max=20, help="how many half-years")] = 6,
    budget: Annotated[float | None, typer.Option(min=0, help="EUR for ducts in each half-year")] = None,
    bbox: Annotated[
        str | None, typer.Option(help="west,south,east,north in degrees; the whole town unless told")
    ] = None,
    time_limit: Annotated[float, typer.Option(min=5, max=3600, help="seconds")] = 60,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="what is left to chance")] = 0,
    lay: Annotated[
        list[str] | None, typer.Option(help="WHAT:PERIOD, a street or site:NAME to be laid in that period, from 0")
    ] = None,
    not_in: Annotated[list[str] | None, typer.Option(help="WHAT:PERIOD, not to be laid in that period")] = None,
    never: Annotated[list[str] | None, typer.Option(help="WHAT, not to be laid at all")] = None,
    what_if_budget: Annotated[
        list[float] | None, typer.Option(min=0, help="another budget to answer beside the plan")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Plan with the centre's own streets, sites and works."""
    with speaking_errors():
        body = {
            "start": start or _next_half_year(), "periods": periods, "budget_eur": budget, "box": _parse_box(bbox),
            "time_limit_s": time_limit, "seed": seed,
            "wishes": [
                *(_wish(text, "lay_in") for text in lay or ()), *(_wish(text, "not_in") for text in not_in or ()),
                *(_wish(text, "never") for text in never or ()),
            ],
            "what_if": [{"budget_eur": eur} for eur in what_if_budget or ()],
        }  # fmt: skip
        print_result(asyncio.run(_plan(home, body)), as_json, _show_plan)


def _wish(text: str, do: str) -> dict[str, Any]:
    """Return what a planner sets, from a street or `site:NAME`, with a period behind a colon unless it is never."""
    kind, what, period = "street", text, None
    if do != "never":
        what, _, number = text.rpartition(":")
        if not what or not number.isdecimal():
            raise UsageError(f"{text!r}: write WHAT:PERIOD, as 'Ostas iela:0' or 'site:School:1'.")
        period = int(number)
    if what.startswith("site:"):
        kind, what = "site", what.removeprefix("site:")
    return {kind: what, "do": do, "period": period}


async def _plan(home: Path | None, body: dict[str, Any]) -> dict[str, Any]:
    """Return a plan once it is there, telling meanwhile how far it is; an interrupt stops it and keeps its best."""
    interrupted = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupted.set)
    async with connect(home) as http:  # one connection from beginning to end: without a running centre it is the centre
        plan_id = (await request(http, "POST", "/plans", json=body, timeout=_PATIENCE_S))["plan_id"]
        with errors.status("Planning ...") as status:
            while True:
                plan: dict[str, Any] = await request(http, "GET", f"/plans/{plan_id}", timeout=_PATIENCE_S)
                if plan["state"] != "running":
                    break
                if "sites_connected" in (progress := plan["progress"]):
                    so_far = f"{progress['sites_connected']} sites for {progress['cost_eur']:,.0f} EUR"
                    status.update(f"{progress['step']}: {so_far} ...")
                if interrupted.is_set():
                    interrupted.clear()
                    errors.print("Stopping; the best so far is kept.")
                    with suppress(ConflictError):  # it may have ended by itself meanwhile
                        await request(http, "POST", f"/plans/{plan_id}/stop", timeout=_PATIENCE_S)
                await asyncio.sleep(_ASK_EVERY_S)
    if plan["state"] == "failed":
        raise VentspilsError(f"Plan {plan_id}: {plan['progress']['why']}")
    return plan


@app.command()
def export(
    plan_id: Annotated[str, typer.Argument(help="as `plan run` printed it")],
    file: Annotated[Path, typer.Argument(help="where to write the instance that was solved, as JSON")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the instance of a plan, as `plan solve` reads it."""
    with speaking_errors():
        document = call(home, "GET", f"/plans/{plan_id}/instance")
        try:
            file.write_text(json.dumps(document))
        except OSError as error:
            raise UsageError(f"File {str(file)!r} cannot be written: {error.strerror}.") from None
        told = {"plan_id": plan_id, "file": str(file), "edges": len(document["edges"]), "works": len(document["works"])}
        print_result(told, as_json, lambda t: typer.echo(f"{t['edges']} edges and {t['works']} works in {t['file']}"))


def _next_half_year() -> str:
    today = datetime.now().astimezone().date()
    return f"{today.year + 1}-01" if today.month > _JUNE else f"{today.year}-07"


def _parse_box(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        box = [float(part) for part in text.split(",")]
    except ValueError:
        box = []
    if len(box) != 4:
        raise UsageError(f"Box {text!r}: write west,south,east,north in degrees.")
    return box


def _show_plan(done: dict[str, Any]) -> None:
    rows = [
        (
            p["name"],
            p["edges"],
            f"{p['cost_eur']:,.0f}",
            len(p["works_used"]),
            len(p["works_moved"]),
            len(p["sites_connected"]),
        )
        for p in done["periods"]
    ]
    print_table("Plan", ("half-year", "edges", "EUR", "works used", "works moved", "sites"), rows)
    savings = done["savings"]
    typer.echo(f"How good it is: {_how_good(done['certificate'])}.")
    typer.echo(
        f"Digging together saves {savings['same_routes_saving_eur']:,.0f} EUR: these streets cost "
        f"{savings['same_routes_alone_eur']:,.0f} EUR dug alone and {savings['same_routes_joint_eur']:,.0f} EUR so."
    )
    if done.get("wishes_cost"):
        typer.echo(f"What you set costs {_in_range(done['wishes_cost'])}.")
    for each in done["what_if"]:
        told = each.get("why") or f"{each['cost_eur']:,.0f} EUR, {each['sites_connected']} sites; {_how_good(each)}"
        typer.echo(f"With {each['budget_eur']:,.0f} EUR a half-year: {told}")
    for note in done["notes"]:
        typer.echo(note)
    typer.echo(f"Plan {done['plan_id']}")


def _how_good(proof: dict[str, Any]) -> str:
    """Return how good a plan is in words; a share that says nothing is not told."""
    if proof["optimal"]:
        return "proven best"
    if proof["gap"] > 1:
        return "not proven; give more time, or a smaller area"
    return f"at most {proof['gap']:.1%} dearer than the best possible"


def _in_range(cost: dict[str, Any]) -> str:
    """Return a proven sum, or between which two it is proven to lie."""
    if cost["eur"] is not None:
        return f"{cost['eur']:,.0f} EUR"
    return f"between {cost['at_least_eur']:,.0f} and {cost['at_most_eur']:,.0f} EUR"


def _show(document: Any) -> None:
    kind = f"{len(document['build'])} ducts" if "build" in document else f"{len(document['edges'])} edges"
    proof = "proven best" if document["optimal"] else f"at most {document['gap']:.3%} above the best"
    errors.print(f"{kind}, {proof}, in {document['seconds']:.1f} s", markup=False)
    typer.echo(f"{document['objective']:.2f}")
