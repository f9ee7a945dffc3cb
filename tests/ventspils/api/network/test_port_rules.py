"""Port policies over HTTP."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"pattern": "(", "mode": "always"}, "not a regular expression"),
        ({"pattern": "a", "mode": "hours"}, "Hours belong"),
        ({"pattern": "a", "mode": "never", "hours": "07:00-19:00"}, "Hours belong"),
        ({"pattern": "a", "mode": "hours", "hours": "7-19"}, "HH:MM-HH:MM"),
        ({"pattern": "a", "mode": "hours", "hours": "07:00-07:00"}, "same time"),
        ({"pattern": "a", "mode": "sometimes"}, "mode"),
        ({"pattern": "a", "mode": "never", "errors_at_per_s": 0}, "errors_at_per_s"),
        ({"pattern": "a", "mode": "never", "device": "core", "kind": "switch"}, "not both"),
    ],
)
def test_a_policy_that_cannot_be_is_refused(town: Any, body: dict[str, str], words: str) -> None:
    response = town.post("/port-policies", body)
    assert response.status_code == 422
    assert words in response.json()["detail"]
