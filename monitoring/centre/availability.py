"""
How much of a month something was there.

availability = 1 - (seconds it was gone, outside maintenance) / (seconds of the span, outside maintenance); seconds
without data count as neither. Half-open spans of seconds since 1970; plain arithmetic on sets of them.
"""

from collections.abc import Iterable

Span = tuple[float, float]


def merge(spans: Iterable[Span]) -> list[Span]:
    """Return the same seconds as spans in order that do not touch."""
    merged: list[Span] = []
    for start, stop in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop))
        else:
            merged.append((start, stop))
    return merged


def clip(spans: Iterable[Span], within: Span) -> list[Span]:
    """Return what of spans lies within another."""
    return merge((max(start, within[0]), min(stop, within[1])) for start, stop in spans)


def subtract(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """Return the seconds that lie in the first spans and in none of the others."""
    left = merge(spans)
    for taken_start, taken_stop in merge(others):
        left = [
            part
            for start, stop in left
            for part in ((start, min(stop, taken_start)), (max(start, taken_stop), stop))
            if part[0] < part[1]
        ]
    return left


def total_s(spans: Iterable[Span]) -> float:
    """Return how many seconds spans hold."""
    return sum(stop - start for start, stop in merge(spans))


def availability(span: Span, gone: Iterable[Span], maintained: Iterable[Span], unknown: Iterable[Span]) -> float | None:
    """Return the share of a span in which something was there, from 0 to 1; None where nothing of the span counts."""
    counted = subtract([span], [*maintained, *unknown])
    whole_s = total_s(counted)
    if whole_s <= 0:
        return None
    gone_s = whole_s - total_s(subtract(counted, gone))
    return 1 - gone_s / whole_s
