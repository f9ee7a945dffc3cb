"""Records through one driver of GDAL, which is named, so that no file chooses it."""

import tempfile
import warnings
from pathlib import Path
from typing import Any  # values of files

import numpy as np

from gis.reading.records import ReadingError, Record, Source


def read_with_driver(path: Path, driver: str, suffix: str, layer: str | None = None) -> Source:
    """
    Return the records of a file, opened under a name that leaves its driver no choice.

    Raises:
        ReadingError: the driver cannot read it, or it holds several layers and none is named.
    """
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / f"file{suffix}"
        link.symlink_to(path.resolve())
        return read_in_place(link, driver, layer, name=path.name)


def read_in_place(path: Path, driver: str, layer: str | None = None, *, name: str = "") -> Source:
    """
    Return the records of a file where it lies, beside its other parts; `name` is how errors call it.

    Raises:
        ReadingError: the driver cannot read it, or it holds several layers and none is named.
    """
    import pyogrio

    name = name or path.name
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # what GDAL finds odd and reads all the same
            return _read(path, driver, layer, name)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, RuntimeError, UnicodeDecodeError) as error:
        raise ReadingError(f"{name} cannot be read as {driver}: {str(error).splitlines()[0][:120]}.") from None


def _read(path: Path, driver: str, layer: str | None, name: str) -> Source:
    import pyogrio
    import shapely

    layers = [str(found) for found, kind in pyogrio.list_layers(path) if kind is not None]
    if not layers:
        raise ReadingError(f"{name} holds no layer with geometry.")
    if layer is None and len(layers) > 1:
        raise ReadingError(f"{name} holds the layers {', '.join(layers[:10])}; give a file with one.")
    info, _, shapes, columns = pyogrio.raw.read(path, layer=layer or layers[0])
    geometries = shapely.from_wkb(shapes, on_invalid="ignore")
    names = [str(field) for field in info["fields"]]
    records = [
        Record(row, {key: _plain(column[row - 1]) for key, column in zip(names, columns, strict=True)}, shape)
        for row, shape in enumerate(geometries, 1)
    ]
    return Source(driver, info["crs"], records)


def _plain(value: Any) -> Any:
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value)
    return value.item() if isinstance(value, np.generic) else value
