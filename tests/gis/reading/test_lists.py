"""
Works as people write them: the announced list of a water company, read, placed, and what cannot be kept to be placed.
"""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from gis.reading.lists import read_list
from gis.reading.records import ReadingError
from gis.reading.tables import read_table
from gis.streets.geocoding import Gazetteer
from gis.streets.graph import Streets, build_graph


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    """Ostas iela between Jāņa iela and Dārza iela is 270 m long."""
    lines = [
        ("Ostas iela", [(0, 0), (100, 0), (370, 0), (400, 0)]),
        ("Jāņa iela", [(100, 0), (100, 90)]),
        ("Dārza iela", [(370, 0), (370, 90)]),
    ]
    graph = build_graph(np.array([shapely.LineString(points) for _, points in lines], np.object_))
    names = [lines[source][0] for source in graph.sources.tolist()]
    return Gazetteer(Streets(graph, names, [""] * 5, [""] * 5, np.zeros(5, np.bool_)))


def read(tmp_path: Path, gazetteer: Gazetteer, text: str | bytes, name: str = "list.csv") -> Any:
    file = tmp_path / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_list(read_table(file), gazetteer, promoter="ŪDEKA")


def test_a_row_becomes_a_work_on_the_streets(tmp_path: Path, gazetteer: Gazetteer) -> None:
    heading = "street,from,to,metres,year,kind,condition\n"
    text = heading + "Ostas iela,Jāņa iela,Dārza iela,270,2027,water,only if the port builds its road\n"
    (work,), report = read(tmp_path, gazetteer, text)
    assert work.shape.bounds == (100, 0, 370, 0)
    assert (work.kind, work.promoter, work.title) == ("water", "ŪDEKA", "Ostas iela Jāņa iela – Dārza iela")
    assert work.starts_on is None  # only the year is known, and no day is made up
    assert (work.facts["earliest_on"], work.facts["latest_on"]) == (date(2027, 1, 1), date(2027, 12, 31))
    assert work.facts["condition"] == "only if the port builds its road"
    assert (report.read, report.accepted, report.to_place) == (1, 1, [])


@pytest.mark.parametrize(
    "text",
    [
        "Iela;Posms;Garums, m;Gads\nOstas iela;Jāņa iela - Dārza iela;270,0;2027. gads\n",
        "IELA\tNO\tLĪDZ\tM\tGADS\nOstas iela\tJāņa iela\tDārza iela\t270 m\t2027\n",
        "\ufeffStreet,From - to\nOstas iela,Jāņa iela – Dārza iela\n",
    ],
)
def test_headings_delimiters_and_numbers_are_as_people_write_them(
    tmp_path: Path, gazetteer: Gazetteer, text: str
) -> None:
    (work,), report = read(tmp_path, gazetteer, text)
    assert work.shape.length == 270
    assert report.notes == []


def test_a_row_says_how_deep_it_digs_and_what_moving_it_costs(tmp_path: Path, gazetteer: Gazetteer) -> None:
    text = "Iela;Dziļums, m;Pārcelšanas izmaksas\nOstas iela;1,8;1 200 €\n"
    (work,), _ = read(tmp_path, gazetteer, text)
    assert (work.facts["depth_m"], work.facts["moving_eur_per_month"]) == (1.8, 1200)


@pytest.mark.parametrize("heading", ["diameter", "DN", "Diametrs, mm", "Nennweite"])
@pytest.mark.parametrize(
    ("written", "millimetres"),
    [
        ("150", 150), ("DN 150", 150), ("DN150", 150), ("d110x6,6", 110), ("Ø 0,3 m", 300), ("30 cm", 300),
        ("63 mm", 63), ("–", None), ("", None),
    ],
)  # fmt: skip
def test_a_diameter_is_read_as_people_write_it(
    tmp_path: Path, gazetteer: Gazetteer, heading: str, written: str, millimetres: float | None
) -> None:
    (work,), report = read(tmp_path, gazetteer, f'street;"{heading}"\nOstas iela;"{written}"\n')
    assert work.facts["diameter_mm"] == (None if millimetres is None else pytest.approx(millimetres))
    assert (report.notes, "diameter_mm" in work.told) == ([], True)


@pytest.mark.parametrize(
    ("written", "metres"),
    [
        ("80 cm", 0.8),
        ("1,8 m", 1.8),
        ("900 mm", 0.9),
        (",5", 0.5),
        ("1e-05", 1e-05),
        ("0", 0.0),
        ("–", None),
        ("", None),
    ],
)
def test_a_depth_is_read_as_people_write_it_and_an_empty_cell_clears_it(
    tmp_path: Path, gazetteer: Gazetteer, written: str, metres: float | None
) -> None:
    (work,), _ = read(tmp_path, gazetteer, f'street,depth\nOstas iela,"{written}"\n')
    assert work.facts["depth_m"] == metres
    assert "depth_m" in work.told


def test_a_file_of_an_older_office_is_read_and_that_is_said(tmp_path: Path, gazetteer: Gazetteer) -> None:
    (work,), report = read(tmp_path, gazetteer, "iela;no;līdz\nOstas iela;Jāņa iela;Dārza iela\n".encode("cp1257"))
    assert work.shape is not None
    assert "Windows-1257" in report.notes[0]


