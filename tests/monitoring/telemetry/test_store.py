"""One suite for every store: the embedded one and a real InfluxDB 2 must answer alike."""

import math
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from monitoring.errors import StoreError
from monitoring.telemetry.duck import DuckStore
from monitoring.telemetry.influx import InfluxStore
from monitoring.telemetry.store import Selection, TelemetryStore, percentile, series
from monitoring.telemetry.writer import Destination

NOW_S = int(time.time()) // 60 * 60


@dataclass
class Case:
    store: TelemetryStore
    bucket: str

    def write(self, *lines: str, precision: str = "s") -> None:
        self.store.write(self.bucket, "\n".join(lines).encode(), precision)

    def refusal(self, *lines: str, precision: str = "s") -> StoreError:
        with pytest.raises(StoreError) as raised:
            self.write(*lines, precision=precision)
        return raised.value

    def points(
        self, field: str, measurement: str = "m", **tags: str
    ) -> list[tuple[dict[str, str], list[tuple[int, float]]]]:
        selection = Selection(self.bucket, measurement, field, NOW_S - 7200, NOW_S + 7200, tags)
        return [
            (dict(s.tags), list(zip(s.times_s.tolist(), s.values.tolist(), strict=True)))
            for s in self.store.points(selection)
        ]


@pytest.fixture(params=["embedded", pytest.param("influxdb", marks=pytest.mark.peer)])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    store: TelemetryStore
    if request.param == "embedded":
        store = DuckStore(tmp_path)
    else:
        server = request.getfixturevalue("influxd")
        store = InfluxStore(Destination(server.url, SecretStr(server.token), server.org, ""))
    bucket = f"b{uuid.uuid4().hex[:8]}"
    store.ensure_bucket(bucket, 0)
    yield Case(store, bucket)
    store.close()


def test_points_come_back_by_series_in_order_of_time(case: Case) -> None:
    case.write(f"m,a=2 f=3 {NOW_S}", f"m,a=1 f=2 {NOW_S + 60}", f"m,a=1 f=1 {NOW_S}")
    assert case.points("f") == [({"a": "1"}, [(NOW_S, 1.0), (NOW_S + 60, 2.0)]), ({"a": "2"}, [(NOW_S, 3.0)])]


def test_fields_of_two_writes_to_one_point_are_united(case: Case) -> None:
    case.write(f"m,a=1 f=1,g=5 {NOW_S}")
    case.write(f"m,a=1 f=2,h=7i {NOW_S}")
    found = case.store.latest(case.bucket, "m", ["f", "g", "h"], since_s=NOW_S - 60, tags={})
    assert [dict(x.fields) for x in found] == [{"f": 2.0, "g": 5.0, "h": 7}]


def test_a_resend_changes_nothing(case: Case) -> None:
    for _ in range(3):
        case.write(f"m,a=1 f=1 {NOW_S}", f"m,a=1 f=2 {NOW_S + 60}")
    assert case.points("f") == [({"a": "1"}, [(NOW_S, 1.0), (NOW_S + 60, 2.0)])]


def test_the_later_of_two_equal_points_in_one_body_wins(case: Case) -> None:
    case.write(f"m f=1 {NOW_S}", f"m f=2 {NOW_S}")
    assert case.points("f") == [({}, [(NOW_S, 2.0)])]


def test_the_later_line_wins_however_differently_the_two_are_written(case: Case) -> None:
    case.write(f'm s="x",f=1 {NOW_S}', f"m f=2 {NOW_S}")
    assert case.points("f") == [({}, [(NOW_S, 2.0)])]


def test_the_order_of_tags_does_not_make_another_series(case: Case) -> None:
    case.write(f"m,a=1,b=2 f=1 {NOW_S}", f"m,b=2,a=1 f=3 {NOW_S + 60}")
    assert case.points("f") == [({"a": "1", "b": "2"}, [(NOW_S, 1.0), (NOW_S + 60, 3.0)])]


def test_a_field_type_conflict_drops_the_point_and_stores_the_rest(case: Case) -> None:
    case.write(f"m,a=1 f=1 {NOW_S}")
    refusal = case.refusal(f"m,a=1 f=2i {NOW_S + 60}", f"m,a=2 f=3 {NOW_S + 60}")
    assert refusal.status == 422
    assert "field type conflict" in str(refusal)
    assert case.points("f") == [({"a": "1"}, [(NOW_S, 1.0)]), ({"a": "2"}, [(NOW_S + 60, 3.0)])]


