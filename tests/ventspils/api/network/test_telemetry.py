"""Measured points over HTTP: written as InfluxDB takes them, asked for, refused."""

import gzip
import time
from typing import Any

import pytest

NOW_S = int(time.time()) // 60 * 60


PATH = "/api/v2/write?org=ventspils&bucket=raw&precision=s"


def test_what_is_written_is_found_again(api: Any) -> None:
    assert api.call("POST", PATH, content=f"interface,ifName=a in_bps=8 {NOW_S}").status_code == 204
    params = {"measurement": "interface", "field": "in_bps", "start_s": NOW_S, "stop_s": NOW_S + 180, "every_s": 60}
    (item,) = api.get("/telemetry/series", params=params).json()["items"]
    assert item == {"tags": {"ifName": "a"}, "start_s": NOW_S, "every_s": 60, "values": [8.0, None, None]}
    found = api.get("/telemetry/percentile", params=params | {"percent": 95}).json()
    assert found["items"] == [{"tags": {"ifName": "a"}, "value": 8.0}]
    newest = api.get(
        "/telemetry/latest", params={"measurement": "interface", "field": ["in_bps"], "since_s": NOW_S}
    ).json()
    assert newest["items"] == [{"tags": {"ifName": "a"}, "time_s": NOW_S, "fields": {"in_bps": 8.0}}]


def test_gzip_is_taken_in_one_or_several_members(api: Any) -> None:
    body = gzip.compress(f"m f=1 {NOW_S}\n".encode()) + gzip.compress(f"m f=2 {NOW_S + 60}\n".encode())
    assert api.call("POST", PATH, content=body, headers={"Content-Encoding": "gzip"}).status_code == 204


# The same answers as InfluxDB 2.9 gives, but for what is no gzip, which that answers with 500.
@pytest.mark.parametrize(
    ("path", "content", "headers", "status", "code"),
    [
        (PATH, "m f=", {}, 400, "invalid"),
        (PATH.replace("=s", "=h"), "m f=1", {}, 400, "invalid"),
        (PATH.replace("raw", "nowhere"), "m f=1", {}, 404, "not found"),
        (PATH.replace("ventspils", "other"), "m f=1", {}, 404, "not found"),
        ("/api/v2/write?org=ventspils", "m f=1", {}, 404, "not found"),
        (PATH, "m f=1 1000000", {}, 422, "unprocessable entity"),
        (PATH, "not gzip", {"Content-Encoding": "gzip"}, 400, "invalid"),
        (PATH, gzip.compress(b"m f=1")[:-9], {"Content-Encoding": "gzip"}, 400, "invalid"),
    ],
    ids=["unreadable", "precision", "bucket", "organisation", "no bucket", "beyond retention", "no gzip", "cut gzip"],
)
def test_refusals_speak_as_influxdb_does(
    api: Any, path: str, content: Any, headers: dict[str, str], status: int, code: str
) -> None:
    response = api.call("POST", path, content=content, headers=headers)
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_a_gzip_bomb_is_refused(api: Any) -> None:
    bomb = gzip.compress(b"\0" * (80 << 20))
    assert len(bomb) < 200_000
    response = api.call("POST", PATH, content=bomb, headers={"Content-Encoding": "gzip"})
    assert response.status_code == 413


@pytest.mark.parametrize(
    ("path", "params", "words"),
    [
        ("series", {"start_s": 10, "stop_s": 5, "every_s": 60}, "before"),
        ("series", {"start_s": 0, "stop_s": 10**9, "every_s": 1}, "intervals"),
        ("series", {"start_s": 0, "stop_s": 5, "every_s": 0}, "every_s"),
        ("percentile", {"start_s": 0, "stop_s": 5, "percent": 101}, "percent"),
        ("percentile", {"start_s": 0, "stop_s": 5, "tag": "x"}, "name=value"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_with_one_sentence(
    api: Any, path: str, params: dict[str, Any], words: str
) -> None:
    response = api.get(f"/telemetry/{path}", params={"measurement": "m", "field": "f"} | params)
    assert response.status_code == 422
    assert words in response.json()["detail"]


@pytest.mark.parametrize("change", ["every_s=4973329224003091448201216", "start_s=-5", "stop_s=99999999999999999999"])
def test_times_that_no_clock_shows_are_refused(api: Any, change: str) -> None:
    good = {"measurement": "m", "field": "f", "start_s": "0", "stop_s": "100", "every_s": "10"}
    name, value = change.split("=")
    assert api.get("/telemetry/series", params=good).status_code == 200
    assert api.get("/telemetry/series", params=good | {name: value}).status_code == 422
