"""The quick way of reading lines against the exact one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.errors import StoreError
from monitoring.telemetry.line_protocol import _parse_exactly, _parse_plain, parse

word = st.text("abcXYZ019_-.", min_size=1, max_size=6)
between = st.sampled_from(["\\ ", "\\,", "\\=", "/"])  # escaped, as names of buildings are
tag = st.builds(lambda parts, s: s.join(parts), st.lists(word, min_size=1, max_size=3), between)
number = st.one_of(st.integers(-(10**12), 10**12).map(lambda n: f"{n}i"), st.floats(-1e9, 1e9).map(repr), st.just("7"))
plain_line = st.builds(
    lambda measurement, tags, fields, time: (
        f"{measurement}{''.join(f',{k}={v}' for k, v in sorted(tags.items()))} "
        f"{','.join(f'{k}={v}' for k, v in fields.items())} {time}"
    ),
    st.sampled_from(["m", "n"]),
    st.dictionaries(st.sampled_from("abc"), tag, max_size=3),
    st.dictionaries(st.sampled_from(["f", "g", "h"]), number, min_size=1),
    st.integers(0, 10**9),
)


def rows(batches: object) -> list[tuple[object, ...]]:
    found = []
    for batch in batches:  # type: ignore[attr-defined]
        for k, (series, time_ns, place) in enumerate(
            zip(batch.series, batch.times_ns.tolist(), batch.places.tolist(), strict=True)
        ):
            cells = {name: column[k].as_py() for name, column in batch.columns.items() if column[k].is_valid}
            found.append((place, series, time_ns, tuple(sorted(cells.items()))))
    return sorted(found, key=lambda row: row[0])  # type: ignore[arg-type,return-value]


@given(st.lists(plain_line, min_size=1, max_size=12))
def test_both_ways_read_plain_lines_alike(lines: list[str]) -> None:
    places = np.arange(len(lines))
    quick = _parse_plain(lines, places, 10**9)
    assert quick is not None
    assert rows(quick) == rows(_parse_exactly(lines, places, 10**9, 0))


@pytest.mark.parametrize("line", ["m,a=b c f=1 1", "m,a=b\\ f=1 1", " m f=1 1", "m,a=b\\  f=1 1", "m,a=b\\\\ f=1 1"])
def test_a_space_that_is_not_escaped_is_never_taken_for_a_part_of_a_tag(line: str) -> None:
    quick = _parse_plain([line], np.arange(1), 10**9)
    try:
        exact = rows(_parse_exactly([line], np.arange(1), 10**9, 0))
    except StoreError:
        exact = None
    assert quick is None or rows(quick) == exact


@given(st.text('mf=,1i. \n"\\ab', max_size=60))
def test_whatever_comes_is_read_or_refused_with_status_400(text: str) -> None:
    try:
        parse(text.encode(), "s", 0)
    except StoreError as error:
        assert error.status == 400


@pytest.mark.parametrize(
    "line", ["m f=1 1", "m f=1i 1", "m,a=b f=1,g=2i 1", "m f=1", 'm,q="x f=1 1', 'm s="a b,c=d" 1', "m f=t"]
)
def test_lines_of_every_form_are_read(line: str) -> None:
    assert sum(len(batch.series) for batch in parse(line.encode(), "s", 5)) == 1


def test_what_is_not_utf8_is_refused() -> None:
    with pytest.raises(StoreError, match="UTF-8"):
        parse(b"m f=1 \xff", "s", 0)


def test_comments_and_empty_lines_are_passed_over() -> None:
    assert parse(b"# a comment\n\n   \n", "s", 0) == []
