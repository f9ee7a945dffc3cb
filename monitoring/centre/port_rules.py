"""Port policies: what may stand in one."""

import re
from datetime import time

from ventspils.core.errors import UsageError

_MOST_REPEATS = 3


def check_policy(pattern: str, mode: str, hours: str | None) -> None:
    """
    Refuse a policy that collectors could not use.

    Raises:
        UsageError: a pattern that is no regular expression, or hours that do not fit the mode.
    """
    try:
        re.compile(pattern)
    except re.error as error:
        raise UsageError(f"Pattern {pattern!r} is not a regular expression: {error}.") from None
    if re.search(r"(?<!\\)\)[*+{]", pattern) or len(re.findall(r"(?<!\\)[*+{]", pattern)) > _MOST_REPEATS:
        raise UsageError(
            f"Pattern {pattern!r} repeats a group, or repeats more than {_MOST_REPEATS} times; such a one could "
            f"take for ever."
        )
    if (mode == "hours") != (hours is not None):
        raise UsageError("Hours belong to the mode `hours`, and only to it.")
    if hours is not None:
        try:
            first, last = map(time.fromisoformat, hours.split("-"))
        except ValueError:
            raise UsageError(f"Hours {hours!r}: write HH:MM-HH:MM.") from None
        if first == last:
            raise UsageError("The hours begin and end at the same time; use the mode always or never.")
