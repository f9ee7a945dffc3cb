"""What may stand in a port policy."""

import pytest

from monitoring.centre.port_rules import check_policy
from ventspils.core.errors import UsageError


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(x{2,}){3,}", "a.*b.*c.*d.*e"])
def test_patterns_that_could_take_for_ever_are_refused(pattern: str) -> None:
    with pytest.raises(UsageError, match="for ever"):
        check_policy(pattern, "always", None)


@pytest.mark.parametrize("pattern", ["uplink|trunk", r"^Gi\d+/48$", "room (7|8)", r"a\+b", "x.*y"])
def test_usual_patterns_are_taken(pattern: str) -> None:
    check_policy(pattern, "always", None)
