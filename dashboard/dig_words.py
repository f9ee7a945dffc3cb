"""Codes of the digging half in people's words: sorts, stages, kinds, what sums rest on, how digs are called."""

from collections.abc import Mapping

from dashboard.api_client import Json
from dashboard.i18n import _, euro

SORTS = ("work", "need", "request")
STAGES = ("idea", "planned", "tendered", "contracted", "done", "cancelled")
KINDS = (
    "water", "sewer", "storm_sewer", "heat", "power", "street_light", "gas", "road", "resurfacing", "fibre", "telecom",
    "other",
)  # fmt: skip


def sort_word(sort: str) -> str:
    """Return a sort of dig in people's words."""
    return {"work": _("digs"), "need": _("requests"), "request": _("dig permits asked for")}[sort]


def stage_word(stage: str) -> str:
    """Return a stage in people's words."""
    return {
        "idea": _("idea"), "planned": _("planned"), "tendered": _("tendered"), "contracted": _("contracted"),
        "done": _("done"),
        "cancelled": _("cancelled"),
    }[stage]  # fmt: skip


def status_word(status: str) -> str:
    """Return how a dig stands in people's words."""
    return {
        "done": _("finished"), "cancelled": _("cancelled"), "under_way": _("under way"),
        "overdue": _("should have begun"),
        "to_come": _("to come"), "idea": _("idea"), "unknown": _("no dates"),
    }[status]  # fmt: skip


def kind_word(kind: str) -> str:
    """Return a kind of dig in people's words; one of somebody's own stays as it is."""
    words = {
        "water": _("water"), "sewer": _("sewer"), "heat": _("heating"), "power": _("power"), "gas": _("gas"),
        "road": _("road"), "storm_sewer": _("storm water"), "street_light": _("street lighting"),
        "resurfacing": _("new surface"), "fibre": _("fibre"), "telecom": _("telecoms"),
        "emergency": _("emergency"), "other": _("other"),
    }  # fmt: skip
    return words.get(kind, kind)


def fact_word(fact: str) -> str:
    """Return a fact that is to be published of a dig in people's words."""
    return {
        "location": _("place"), "kind": _("kind"), "network_elements": _("what is laid"), "starts_on": _("start"),
        "ends_on": _("end"),
        "permit_request_on": _("when a permit is asked for"), "contact": _("contact"),
    }[fact]  # fmt: skip


def basis_word(basis: str) -> str:
    """Return what a price rests on in people's words."""
    return {
        "invoice": _("invoice"),
        "contract": _("contract"),
        "published": _("published price"),
        "derived": _("derived"),
        "assumption": _("assumption"),
    }[basis]


def rests_on(basis: Mapping[str, float]) -> str:
    """Return what a sum rests on as one line, the largest share first."""
    parts = sorted(basis.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{round(100 * share)} % {basis_word(name)}" for name, share in parts)


def title_of(work: Json) -> str:
    """Return what a dig is called."""
    return str(work["title"] or work["external_id"])


def euro_range(low: float, mid: float, high: float) -> str:
    """Return money as a range: the likely sum, and from cautious to optimistic; a sum that is certain stands alone."""
    if low == mid == high:
        return euro(mid)
    return _("{mid} ({low} to {high})").format(mid=euro(mid), low=euro(low), high=euro(high))


def ledger_stage_word(stage: str) -> str:
    """Return a stage of the ledger in people's words."""
    return {"planned": _("plan"), "agreed": _("contract"), "realised": _("fact"), "missed": _("missed")}[stage]
