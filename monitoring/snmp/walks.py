"""
Reading tables: several columns side by side, in as few requests as the device can bear.

A walk stops within one further request when identifiers stop increasing or leave the column. After a loss it goes on at
the last identifier it has; it never starts again. What it could not read is said in `Walk.stopped`, beside what it did
read.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from monitoring.errors import AgentError, MalformedError, NoAnswerError
from monitoring.snmp.ber import decode_arcs
from monitoring.snmp.engine import Engine, name_of
from monitoring.snmp.types import Answer, PduType, Target, Version
from monitoring.snmp.values import END_OF_MIB_VIEW

MAX_ROWS = 20_000
_MAX_COLUMNS = 20
_MIN_BINDINGS = 1
_MAX_BINDINGS = 200
_MAX_TRIES = 10
_TOO_BIG, _NO_SUCH_NAME = 1, 2
_TOO_MANY = "more than"


@dataclass(slots=True)
class Column:
    """The rows read of one column: three lists of equal length, in the agent's order, which is increasing."""

    oid: bytes
    names: list[bytes] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    checked: int = 0
    ended: bool = False

    @property
    def cursor(self) -> bytes:
        """The identifier to go on from."""
        return self.names[-1] if self.names else self.oid

    @property
    def suffixes(self) -> list[bytes]:
        """The row indexes, as content octets."""
        start = len(self.oid)
        return [name[start:] for name in self.names]

    def cut(self, row: int) -> None:
        """Forget what lies at and after a row, and end the column."""
        del self.names[row:], self.tags[row:], self.contents[row:]
        self.ended = True


@dataclass
class Walk:
    """What a walk brought: its columns in the order asked for, and why it is not whole, if it is not."""

    columns: list[Column]
    stopped: str | None = None
    is_capped: bool = False
    requests: int = 0


async def walk_columns(
    engine: Engine,
    target: Target,
    oids: Sequence[bytes],
    *,
    deadline: float,
    max_rows: int = MAX_ROWS,
    unordered: bool = False,
) -> Walk:
    """
    Read whole columns of one or more tables side by side.

    Args:
        engine: Asks.
        target: The device; its pace is remembered in `target.pace`.
        oids: The columns, as content octets.
        deadline: Loop time at which the walk gives up with what it has.
        max_rows: Rows of a column after which it is cut.
        unordered: Bear identifiers that do not increase (a fault that some agents have); rows are still capped.

    Returns:
        A walk with one column for each identifier asked for; `stopped` says why it is partial, or is None.
    """
    walk = Walk([Column(oid) for oid in oids])
    for start in range(0, len(oids), _MAX_COLUMNS):
        group = walk.columns[start : start + _MAX_COLUMNS]
        if not await _walk_group(engine, target, walk, group, deadline, max_rows, unordered):
            break
    return walk


