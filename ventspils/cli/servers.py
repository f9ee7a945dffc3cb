"""HTTP servers that wake up seldom while nobody asks."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

_TICK_S = 0.5


class CalmServer(uvicorn.Server):
    """
    A server that looks twice a second, not ten times, whether it is to stop; which costs a small machine a hundredth of
    a core.
    """

    async def main_loop(self) -> None:
        """Serve until told to stop."""
        while not await self.on_tick(0):
            await asyncio.sleep(_TICK_S)


class UnsignalledServer(CalmServer):
    """A server that leaves signals to its caller: its own way ends the process before anything is closed."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield
