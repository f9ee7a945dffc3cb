"""What the centre says of itself is asked once, and a centre that does not answer is asked again."""

from collections.abc import Iterator
from typing import Any

import pytest

from dashboard import centre_words
from dashboard.api_client import UnreachableError

SAID = {
    "languages": ["en"],
    "rule_texts": {"en": {"port_down": "port {object} is down"}},
    "port_rules": {"full_at_pct": 90.0, "errors_at_per_s": 1.0},
}


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    centre_words.centre_words.cache_clear()
    yield
    centre_words.centre_words.cache_clear()


def test_the_centre_is_asked_again_only_after_it_did_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def load(path: str) -> Any:
        asked.append(path)
        if len(asked) == 1:
            raise UnreachableError
        return SAID

    monkeypatch.setattr(centre_words, "load", load)
    with pytest.raises(UnreachableError):
        centre_words.centre_words()
    assert centre_words.centre_words() == centre_words.centre_words()
    assert centre_words.centre_words().full_at_pct == 90.0
    assert asked == ["/words", "/words"]
