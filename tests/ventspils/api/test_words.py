"""What pages need to know of the centre before they can draw."""

from typing import Any


def test_words_tell_languages_rules_and_what_is_usual_for_ports(town: Any) -> None:
    said = town.get("/words").json()
    assert said["languages"] == ["en", "lv"]
    assert said["rule_texts"]["lv"]["port_down"] == "ports {object} nedarbojas"
    assert said["port_rules"] == {"full_at_pct": 90.0, "errors_at_per_s": 1.0}
