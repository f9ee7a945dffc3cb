"""Numbers of lists and feeds as people write them."""

import re

from gis.reading.records import ReadingError

# Numbers by their fields: how sentences call them, and the most that each can be.
NUMBERS = {
    "moving_eur_per_month": ("cost of moving", 10**9), "depth_m": ("depth", 100), "diameter_mm": ("diameter", 5000),
    "metres": ("length", 10**7),
}  # fmt: skip
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(mm|cm|m)?", re.ASCII)
_METRES = {"mm": 0.001, "cm": 0.01, "m": 1.0}
_WALL = re.compile(r"^(?:DN/OD|DN|OD|DE|NW|Ø|D)|[x×*].*$", re.IGNORECASE)  # DN 150, d110x6.6


def number_of(text: str, name: str) -> float:
    """
    Return one of `NUMBERS` as people write it, with a point or a comma and perhaps its unit behind it: m, cm, mm, € or
    EUR; a diameter also as DN 150 or d110x6.6.

    Raises:
        ReadingError: it is no number, or cannot be what its name says.
    """
    what, most = NUMBERS[name]
    plain = re.sub(r"[\s\u00a0]|€|EUR", "", text).replace(",", ".")
    read = _NUMBER.fullmatch(_WALL.sub("", plain) if name == "diameter_mm" else plain)
    if read is None:
        raise ReadingError(f"its {what} {text[:40]!r} is no number")
    own = "mm" if name == "diameter_mm" else "m"
    number = float(read[1]) if read[2] in (None, own) else float(read[1]) * _METRES[read[2]] / _METRES[own]
    if not 0 <= number <= most:
        raise ReadingError(f"its {what} {text[:40]!r} is none from 0 to {most:,}")
    return number
