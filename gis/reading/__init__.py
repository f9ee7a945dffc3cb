"""Reading files of geographic things."""

from gis.reading.feed_descriptors import descriptor_for, read_descriptor
from gis.reading.files import read_file
from gis.reading.lists import day_of, read_list
from gis.reading.numbers import number_of
from gis.reading.records import ChangedRecord, ReadingError, Record, Rejected, Report, Source, check_shape, text_of
from gis.reading.routes import ReadRoute, read_routes
from gis.reading.sites import ReadSite, read_site_file, read_sites
from gis.reading.streets import read_streets
from gis.reading.systems import to_town
from gis.reading.tables import is_table, read_table
from gis.reading.works import ReadWork, read_works

__all__ = [
    "ChangedRecord",
    "ReadRoute",
    "ReadSite",
    "ReadWork",
    "ReadingError",
    "Record",
    "Rejected",
    "Report",
    "Source",
    "check_shape",
    "day_of",
    "descriptor_for",
    "is_table",
    "number_of",
    "read_descriptor",
    "read_file",
    "read_list",
    "read_routes",
    "read_site_file",
    "read_sites",
    "read_streets",
    "read_table",
    "read_works",
    "text_of",
    "to_town",
]
