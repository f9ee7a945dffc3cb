"""
Telling listeners that something changed: server-sent events (HTML standard, section 9.2), each only
of what it may see.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from ventspils.core.security.roles import Scope

_KEEP_ALIVE_S = 15.0
_MOST_WAITING = 100


@dataclass(eq=False)
class _Listener:
    scope: Scope
    loop: asyncio.AbstractEventLoop
    waiting: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(_MOST_WAITING))

    def put(self, text: str) -> None:
        """Let the listener have an event, unless too many wait already."""
        if not self.waiting.full():  # who reads too slowly looks again anyway
            self.waiting.put_nowait(text)


class Events:
    """The listeners of this process; `tell` may be called from any thread."""

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()

    def tell(self, what: str, agency_ids: Iterable[str | None] | None) -> None:
        """Tell that something changed in some institutions; None: whoever listens is to look."""
        for listener in list(self._listeners):
            if agency_ids is None or any(listener.scope.has(agency_id) for agency_id in agency_ids):
                listener.loop.call_soon_threadsafe(listener.put, what)

    async def listen(self, scope: Scope, is_still_allowed: Callable[[], Awaitable[bool]]) -> AsyncIterator[str]:
        """Give events as text until whoever listens goes away, or may listen no more."""
        listener = _Listener(scope, asyncio.get_running_loop())
        self._listeners.add(listener)
        try:
            yield ": welcome\n\n"
            while await is_still_allowed():
                try:
                    what = await asyncio.wait_for(listener.waiting.get(), _KEEP_ALIVE_S)
                    yield f"event: {what}\ndata: {json.dumps({'changed': what})}\n\n"
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            self._listeners.discard(listener)
