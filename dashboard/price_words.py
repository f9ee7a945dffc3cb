"""Prices and what the money of a trench goes into, in people's words."""

from dashboard.dig_words import kind_word
from dashboard.i18n import _


def price_word(code: str) -> str:
    """Return a parameter in people's words; one that has none stays a code."""
    about, _dot, what = code.partition(".")
    of_each = {
        "cover": _("cover: {what}"), "diameter": _("usual diameter: {what}"), "distance": _("distance kept: {what}"),
        "pipe": _("pipe or cable: {what}"),
    }  # fmt: skip
    if about in of_each:
        return of_each[about].format(what=_("what nobody said") if what == "unknown" else kind_word(what))
    return (_trench_words() | _other_words()).get(code, code)


def _trench_words() -> dict[str, str]:
    return {
        "surface.carriageway_asphalt": _("asphalt over a trench"), "surface.footway_paved": _("paving over a trench"),
        "surface.verge_soft": _("grass or soil over a trench"),
        "surface.road_reconstruction": _("carriageway made anew"),
        "surface.cut_back": _("surface cut back beside a trench"),
        "surface.cut_back_deep": _("surface cut back beside a deep trench"),
        "soil.to_1_25": _("soil down to 1.25 m"), "soil.to_1_75": _("soil from 1.25 to 1.75 m"),
        "soil.to_4": _("soil from 1.75 to 4 m"), "soil.beyond_4": _("soil below 4 m"),
        "soil.disposal": _("soil carried away"), "shoring.wall": _("shoring of a wall"),
        "bed.material": _("sand or gravel around a line"), "bed.below": _("bed below a line"),
        "bed.above_pipe": _("surround above a pipe"), "bed.above_cable": _("sand above a cable"),
        "crossing": _("a line that crosses the trench"), "crossing.per_100_m": _("crossing lines"),
        "site.overhead": _("site overhead"), "frost.depth": _("depth of frost"),
        "frost.clearance": _("water pipe below frost"), "road.depth": _("depth of a carriageway made anew"),
        "width.carriageway": _("width of a carriageway"), "width.footway": _("width of a footway"),
    }  # fmt: skip


def _other_words() -> dict[str, str]:
    return {
        "trench.carriageway_asphalt": _("whole trench of a duct in asphalt"),
        "trench.footway_paved": _("whole trench of a duct in a paved footway"),
        "trench.verge_soft": _("whole trench of a duct in grass or soil"), "plough.soft": _("ducts ploughed in"),
        "trench.micro": _("narrow trench"),
        "drill.hdd": _("horizontal drilling"), "cable.existing_duct": _("cable pulled into a free duct"),
        "joint.coordination_fixed": _("coordination of one joint dig"),
        "duct.microduct_bundle": _("duct, material"),
        "duct.depth": _("how deep a duct lies"),
        "cable.fibre_96": _("cable of 96 fibres, material"), "handhole": _("cable chamber"),
        "handhole.spacing": _("distance between cable chambers"), "building_entry": _("entry into a building"),
        "cabinet": _("cabinet"),
        "pavement.life_loss_carriageway": _("life that a cut costs a carriageway"),
        "pavement.life_loss_footway": _("life that a cut costs a footway"),
        "pavement.charge_carriageway": _("charge for a cut carriageway"),
        "pavement.charge_footway": _("charge for a cut footway"),
        "pavement.resurfacing": _("new surface"), "moratorium.after_resurfacing": _("protection of a new surface"),
        "moratorium.break_penalty": _("charge for breaking a protection"),
        "disruption.full_closure_day": _("a day of a closed street (beside the money)"),
        "slip.probability_month": _("digs that slip in a month"), "discount_rate": _("discount rate"),
    }  # fmt: skip


def part_word(part: str) -> str:
    """Return what the money of a trench goes into in people's words."""
    return {
        "surface": _("surface"), "soil": _("soil"), "shoring": _("shoring"), "bed": _("bed and surround"),
        "disposal": _("soil carried away"), "crossings": _("crossing lines"), "overhead": _("site overhead"),
        "pipe": _("pipe, cable or duct"),
    }[part]  # fmt: skip


def surface_word(surface: str) -> str:
    """Return what a street is made of in people's words."""
    return {
        "carriageway_asphalt": _("asphalt carriageway"), "footway_paved": _("paved footway"),
        "verge_soft": _("grass or soil"),
    }[surface]  # fmt: skip