async def _walk_group(
    engine: Engine, target: Target, walk: Walk, columns: list[Column], deadline: float, max_rows: int, unordered: bool
) -> bool:
    """Walk columns side by side to their ends; return False when the device stopped answering."""
    guide = _Guide()
    while active := [column for column in columns if not column.ended]:
        try:
            answer = await _ask_more(engine, target, walk, active, deadline)
        except NoAnswerError as error:
            walk.stopped = str(error)
            return False
        except AgentError as error:
            if len(active) == 1:
                walk.stopped, active[0].ended = str(error), True
                continue
            for half in (active[: len(active) // 2], active[len(active) // 2 :]):  # some agents refuse wide questions
                if not await _walk_group(engine, target, walk, half, deadline, max_rows, unordered):
                    return False
            return True
        if answer is None:
            continue
        _append(active, answer)
        if (why := guide.check(active, max_rows, unordered)) is not None:
            walk.stopped = f"{name_of(target.address)}: {why}."
            walk.is_capped = why.startswith(_TOO_MANY)
    return True


async def _ask_more(engine: Engine, target: Target, walk: Walk, active: list[Column], deadline: float) -> Answer | None:
    """Ask for the next rows; None when the question has to change first (too big, or a v1 column at its end)."""
    oids = tuple(column.cursor for column in active)
    repetitions = max(1, min(50, target.pace.bindings // len(active)))
    bulk = target.version != Version.V1
    walk.requests += 1
    try:
        answer = await _ask_patiently(engine, target, oids, repetitions if bulk else None, deadline)
    except AgentError as error:
        _adapt(target, active, error, repetitions)
        return None
    if bulk and len(answer.oids) >= repetitions * len(active) and target.pace.bindings < _MAX_BINDINGS:
        target.pace.bindings = min(_MAX_BINDINGS, target.pace.bindings * 5 // 4)
    return answer


async def _ask_patiently(
    engine: Engine, target: Target, oids: tuple[bytes, ...], repetitions: int | None, deadline: float
) -> Answer:
    """Ask with fewer repetitions after every few tries without answer: big answers get lost more easily."""
    for _ in range(_MAX_TRIES // 2 - 1):
        try:
            return await _ask_once(engine, target, oids, repetitions, deadline)
        except NoAnswerError:
            if asyncio.get_running_loop().time() >= deadline:
                raise
            if repetitions is not None:
                target.pace.bindings = max(_MIN_BINDINGS, target.pace.bindings // 2)
                repetitions = max(1, min(repetitions, target.pace.bindings // len(oids)))
    return await _ask_once(engine, target, oids, repetitions, deadline)


async def _ask_once(
    engine: Engine, target: Target, oids: tuple[bytes, ...], repetitions: int | None, deadline: float
) -> Answer:
    if repetitions is None:
        return await engine.ask(target, PduType.GET_NEXT, oids, tries=2, deadline=deadline)
    return await engine.ask(target, PduType.GET_BULK, oids, second=repetitions, tries=2, deadline=deadline)


def _adapt(target: Target, active: list[Column], error: AgentError, repetitions: int) -> None:
    """Change what is asked after an error status, or raise it again when there is nothing left to change."""
    if error.status == _NO_SUCH_NAME and target.version == Version.V1:
        index = error.index if 1 <= error.index <= len(active) else len(active)
        active[index - 1].ended = True
    elif error.status == _TOO_BIG and repetitions > 1 and target.version != Version.V1:
        target.pace.bindings = max(_MIN_BINDINGS, target.pace.bindings // 2)
    else:
        raise error


def _append(active: list[Column], answer: Answer) -> None:
    """Deal the bindings out to their columns: they come row by row, one binding a column."""
    width = len(active)
    for position, column in enumerate(active):
        column.names += answer.oids[position::width]
        column.tags += answer.tags[position::width]
        column.contents += answer.contents[position::width]


class _Guide:
    """The column whose rows the others are expected to repeat, so that only its own need a look one by one."""

    def __init__(self) -> None:
        self._column: Column | None = None
        self._indexes: list[bytes] = []

    def check(self, active: list[Column], max_rows: int, unordered: bool) -> str | None:
        """Check what came last of every active column; return what is wrong, if anything."""
        why = None
        for column in active:
            if self._column is None and column.names:
                self._column = column
            if column is self._column:
                first = column.checked
                why = _check(column, max_rows, unordered)
                start = len(column.oid)
                self._indexes += [name[start:] for name in column.names[first:]]
                if column.ended and not self._indexes:
                    self._column = None
            elif not self._is_followed_by(column):
                why = _check(column, max_rows, unordered) or why
        return why

    def _is_followed_by(self, column: Column) -> bool:
        """Whether a column's new rows are those of the checked one; if so, take over its verdict."""
        if self._column is None:
            return False
        first, names, tags, oid = column.checked, column.names, column.tags, column.oid
        indexes = self._indexes[first : len(names)]
        last = first + len(indexes)
        if not indexes or END_OF_MIB_VIEW in tags[first:last] or names[first:last] != [oid + i for i in indexes]:
            return False
        if last < len(names):
            if not self._column.ended or (names[last].startswith(oid) and tags[last] != END_OF_MIB_VIEW):
                return False
            column.cut(last)
        column.checked = last
        return True


def _check(column: Column, max_rows: int, unordered: bool) -> str | None:
    """Look at the rows that came last: cut what is outside the column, and say what is wrong, if anything."""
    first, names, oid = column.checked, column.names, column.oid
    if len(names) == first:
        return None  # the answer was too short to hold a row of this column; the next one begins with it or before it
    if not (names[-1].startswith(oid) and column.tags[-1] != END_OF_MIB_VIEW):
        outside = (
            row
            for row in range(first, len(names))
            if not names[row].startswith(oid) or column.tags[row] == END_OF_MIB_VIEW
        )
        column.cut(next(outside))
    if not unordered and (row := _first_disorder(column, first)) is not None:
        column.cut(row)
        return "object identifiers do not increase (a loop in the agent)"
    column.checked = len(names)
    if len(names) >= max_rows:
        column.cut(max_rows)
        return f"{_TOO_MANY} {max_rows} rows"
    return None


def _first_disorder(column: Column, first: int) -> int | None:
    """Return the first row whose identifier does not come after the one before it."""
    start, names = len(column.oid), column.names
    try:
        before = decode_arcs(names[first - 1][start:]) if first else ()
        for row in range(first, len(names)):
            arcs = decode_arcs(names[row][start:])
            if arcs <= before:
                return row
            before = arcs
    except MalformedError:
        return row if first < len(names) else None
    return None


@dataclass(frozen=True)
class Table:
    """Columns over the same rows."""

    indexes: list[bytes]
    columns: list[Column]

    def cells(self) -> tuple[list[int], list[bytes]]:
        """Return tags and content octets row by row."""
        tags = [tag for row in zip(*(c.tags for c in self.columns), strict=True) for tag in row]
        return tags, [content for row in zip(*(c.contents for c in self.columns), strict=True) for content in row]


def align(columns: Sequence[Column]) -> Table:
    """
    Return the columns over the union of their rows, in order of the index; a row that a column lacks is noSuchInstance.

    Where all columns have the same rows, which is nearly always, nothing is copied.
    """
    filled = [column for column in columns if column.names]
    if not filled:
        return Table([], [Column(column.oid, ended=True) for column in columns])
    indexes = filled[0].suffixes
    if all(len(c.names) == len(indexes) and c.names == [c.oid + i for i in indexes] for c in columns):
        return Table(indexes, list(columns))
    every = {index for column in filled for index in column.suffixes}
    indexes = sorted(every, key=decode_arcs)
    return Table(indexes, [_spread(column, indexes) for column in columns])


def _spread(column: Column, indexes: list[bytes]) -> Column:
    rows = dict(zip(column.suffixes, zip(column.tags, column.contents, strict=True), strict=True))
    cells = [rows.get(index, (0x81, b"")) for index in indexes]
    return Column(
        column.oid,
        [column.oid + index for index in indexes],
        [tag for tag, _ in cells],
        [content for _, content in cells],
        len(cells),
        True,
    )


Binding = tuple[bytes, int, bytes]


async def read_next(engine: Engine, target: Target, oids: Sequence[bytes], *, deadline: float) -> list[Binding | None]:
    """
    Return for each identifier the first object below it (index octets, tag, content), or None where there is none.

    One question where the device bears it; halves of it where the device refuses.

    Raises:
        NoAnswerError: the device did not answer.
        AgentError: the device refuses even a single identifier for another reason than that it does not exist.
    """
    try:
        answer = await engine.ask(target, PduType.GET_NEXT, tuple(oids), deadline=deadline)
    except AgentError as error:
        return await _read_halves(engine, target, oids, error, deadline)
    found: list[Binding | None] = []
    for oid, name, tag, content in zip(oids, answer.oids, answer.tags, answer.contents, strict=False):
        inside = name.startswith(oid) and tag != END_OF_MIB_VIEW and len(name) > len(oid)
        found.append((name[len(oid) :], tag, content) if inside else None)
    return found + [None] * (len(oids) - len(found))


async def _read_halves(
    engine: Engine, target: Target, oids: Sequence[bytes], error: AgentError, deadline: float
) -> list[Binding | None]:
    if len(oids) == 1:
        if error.status == _NO_SUCH_NAME:
            return [None]
        raise error
    if error.status == _NO_SUCH_NAME and 1 <= error.index <= len(oids):  # v1: that one has nothing after it
        rest = [*oids[: error.index - 1], *oids[error.index :]]
        found = await read_next(engine, target, rest, deadline=deadline)
        return [*found[: error.index - 1], None, *found[error.index - 1 :]]
    middle = len(oids) // 2
    first = await read_next(engine, target, oids[:middle], deadline=deadline)
    return first + await read_next(engine, target, oids[middle:], deadline=deadline)
