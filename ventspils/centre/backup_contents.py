"""A backup of the whole centre, gathered while it runs: registry, keys, settings, points."""

import shutil
from pathlib import Path

from ventspils.centre.state import Centre
from ventspils.core.database import backup_files
from ventspils.core.security import audit

_COLLECTORS_OWN = ("collector.key", "enrolment.json", "assignment.json")


def gather_backup(centre: Centre, folder: Path, actor: str) -> Path:
    """Return a backup that was written into a folder; it holds every secret of the centre."""
    home, inside, left_out = centre.home, folder / "home", list[str]()
    inside.mkdir(mode=0o700)
    with centre.sessions.begin() as session:
        audit.record(session, actor=actor, what="backup made", on=str(home.path), now=centre.now())
    if centre.settings.registry.url is None:
        backup_files.copy_registry(home.registry, inside / "registry.sqlite")
    else:
        left_out.append("registry (a database of its own)")
    if centre.embedded is not None:
        centre.embedded.snapshot(inside / "telemetry")
    else:
        left_out.append("points (an InfluxDB of its own)")
    _copy_files(centre, inside)
    packed = folder / "centre.backup"
    with packed.open("wb") as out:
        packed.chmod(0o600)
        backup_files.write(out, inside, left_out=left_out, now=centre.now())
    return packed


def _copy_files(centre: Centre, inside: Path) -> None:
    """Copy the registry's key, the settings, and what a collector in the same home keeps."""
    home = centre.home
    (inside / "keys").mkdir()
    shutil.copy2(home.registry_key, inside / "keys" / home.registry_key.name)
    for file in (home.path / "ventspils.toml", *(home.collector / name for name in _COLLECTORS_OWN)):
        if file.exists():
            target = inside / file.relative_to(home.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target)
