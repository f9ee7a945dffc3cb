"""The log of changes over HTTP."""

from typing import Any

from tests.ventspils.accounts import PASSWORD, sign_in


def test_every_change_is_in_the_audit_log_and_no_secret_is(anna: Any) -> None:
    anna.post("/agencies", {"name": "School 1"})
    anna.post("/credentials", {"name": "ro", "community": "very-secret-community"})
    sign_in(anna)
    entries = anna.get("/audit").json()["items"]
    assert [e["what"] for e in reversed(entries)] == [
        "person added",
        "password set",
        "agency added",
        "credential added",
        "signed in",
    ]
    text = str(entries)
    assert PASSWORD not in text
    assert "very-secret" not in text
    assert anna.get("/audit/verified").json()["entries"] == 5
