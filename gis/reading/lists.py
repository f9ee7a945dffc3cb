"""
Works and needs as people write them: street, from which crossing or house to which, metres, year, condition.

Headings are understood in English and Latvian. What has no column of its own is kept in the note, so that nothing is
lost.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any  # cells

from gis.reading.numbers import number_of
from gis.reading.records import ReadingError, Record, Rejected, Repaired, Report, Source, ToPlace, text_of
from gis.reading.works import ReadWork
from gis.streets import Described, Gazetteer, UnplacedError, fold

_HEADINGS = {
    "id": ("id", "number", "nr", "numurs"),
    "title": ("title", "name", "nosaukums", "darbs"),
    "street": ("street", "iela", "adrese", "address", "place", "vieta"),
    "begin": ("from", "no", "no iela", "sakums", "from crossing", "sakot no"),
    "end": ("to", "lidz", "beigas", "to crossing"),
    "stretch": ("from to", "no lidz", "posms", "stretch", "section"),
    "metres": ("metres", "meters", "m", "length", "length m", "garums", "garums m", "metri"),
    "year": ("year", "gads"),
    "kind": ("kind", "what", "type", "veids", "kas"),
    "promoter": ("promoter", "client", "party", "pasutitajs"),
    "condition": ("condition", "remark", "nosacijums", "only if"),
    "starts_on": (
        "start",
        "start date",
        "starts on",
        "starts",
        "begin",
        "begins",
        "sakuma datums",
        "no datuma",
        "darbu sakums",
        "sakas",
        "beginn",
        "baubeginn",
        "startdatum",
    ),
    "ends_on": (
        "end date",
        "ends on",
        "ends",
        "end",
        "finish",
        "finish date",
        "finishes",
        "until",
        "beigu datums",
        "lidz datumam",
        "darbu beigas",
        "beidzas",
        "ende",
        "bauende",
        "enddatum",
    ),
    "earliest_on": ("earliest", "earliest on", "agrakais"),
    "optimum_on": ("optimum", "optimum on", "best", "velamais"),
    "latest_on": ("latest", "latest on", "velakais"),
    "moving_eur_per_month": ("moving eur per month", "cost of moving", "parcelsanas izmaksas"),
    "depth_m": ("depth", "depth m", "dzilums", "dzilums m"),
    "diameter_mm": ("diameter", "diameter mm", "dn", "diametrs", "diametrs mm", "dn mm", "nennweite", "durchmesser"),
    "contractor": ("contractor", "buvuznemejs"),
    "site_manager": ("site manager", "atbildigais buvdarbu vaditajs", "buvdarbu vaditajs"),
    "phone_24h": ("phone", "phone 24h", "24h phone", "talrunis"),
    "permit_number": ("permit", "permit number", "buvatlauja"),
    "project_number": ("project", "project number", "projekts"),
    "contact": ("contact", "kontakts"),
    "note": ("note", "notes", "piezimes", "piezime"),
}
_FIELD_OF = {fold(heading): field for field, headings in _HEADINGS.items() for heading in headings}
_DAYS = ("starts_on", "ends_on", "earliest_on", "optimum_on", "latest_on")
_ORDER = (
    ("starts_on", "ends_on"),
    ("earliest_on", "optimum_on"),
    ("optimum_on", "latest_on"),
    ("earliest_on", "latest_on"),
)
_TEXTS = ("condition", "contractor", "site_manager", "phone_24h", "permit_number", "project_number", "contact")
_NOTHING = ("-", "–", "—")  # as people leave a cell empty
_FIRST_YEAR, _LAST_YEAR = 1990, 2100


def read_list(source: Source, gazetteer: Gazetteer, *, promoter: str = "") -> tuple[list[ReadWork], Report]:
    """
    Return the works of a list, placed on streets where the words say for certain where; the others are to be placed by
    hand.

    Args:
        source: A table.
        gazetteer: The names of the town's streets.
        promoter: Whose list it is, where no column says so.

    Raises:
        ReadingError: no column tells the street.
    """
    names = _fields_of(source.heading)
    if "street" not in names.values():
        raise ReadingError(
            "The table has no column for the street; known headings are street, from, to, metres, year, kind, "
            "client, condition."
        )
    report = Report(read=len(source.records), notes=list(source.notes))
    if strangers := [heading for heading, field in names.items() if field is None]:
        report.notes.append(f"Columns without a place of their own are kept in the note: {', '.join(strangers)}.")
    works, seen = [], set[str]()
    for record in source.records:
        told = text_of(record.fields.get(next((h for h, f in names.items() if f == "id"), "")))
        try:
            if told is not None and told in seen:
                raise ReadingError(f"the id {told!r} is there twice")
            work = replace(_read_row(record, names, promoter), told=_told(names, promoter))
        except ReadingError as error:
            report.rejected.append(Rejected(record.row, told, str(error)))
            continue
        seen.add(told or "")
        works.append(_place(work, gazetteer, report))
    report.accepted = len(works)
    return works, report


def _fields_of(headings: Sequence[str]) -> dict[str, str | None]:
    """
    Return the field of each heading. `No` is "from" in Latvian, beside a heading for "to", and a
    number in English.
    """
    folded = {heading: fold(heading) for heading in headings}
    fields = {heading: _FIELD_OF.get(name) for heading, name in folded.items()}
    if "end" not in fields.values():
        fields |= {heading: "id" for heading, name in folded.items() if name == "no"}
    taken: set[str | None] = set()
    for heading, field in fields.items():
        if field in taken:
            fields[heading] = None  # of two columns for one thing the second goes into the note
        taken.add(field)
    return fields


def _told(names: Mapping[str, str | None], promoter: str) -> frozenset[str]:
    """Return which columns of the register a list speaks of; what it does not speak of stays as somebody entered it."""
    told = {field for field in names.values() if field is not None} | {"place", "shape"}
    if "year" in told:
        told |= {"earliest_on", "latest_on"}
    if promoter:
        told.add("promoter")
    if None in names.values():
        told.add("note")
    return frozenset(told)


def _place(work: ReadWork, gazetteer: Gazetteer, report: Report) -> ReadWork:
    assert work.described is not None
    try:
        placed = gazetteer.place(work.described)
    except UnplacedError as error:
        report.to_place.append(ToPlace(work.row, work.id, str(error)))
        return replace(work, unplaced=str(error))
    report.repaired += [Repaired(work.row, work.id, note) for note in placed.notes]
    return replace(work, shape=placed.shape)


def _read_row(record: Record, names: Mapping[str, str | None], promoter: str) -> ReadWork:
    found, rest = _cells(record, names)
    if "street" not in found:
        raise ReadingError("it names no street")
    days = {name: day_of(found[name], name) if name in found else None for name in _DAYS}
    if "year" in found:
        first, last = _years(found["year"])
        days["earliest_on"] = days["earliest_on"] or date(first, 1, 1)
        days["latest_on"] = days["latest_on"] or date(last, 12, 31)
    _check_order(days)
    begin, end = _ends(found)
    facts: dict[str, Any] = {name: found.get(name, "") for name in _TEXTS}
    facts |= {name: days[name] for name in ("earliest_on", "optimum_on", "latest_on")}
    facts |= {
        name: number_of(found[name], name) if name in found else None
        for name in ("moving_eur_per_month", "depth_m", "diameter_mm")
    }
    metres = number_of(found["metres"], "metres") if "metres" in found else None
    title = found.get("title") or " ".join(
        part for part in (found["street"], f"{begin} – {end}" if begin and end else "") if part
    )
    return ReadWork(
        record.row,
        found.get("id"),
        title,
        found.get("kind", "other"),
        found.get("promoter", promoter),
        days["starts_on"],
        days["ends_on"],
        "; ".join([*([found["note"]] if "note" in found else []), *rest]),
        None,
        facts,
        Described(found["street"], begin, end, metres),
    )


def _cells(record: Record, names: Mapping[str, str | None]) -> tuple[dict[str, str], list[str]]:
    """Return what the cells of a row say, by our names; and those of other headings with them."""
    found: dict[str, str] = {}
    rest: list[str] = []
    for heading, cell in record.fields.items():
        text = text_of(cell)
        if text is None or text in _NOTHING:
            continue
        field = names.get(heading)
        if field is None:
            rest.append(f"{heading}: {text}")
        else:
            found[field] = text
    return found, rest


def _ends(found: Mapping[str, str]) -> tuple[str, str]:
    if "stretch" in found and "begin" not in found:
        parts = [part.strip() for part in re.split(r"\s[-–—]\s|\s*[–—]\s*", found["stretch"]) if part.strip()]
        if len(parts) == 2:
            return parts[0], parts[1]
        return found["stretch"], ""
    return found.get("begin", ""), found.get("end", "")


def _check_order(days: Mapping[str, date | None]) -> None:
    for first, second in _ORDER:
        before, after = days[first], days[second]
        if before and after and after < before:
            raise ReadingError(f"its {second} {after} lies before its {first} {before}")


def _years(text: str) -> tuple[int, int]:
    years = [int(year) for year in re.findall(r"\d{4}", text)]
    if not 1 <= len(years) <= 2 or not all(_FIRST_YEAR <= year <= _LAST_YEAR for year in years):
        raise ReadingError(f"its year {text[:40]!r} is none from {_FIRST_YEAR} to {_LAST_YEAR}")
    if years[-1] < years[0]:
        raise ReadingError(f"its years {text[:40]!r} run backwards")
    return years[0], years[-1]


def day_of(text: str, what: str) -> date:
    """
    Return a day as people write it: 2027-06-30, or 30.06.2027 as in Latvia.

    Raises:
        ReadingError: it is neither.
    """
    text = text.strip().rstrip(".")
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            day = datetime.strptime(text[:10], pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if _FIRST_YEAR <= day.year <= _LAST_YEAR:
            return day
        raise ReadingError(f"its {what} {text[:40]!r} lies outside {_FIRST_YEAR} to {_LAST_YEAR}")
    raise ReadingError(f"its {what} {text[:40]!r} is no date like 2027-06-30 or 30.06.2027")
