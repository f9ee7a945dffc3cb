"""Credentials over HTTP."""

from typing import Any


def test_a_community_is_never_given_back(town: Any) -> None:
    for path in ("/credentials", "/devices", "/agencies", "/collectors", "/conditions"):
        assert "very-secret" not in town.get(path).text
    files = [f for f in town.centre.home.path.rglob("*") if f.is_file()]
    assert files
    assert not [f for f in files if b"very-secret-community" in f.read_bytes()]
