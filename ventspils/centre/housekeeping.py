"""What the centre does by itself while it runs: incidents, notices, chances to dig once, the embedded store's days."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from gis.plans.records import fail_unfinished
from monitoring.centre import notices
from monitoring.centre.reconciliation import reconcile
from ventspils.centre.opportunity_watch import bring_up_to_date
from ventspils.centre.owner_notices import tell_owners
from ventspils.centre.plan_runs import STOPPED
from ventspils.centre.state import Centre

log = structlog.get_logger()

_AT_LEAST_EVERY_S = 5.0
_AT_MOST_EVERY_S = 0.5
_SEND_EVERY_S = 3.0
_MAINTAIN_EVERY_S = 1800.0
_LOOK_EVERY_S = 1.0
_LOOK_AGAIN_S = 60.0
_TELL_OWNERS_EVERY_S = 60.0
# Of its own, so that nothing that people ask for, however much, keeps incidents and messages waiting.
_threads = ThreadPoolExecutor(6, "housekeeping")


async def keep(centre: Centre) -> None:
    """Run until cancelled; what fails is logged and tried again."""
    centre.loop = asyncio.get_running_loop()
    while not await _try(lambda: _recover(centre)):
        await asyncio.sleep(_SEND_EVERY_S)
    async with asyncio.TaskGroup() as all_of_it:
        all_of_it.create_task(_keep_incidents(centre))
        all_of_it.create_task(_repeat(_SEND_EVERY_S, lambda: notices.send_due(centre.post, centre.now())))
        all_of_it.create_task(_keep_chances(centre))
        all_of_it.create_task(_repeat(_TELL_OWNERS_EVERY_S, lambda: _tell_owners(centre)))
        if (embedded := centre.embedded) is not None:
            all_of_it.create_task(_repeat(_MAINTAIN_EVERY_S, lambda: embedded.maintain(int(time.time()))))


def _recover(centre: Centre) -> None:
    with centre.sessions.begin() as session:
        notices.recover(session)
        fail_unfinished(session, STOPPED)


async def _keep_incidents(centre: Centre) -> None:
    """Settle incidents whenever a report came, and every few seconds for what only time changes."""
    while True:
        centre.poked.clear()
        await _try(lambda: settle_incidents(centre))
        await asyncio.sleep(_AT_MOST_EVERY_S)
        try:
            await asyncio.wait_for(centre.poked.wait(), _AT_LEAST_EVERY_S)
        except TimeoutError:
            continue


async def _keep_chances(centre: Centre) -> None:
    """
    Look for chances soon after a change was committed, and when a day begins.

    To ask whether there is something to look for costs nothing; a look that failed waits longer.
    """
    while True:
        is_looked = await _try(lambda: bring_up_to_date(centre))
        await asyncio.sleep(_LOOK_EVERY_S if is_looked else _LOOK_AGAIN_S)


def _tell_owners(centre: Centre) -> None:
    """Tell owners of chances as they are now; while they cannot be looked for, nobody is told of old ones."""
    bring_up_to_date(centre)
    tell_owners(centre)


def settle_incidents(centre: Centre) -> None:
    """Bring incidents into agreement with the conditions, queue what people are to be told, and tell listeners."""
    settings = centre.settings.collector
    with centre.sessions.begin() as session:
        changed = reconcile(
            session,
            now=centre.now(),
            interval_s=settings.interval_s,
            zone=settings.timezone,
            listening_since=centre.started_at,
        )
        notices.queue(session, centre.now())
    if changed.incidents:
        centre.events.tell("incidents", changed.agency_ids)


async def _repeat(every_s: float, work: Callable[[], object]) -> None:
    while True:
        await asyncio.sleep(every_s)
        await _try(work)


async def _try(work: Callable[[], object]) -> bool:
    """Work in a thread; what fails is logged and tells by False."""
    try:
        await asyncio.get_running_loop().run_in_executor(_threads, work)
    except Exception:
        log.exception("housekeeping_failed")
        return False
    return True