def test_what_cannot_be_placed_is_kept_with_its_reason(tmp_path: Path, gazetteer: Gazetteer) -> None:
    text = "street,from,to,metres\nKuldīgas iela 138,,,271\nOstas iela,Zvaigžņu iela,Dārza iela,100\n"
    works, report = read(tmp_path, gazetteer, text)
    assert [work.shape for work in works] == [None, None]
    assert (report.accepted, report.rejected) == (2, [])
    assert [p.reason[:38] for p in report.to_place] == [
        "There is no street 'Kuldīgas iela 138'",
        "'Ostas iela' does not cross 'Zvaigžņu ",
    ]


def test_columns_without_a_place_of_their_own_are_kept_in_the_note(tmp_path: Path, gazetteer: Gazetteer) -> None:
    (work,), report = read(tmp_path, gazetteer, "street,pipe,notes\nJāņa iela,DN 110,at night\n")
    assert work.note == "at night; pipe: DN 110"
    assert report.notes == ["Columns without a place of their own are kept in the note: pipe."]


def test_cells_without_a_heading_and_a_short_first_row_lose_nothing(tmp_path: Path, gazetteer: Gazetteer) -> None:
    text = "street,,from,to,note,notes\nJāņa iela\nOstas iela,x,Jāņa iela,Dārza iela,a,b,left over\n"
    (whole, stretch), report = read(tmp_path, gazetteer, text)
    assert whole.shape.length == 90
    assert stretch.shape.length == 270
    assert stretch.note == "a; column 2: x; notes: b; column 7: left over"
    assert report.notes == ["Columns without a place of their own are kept in the note: column 2, notes, column 7."]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("Ostas iela,,2027-99-01,,", "its starts_on '2027-99-01' is no date like 2027-06-30 or 30.06.2027"),
        ("Ostas iela,,01.08.2027,01.07.2027,", "its ends_on 2027-07-01 lies before its starts_on 2027-08-01"),
        ("Ostas iela,many,,,", "its length 'many' is no number"),
        ("Ostas iela,-5,,,", "its length '-5' is none from 0 to 10,000,000"),
        ("Ostas iela,,,,soon", "its year 'soon' is none from 1990 to 2100"),
        ("Ostas iela,,,,2028-2027", "its years '2028-2027' run backwards"),
        ("Ostas iela,,,,,deep", "its depth 'deep' is no number"),
        ("Ostas iela,,,,,1_8", "its depth '1_8' is no number"),
        ("Ostas iela,,,,,-1", "its depth '-1' is none from 0 to 100"),
        ("Ostas iela,,,,,180", "its depth '180' is none from 0 to 100"),
        (",270,,,", "it names no street"),
    ],
)
def test_a_wrong_row_is_told_in_one_sentence(tmp_path: Path, gazetteer: Gazetteer, row: str, why: str) -> None:
    works, report = read(tmp_path, gazetteer, f"street,metres,start,end date,year,depth\n{row}\n")
    assert works == []
    assert [r.reason for r in report.rejected] == [why]


def test_an_id_that_is_there_twice_is_refused(tmp_path: Path, gazetteer: Gazetteer) -> None:
    works, report = read(tmp_path, gazetteer, "id,street\n1,Jāņa iela\n1,Dārza iela\n")
    assert (len(works), [r.reason for r in report.rejected]) == (1, ["the id '1' is there twice"])


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"where,metres\nx,1\n", "no column for the street"),
        ("a.csv", b"street,street\nx,1\n", "has the column 'street' twice"),
        ("a.csv", b"street\n\0\xff\xfe\n", "no table in UTF-8"),
        ("a.xlsx", b"PK\x03\x04rubbish", "cannot be read as a workbook"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_one_sentence(
    tmp_path: Path, gazetteer: Gazetteer, name: str, content: bytes, why: str
) -> None:
    with pytest.raises(ReadingError, match=why):
        read(tmp_path, gazetteer, content, name)


def test_a_workbook_whose_directory_is_broken_is_refused_in_one_sentence(tmp_path: Path, gazetteer: Gazetteer) -> None:
    """Its end says that it is a zip file, but the list of its parts is not one (PKWARE's APPNOTE 4.3.12: PK, 1, 2)."""
    content = workbook([["Iela"], ["Ostas iela"]])
    assert content.count(b"PK\x01\x02") > 1
    with pytest.raises(ReadingError, match="cannot be read as a workbook"):
        read(tmp_path, gazetteer, content.replace(b"PK\x01\x02", b"PK\x01\x00"), "a.xlsx")


def test_a_workbook_is_read_as_its_first_sheet(tmp_path: Path, gazetteer: Gazetteer) -> None:
    file = tmp_path / "list.xlsx"
    file.write_bytes(workbook([["Iela", "No", "Līdz", "Gads"], ["Ostas iela", "Jāņa iela", "Dārza iela", 2027]]))
    (work,), _ = read_list(read_table(file), gazetteer)
    assert work.shape.length == 270
    assert work.facts["earliest_on"] == date(2027, 1, 1)


def workbook(rows: list[list[Any]]) -> bytes:
    """Return the least workbook (ECMA-376) that holds rows: texts inline, numbers as they are."""
    import io
    import zipfile
    from xml.sax.saxutils import escape

    def cell(value: Any) -> str:
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        return f"<c><v>{value}</v></c>"

    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    relationships = f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}'
    sheet = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxml'
        'formats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-'
        'officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" '
        'ContentType="application/vnd.'
        'openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": f'{relationships}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="Plan" sheetId="1" '
        f'r:id="r1"/></sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'{relationships}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in parts.items():
            packed.writestr(name, text)
    return out.getvalue()
