"""A backup of the whole centre over HTTP, made while it runs."""

import shutil
import tempfile
from pathlib import Path

from fastapi import APIRouter, BackgroundTasks
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from ventspils.api.access import Administering, TheCentre
from ventspils.centre.backup_contents import gather_backup

router = APIRouter(prefix="/api/v1", tags=["system"])


@router.get("/backup")
async def make_backup(centre: TheCentre, access: Administering, after: BackgroundTasks) -> FileResponse:
    """Give registry, keys, settings and points as one file. It holds every secret of the centre."""
    folder = Path(await run_in_threadpool(tempfile.mkdtemp, prefix=".backup-", dir=centre.home.path))
    after.add_task(shutil.rmtree, folder, True)
    try:
        file = await run_in_threadpool(gather_backup, centre, folder, access.caller.name)
    except BaseException:
        await run_in_threadpool(shutil.rmtree, folder, True)
        raise
    return FileResponse(file, media_type="application/x-tar", filename=f"centre-{centre.now():%Y%m%d-%H%M}.backup")
