"""`ventspils sweep`: rounds over many devices."""

import asyncio
import csv
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr

from ventspils.cli.output import EXIT_FAILED, errors, print_result, print_table, speaking_errors
from ventspils.cli.targets import UnresolvedError, parse_address, parse_version, read_secret
from ventspils.core.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Read many devices in one round.")

_HEADINGS = {"address", "community", "version"}


@app.callback()
def _group() -> None:
    """Keep `once` a verb of its own."""


@app.command()
def once(
    targets: Annotated[Path, typer.Option(help="one HOST[:PORT] [community] a line, or CSV with headings")],
    write: Annotated[str | None, typer.Option(help="address of an InfluxDB v2 write endpoint")] = None,
    token_file: Annotated[Path | None, typer.Option(help="file with the write token")] = None,
    org: Annotated[str | None, typer.Option(help="organisation to write to")] = None,
    bucket: Annotated[str | None, typer.Option(help="bucket to write to")] = None,
    timeout: Annotated[float, typer.Option(min=0.05, max=60, help="seconds to wait for one answer")] = 1.0,
    budget: Annotated[float, typer.Option(min=0.1, max=3600, help="seconds for one device")] = 30.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Read every device of a list once, and write the points if told where. Needs no centre."""
    with speaking_errors():
        if write is None and any((token_file, org, bucket)):
            raise UsageError("--token-file, --org and --bucket need --write.")
        if write is not None and not (token_file and org and bucket):
            raise UsageError("--write needs --token-file, --org and --bucket.")
        secret = read_secret(token_file, "Token") if token_file else SecretStr("")
        chosen, unresolved = _read_targets(targets, timeout)
        with errors.status(f"Reading {len(chosen)} devices ..."):
            found = _run(chosen, write, secret, org or "", bucket or "", budget)
        if unresolved:
            found["devices"] += unresolved
            found["failed"]["name cannot be resolved"] = unresolved
        print_result(found, as_json, _show)
    if not found["answered"]:
        raise typer.Exit(EXIT_FAILED)


def _read_targets(file: Path, timeout_s: float) -> Any:
    """Return the targets of a file with the host that names each, and how many names could not be resolved."""
    from monitoring.snmp import Pace, Target

    try:
        lines = [text.strip() for text in file.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"Targets file {str(file)!r} cannot be read: {getattr(error, 'strerror', 'not text')}."
        ) from None
    lines = [text for text in lines if text and not text.startswith("#")]
    is_csv = bool(lines) and "," in lines[0] and " " not in lines[0]
    rows = _csv_rows(file, lines) if is_csv else [_plain_row(text) for text in lines]
    if not rows:
        raise UsageError(f"Targets file {str(file)!r} holds no target.")
    targets, unresolved = [], 0
    for address_text, community, version_text in rows:
        version = parse_version(version_text)
        try:
            address = parse_address(address_text)
        except UnresolvedError as error:
            errors.print(str(error), markup=False, soft_wrap=True)
            unresolved += 1
            continue
        targets.append((address, Target(address, version, SecretStr(community), pace=Pace(timeout_s=timeout_s))))
    hosts = Counter(host for (host, _), _ in targets)
    twice = [address for address, count in Counter(a for a, _ in targets).items() if count > 1]
    if twice:
        raise UsageError(f"Targets file {str(file)!r} names {twice[0][0]}:{twice[0][1]} twice; keep one.")
    named = [(target, host if hosts[host] == 1 else f"{host}:{port}") for (host, port), target in targets]
    return named, unresolved


def _plain_row(text: str) -> tuple[str, str, str]:
    address, community, version, *_ = (*text.split(), *("", "", ""))
    return address, community or "public", version or "2c"


def _csv_rows(file: Path, lines: list[str]) -> list[tuple[str, str, str]]:
    reader = csv.DictReader(lines)
    headings = set(reader.fieldnames or ())
    if "address" not in headings or headings - _HEADINGS:
        raise UsageError(
            f"Targets file {str(file)!r} has the columns {', '.join(sorted(headings))}; it needs address, and may have "
            "community and version."
        )
    return [(row["address"] or "", row.get("community") or "public", row.get("version") or "2c") for row in reader]


def _run(targets: Any, url: str | None, token: SecretStr, org: str, bucket: str, budget_s: float) -> dict[str, Any]:
    """Sweep, writing in a thread of its own so that reading goes on meanwhile."""
    import uvloop

    from monitoring.collector.sweep import sweep_once
    from monitoring.snmp import open_engine

    async def run() -> dict[str, Any]:
        engine = open_engine()
        sink = _Sink(url, token, org, bucket)
        try:
            sweep = await sweep_once(engine, targets, sink.take, budget_s=budget_s)
            sweep.written = await sink.finish()
        finally:
            engine.close()
        return asdict(sweep) | {"failed": dict(sweep.failed)}

    return uvloop.run(run())


class _Sink:
    """Collects lines and writes them in batches that a database takes at once."""

    _BATCH_BYTES = 2_000_000

    def __init__(self, url: str | None, token: SecretStr, org: str, bucket: str) -> None:
        self._writer = None
        if url is not None:
            from monitoring.telemetry.writer import Destination, Writer

            self._writer = Writer(Destination(url, token, org, bucket))
        self._waiting: list[bytes] = []
        self._size = self._written = 0
        self._task: asyncio.Task[None] | None = None

    async def take(self, lines: bytes) -> None:
        if self._writer is None:
            return
        self._waiting.append(lines)
        self._size += len(lines)
        if self._size >= self._BATCH_BYTES:
            await self._flush()

    async def _flush(self) -> None:
        if self._task is not None:
            await self._task
        batch, self._waiting, self._size = b"".join(self._waiting), [], 0
        if batch and self._writer is not None:
            self._task = asyncio.create_task(self._write(batch))

    async def _write(self, batch: bytes) -> None:
        assert self._writer is not None
        await asyncio.to_thread(self._writer.write, batch)
        self._written += batch.count(b"\n")

    async def finish(self) -> int:
        await self._flush()
        if self._task is not None:
            await self._task
        if self._writer is not None:
            self._writer.close()
        return self._written


def _show(document: Any) -> None:
    print_table("Sweep", ("what", "figure"), [(k, v) for k, v in document.items()])
