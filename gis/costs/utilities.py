"""What clients lay in a street, and by which words a register calls it."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Utility(StrEnum):
    """What a client lays or makes, as far as its trench differs."""

    FIBRE = "fibre"
    POWER = "power"
    STREET_LIGHT = "street_light"
    GAS = "gas"
    WATER = "water"
    HEAT = "heat"
    SEWER = "sewer"
    STORM_SEWER = "storm_sewer"
    ROAD = "road"
    RESURFACING = "resurfacing"
    UNKNOWN = "unknown"

    @property
    def is_surface(self) -> bool:
        """Whether what it makes is a new surface, which lies over whatever else is in the ground."""
        return self in (Utility.ROAD, Utility.RESURFACING)


@dataclass(frozen=True)
class Laid:
    """
    What lies in a trench: `depth_m` is how deep its trench goes, `diameter_mm` its nominal diameter; None where nobody
    said so.
    """

    utility: Utility
    depth_m: float | None = None
    diameter_mm: float | None = None


# Parts of words in English, Latvian and German without accents; the first that a kind holds tells what it is, so that
# "storm water" and "waste water" stand before "water". Two utilities in one word (gas_water) are unknown.
_WORDS: tuple[tuple[Utility, tuple[str, ...]], ...] = (
    (Utility.UNKNOWN, ("gas water", "gas bzw", "water gas")),
    (Utility.FIBRE, ("kabelu kanaliz", "kabelkanal", "kabelschutzrohr", "cable duct")),
    (Utility.STREET_LIGHT, ("street light", "streetlight", "lighting", "apgaism", "beleuchtung")),
    (Utility.STORM_SEWER, ("storm", " rain", "lietus", "regen", "niederschlag", "drenaz", "surface water")),
    (
        Utility.RESURFACING,
        (
            "resurfac",
            "new surface",
            "repav",
            "overlay",
            "wearing course",
            "seguma atjauno",
            "segums",
            "virskart",
            "deckensan",
            "deckschicht",
            "deckenerneu",
            "fahrbahndecke",
        ),
    ),
    (Utility.HEAT, ("heat", "siltum", "warme", "waerme")),
    (
        Utility.SEWER,
        (
            "sewer",
            "sewage",
            "waste water",
            "wastewater",
            "foul",
            "kanaliz",
            "notekud",
            "kanalbau",
            "kanal",
            "abwasser",
            "schmutzwasser",
            "mischwasser",
            "drain",
        ),
    ),
    (Utility.POWER, ("power", "electric", "elektr", "strom", "energie")),
    (
        Utility.FIBRE,
        (
            "fibre",
            "fiber",
            "telecom",
            "telekom",
            "optic",
            "optisk",
            "optik",
            "broadband",
            "platjosla",
            "breitband",
            "glasfaser",
            "duct",
            "sakaru",
        ),
    ),
    (Utility.GAS, ("gas", "gaz")),
    (Utility.WATER, ("water", "udens", "wasser", "hydrant")),
    (
        Utility.ROAD,
        (
            "road",
            "street",
            "carriageway",
            "pavement",
            "iela",
            "ielu",
            "cels",
            "cela",
            "celu",
            "brauktuv",
            "strasse",
            "fahrbahn",
        ),
    ),
)


def utility_of(kind: str) -> Utility:
    """Return what a register's kind of dig lays, by its words in English, Latvian or German; else UNKNOWN."""
    plain = unicodedata.normalize("NFKD", kind.casefold().replace("_", " ").replace("-", " "))
    words = " " + "".join(letter for letter in plain if not unicodedata.combining(letter))
    return next((utility for utility, stems in _WORDS if any(stem in words for stem in stems)), Utility.UNKNOWN)