@pytest.mark.parametrize(
    "line",
    ["m,a=1 f= {t}", "m,a=1 {t}", "m f=NaN {t}", "m f=Inf {t}", "m f=1 abc", ",a=1 f=1 {t}", "m,a= f=1 {t}",
        "m,a=1,a=2 f=1 {t}",
     "m,_field=2 f=1 {t}", "m f=9223372036854775808i {t}", 'm f="open {t}', "m f=1 99999999999", "m f=0x1 {t}",
     "m f=1i2 {t}"],
)  # fmt: skip
def test_a_body_with_an_unreadable_line_is_refused_whole(case: Case, line: str) -> None:
    refusal = case.refusal(f"m,a=9 f=1 {NOW_S}", line.format(t=NOW_S), f"m,a=8 f=1 {NOW_S}")
    assert refusal.status == 400
    assert case.points("f") == []


@pytest.mark.parametrize(("precision", "factor"), [("s", 1), ("ms", 1000), ("us", 10**6), ("ns", 10**9)])
def test_every_precision_means_the_same_moment(case: Case, precision: str, factor: int) -> None:
    case.write(f"m f=1 {NOW_S * factor}", precision=precision)
    assert case.points("f") == [({}, [(NOW_S, 1.0)])]


def test_an_unknown_precision_is_refused(case: Case) -> None:
    assert case.refusal("m f=1 1", precision="h").status == 400


def test_a_missing_bucket_is_not_found(case: Case) -> None:
    with pytest.raises(StoreError) as raised:
        case.store.write("nowhere", b"m f=1", "s")
    assert raised.value.status == 404


def test_points_beyond_retention_are_dropped_and_the_rest_stored(case: Case) -> None:
    case.store.ensure_bucket(case.bucket, 3600 * 24)
    refusal = case.refusal(f"m f=1 {NOW_S - 3 * 86400}", f"m f=2 {NOW_S}")
    assert refusal.status == 422
    assert case.points("f") == [({}, [(NOW_S, 2.0)])]


def test_every_field_type_comes_back_as_it_went_in(case: Case) -> None:
    case.write(f'm i=-3i,f=2.5,s="a \\"b\\" \\\\c, d=e",b=true,big=9223372036854775807i {NOW_S}')
    found = case.store.latest(case.bucket, "m", ["i", "f", "s", "b", "big"], since_s=NOW_S - 60, tags={})
    assert dict(found[0].fields) == {"i": -3, "f": 2.5, "s": 'a "b" \\c, d=e', "b": True, "big": 2**63 - 1}


def test_escaped_names_are_read_as_meant(case: Case) -> None:
    case.write(f"my\\ m\\,x,tag\\ one=a\\=b\\,c\\ d f\\ 1=5 {NOW_S}")
    assert case.points("f 1", "my m,x") == [({"tag one": "a=b,c d"}, [(NOW_S, 5.0)])]


def test_hostile_tag_values_in_a_question_stay_text(case: Case) -> None:
    case.write(f"m,a=1 f=1 {NOW_S}")
    assert case.points("f", a='1" or true) |> yield() //') == []
    assert case.points("f", a="1' OR '1'='1") == []


def test_tags_choose_series(case: Case) -> None:
    case.write(f"m,a=1,b=x f=1 {NOW_S}", f"m,a=2,b=x f=2 {NOW_S}")
    assert case.points("f", a="2") == [({"a": "2", "b": "x"}, [(NOW_S, 2.0)])]


def test_a_gap_stays_a_gap(case: Case) -> None:
    case.write(f"m f=1 {NOW_S}", f"m f=3 {NOW_S + 30}", f"m f=5 {NOW_S + 120}")
    found = series(case.store, Selection(case.bucket, "m", "f", NOW_S, NOW_S + 180), every_s=60)
    first, second, third = found[0].values.tolist()
    assert (first, third) == (2.0, 5.0)
    assert math.isnan(second)


def test_the_percentile_is_the_value_of_nearest_rank(case: Case) -> None:
    case.write(*(f"m f={value} {NOW_S + second}" for second, value in enumerate((15, 20, 35, 40, 50))))
    selection = Selection(case.bucket, "m", "f", NOW_S, NOW_S + 60)
    # The worked example of the nearest-rank method: ordered list 15, 20, 35, 40, 50.
    assert [percentile(case.store, selection, percent=p)[0][1] for p in (5, 30, 40, 50, 100)] == [15, 20, 20, 35, 50]


def test_what_was_never_written_is_an_empty_answer(case: Case) -> None:
    assert case.points("f") == []
    assert list(case.store.latest(case.bucket, "m", ["f"], since_s=NOW_S, tags={})) == []
    assert percentile(case.store, Selection(case.bucket, "m", "f", 0, NOW_S), percent=95) == []


def test_a_line_without_time_gets_the_present(case: Case) -> None:
    case.write("m f=1")
    ((_, [(time_s, value)]),) = case.points("f")
    assert value == 1.0
    assert abs(time_s - time.time()) < 60
