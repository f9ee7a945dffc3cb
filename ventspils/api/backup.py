"""A backup of the whole centre over HTTP, made while it runs."""

import shutil
import tempfile
from pathlib import Path

from fastapi import APIRouter, BackgroundTasks
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from ventspils.api.access import Administering, TheCentre
from ventspils.centre.state import Centre
from ventspils.core.database import backups
from ventspils.core.security import audit

router = APIRouter(prefix="/api/v1", tags=["system"])
_COLLECTORS_OWN = ("collector.key", "enrolment.json", "assignment.json")


@router.get("/backup")
async def make_backup(centre: TheCentre, access: Administering, after: BackgroundTasks) -> FileResponse:
    """Give registry, keys, settings and points as one file. It holds every secret of the centre."""
    folder = Path(await run_in_threadpool(tempfile.mkdtemp, prefix=".backup-", dir=centre.home.path))
    after.add_task(shutil.rmtree, folder, True)
    try:
        file = await run_in_threadpool(_gather, centre, folder, access.caller.name)
    except BaseException:
        await run_in_threadpool(shutil.rmtree, folder, True)
        raise
    return FileResponse(file, media_type="application/x-tar", filename=f"centre-{centre.now():%Y%m%d-%H%M}.backup")


def _gather(centre: Centre, folder: Path, actor: str) -> Path:
    home, inside, left_out = centre.home, folder / "home", list[str]()
    inside.mkdir(mode=0o700)
    with centre.sessions.begin() as session:
        audit.record(session, actor=actor, what="backup made", on=str(home.path), now=centre.now())
    if centre.settings.registry.url is None:
        backups.copy_registry(home.path / "registry.sqlite", inside / "registry.sqlite")
    else:
        left_out.append("registry (a database of its own)")
    if centre.embedded is not None:
        centre.embedded.snapshot(inside / "telemetry")
    else:
        left_out.append("points (an InfluxDB of its own)")
    (inside / "keys").mkdir()
    shutil.copy2(home.registry_key, inside / "keys" / home.registry_key.name)
    for file in (home.path / "ventspils.toml", *(home.collector / name for name in _COLLECTORS_OWN)):
        if file.exists():
            target = inside / file.relative_to(home.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target)
    packed = folder / "centre.backup"
    with packed.open("wb") as out:
        packed.chmod(0o600)
        backups.write(out, inside, left_out=left_out, now=centre.now())
    return packed
