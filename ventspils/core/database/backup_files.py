"""
Backups: one file with registry, keys, settings and points, each part with its digest; checked before anything is
written anywhere.

The file is a tar archive whose first member, `manifest.json`, names every other member with size and SHA-256.
"""

import hashlib
import io
import json
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO

from sqlalchemy.orm import Session

from ventspils import __version__
from ventspils.core.database.engine import close_registry, open_registry
from ventspils.core.errors import DamagedError, UsageError

_FORMAT = 1
_MANIFEST, _REGISTRY = "manifest.json", "registry.sqlite"
_CHUNK = 1 << 20
_LARGEST_MANIFEST = 64 << 20

# Goes through the audit log of a registry and returns how many entries it has, or raises DamagedError.
CountAudit = Callable[[Session], int]


@dataclass(frozen=True)
class Part:
    """A member of a backup."""

    name: str
    octets: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds, and what of the centre it does not."""

    format: int
    version: str
    made_at: str
    parts: list[Part]
    left_out: list[str]


@dataclass(frozen=True)
class Checked:
    """A backup that is whole."""

    made_at: str
    version: str
    parts: int
    octets: int
    audit_entries: int | None
    left_out: list[str]


def copy_registry(file: Path, target: Path) -> None:
    """Copy a SQLite registry as it stands between two transactions, also while it is used."""
    source, copy = sqlite3.connect(file), sqlite3.connect(target)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()


def write(out: IO[bytes], folder: Path, *, left_out: list[str], now: datetime) -> Manifest:
    """Write everything below a folder as a backup."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    parts = [Part(file.relative_to(folder).as_posix(), file.stat().st_size, _digest(file)) for file in files]
    manifest = Manifest(_FORMAT, __version__, now.isoformat(), parts, left_out)
    text = json.dumps(asdict(manifest)).encode()
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        first = tarfile.TarInfo(_MANIFEST)
        first.size, first.mode = len(text), 0o600
        archive.addfile(first, io.BytesIO(text))
        for part, file in zip(parts, files, strict=True):
            info = tarfile.TarInfo(part.name)
            info.size, info.mode = part.octets, 0o600
            with file.open("rb") as content:
                archive.addfile(info, content)
    return manifest


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def check(file: Path, count_audit: CountAudit) -> Checked:
    """
    Go through a backup: every part against its digest, the registry opened, its audit log verified by `count_audit`.

    Raises:
        UsageError: there is no such file.
        DamagedError: it is not a backup of ours, is cut short or altered, or its registry cannot be used.
    """
    with _unpacked(file, count_audit) as (_, checked):
        return checked


def restore(file: Path, home: Path, count_audit: CountAudit) -> Checked:
    """
    Write the home that a backup holds; all of it or nothing.

    Raises:
        UsageError: the home is not empty, or there is no such file.
        DamagedError: see `check`.
    """
    if home.exists() and any(home.iterdir()):
        raise UsageError(f"The home {home} is not empty; restore into a new one, so that nothing is overwritten.")
    with _unpacked(file, count_audit, beside=home) as (folder, checked):
        if home.exists():
            home.rmdir()
        home.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(folder, home)
        return checked


@contextmanager
def _unpacked(file: Path, count_audit: CountAudit, *, beside: Path | None = None) -> Iterator[tuple[Path, Checked]]:
    """Unpack a backup into a folder of its own and check it there."""
    if beside is not None:
        beside.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=beside.parent if beside else None) as place:
        folder = Path(place) / "home"
        folder.mkdir(mode=0o700)
        try:
            with file.open("rb") as content, tarfile.open(fileobj=content, mode="r|") as archive:
                manifest = _unpack(archive, folder)
        except FileNotFoundError:
            raise UsageError(f"There is no file {str(file)!r}.") from None
        except (tarfile.TarError, ValueError, KeyError, TypeError, EOFError, OSError) as error:
            raise DamagedError(f"{file} is not a whole backup of a centre ({error}); nothing was written.") from None
        entries = _try_registry(folder / _REGISTRY, count_audit)
        octets = sum(part.octets for part in manifest.parts)
        yield (
            folder,
            Checked(manifest.made_at, manifest.version, len(manifest.parts), octets, entries, manifest.left_out),
        )


def _unpack(archive: tarfile.TarFile, folder: Path) -> Manifest:
    """Write the members, each under the name that the manifest gives and only if it is what the manifest says."""
    members = iter(archive)
    manifest = _read_manifest(archive, next(members, None))
    for part in manifest.parts:
        member = next(members, None)
        if member is None or member.name != part.name or not member.isreg() or member.size != part.octets:
            raise ValueError(f"part {part.name} lacks or is of another size")
        path = PurePosixPath(part.name)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"part {part.name} would lie outside")
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = archive.extractfile(member)
        if content is None or _write(content, target) != part.sha256:
            raise ValueError(f"part {part.name} was altered")
    if next(members, None) is not None:
        raise ValueError("there is more in it than it says")
    return manifest


def _read_manifest(archive: tarfile.TarFile, member: tarfile.TarInfo | None) -> Manifest:
    content = archive.extractfile(member) if member is not None and member.name == _MANIFEST else None
    if member is None or content is None or member.size > _LARGEST_MANIFEST:
        raise ValueError("it has no manifest")
    document = json.loads(content.read())
    if document["format"] != _FORMAT:
        raise ValueError(f"format {document['format']} is not known to this release")
    parts = [Part(**part) for part in document.pop("parts")]
    return Manifest(parts=parts, **document)


def _write(content: IO[bytes], target: Path) -> str:
    digest = hashlib.sha256()
    with target.open("xb") as out:
        target.chmod(0o600)
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            out.write(chunk)
    return digest.hexdigest()


def _try_registry(file: Path, count_audit: CountAudit) -> int | None:
    """
    Open a copy of the registry and go through its audit log; return the number of entries, None
    where there is none.
    """
    if not file.exists():
        return None
    with tempfile.TemporaryDirectory(dir=file.parent.parent) as place:
        copy = Path(place) / _REGISTRY
        shutil.copyfile(file, copy)
        sessions = open_registry(copy)
        try:
            with sessions() as session:
                return count_audit(session)
        finally:
            close_registry(sessions)
