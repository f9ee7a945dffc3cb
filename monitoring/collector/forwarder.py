"""
Sending points to an InfluxDB v2 write endpoint, ours or InfluxDB itself, with influxdb-client in synchronous mode.

A batch leaves the spool only after the database said that it has it. What the database will never take is found by
halving the batch and goes to the quarantine with the reason; what it may take later stays.
"""

import threading
from dataclasses import dataclass

import structlog

from monitoring.collector.spool import Batch, Spool
from monitoring.errors import StoreError
from monitoring.telemetry import decompress
from monitoring.telemetry.writer import UNREACHABLE, Destination, Writer

log = structlog.get_logger()

_BATCH_OCTETS = 1_000_000
_REFUSED_FOR_GOOD = frozenset((400, 413, 422))
_NOT_ALLOWED = frozenset((401, 403, 404))
_MOST_REFUSED = 50  # lines one after the other, before anything was ever taken
_GATHER_S = 5.0  # fewer and larger writes cost the store less
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 30.0


@dataclass
class ForwarderState:
    """
    What the forwarder is doing: `trouble` is None while points flow, else the sentence that tells
    why they do not.
    """

    sent_points: int = 0
    trouble: str | None = None
    is_refused: bool = False


class Forwarder:
    """A thread that empties a spool into a destination, for as long as it takes."""

    def __init__(self, spool: Spool, destination: Destination, *, timeout_s: float = 30.0) -> None:
        self._spool, self._writer = spool, Writer(destination, timeout_s=timeout_s)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="forwarder", daemon=True)
        self.state = ForwarderState()

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch under way and stop; what was not sent stays in the spool."""
        self._stopping.set()
        self._thread.join(timeout=60)
        self._writer.close()

    def _run(self) -> None:
        wait_s = _FIRST_WAIT_S
        while not self._stopping.is_set():
            try:
                batch = self._spool.oldest(_BATCH_OCTETS)
                if batch is not None:
                    self.send(batch)
                if batch is None or len(batch.body) < _BATCH_OCTETS // 2:
                    self._stopping.wait(_GATHER_S)
                wait_s = _FIRST_WAIT_S
            except Exception as error:  # noqa: BLE001 - whatever it is, the points stay and the thread goes on
                status = error.status if isinstance(error, StoreError) else None
                self.state.trouble, self.state.is_refused = str(error), status in _NOT_ALLOWED
                log.warning("points_wait", reason=str(error), status=status, again_in_s=wait_s)
                self._stopping.wait(wait_s)
                wait_s = min(_LONGEST_WAIT_S, 2 * wait_s)

    def send(self, batch: Batch) -> None:
        """
        Send one batch and acknowledge it.

        Raises:
            StoreError: the database does not take it now; nothing was removed from the spool.
        """
        rejected: list[tuple[bytes, str]] = []
        try:
            self._writer.write_compressed(batch.body)
        except StoreError as error:
            if error.status not in _REFUSED_FOR_GOOD:
                raise
            self._halve(decompress(batch.body).splitlines(keepends=True), error, rejected)
        self._spool.acknowledge(batch, rejected)
        self.state.sent_points += batch.points - len(rejected)
        self.state.trouble, self.state.is_refused = None, False

    def _halve(self, lines: list[bytes], error: StoreError, rejected: list[tuple[bytes, str]]) -> None:
        """
        Write what can be written; lines that are refused alone are collected with the reason.
        Resending is harmless.
        """
        if len(lines) == 1:
            log.error("line_refused", reason=str(error))
            rejected.append((lines[0], str(error)))
            if len(rejected) == _MOST_REFUSED and not self.state.sent_points:
                raise StoreError(
                    f"Nothing at all is taken, so the lines are not what is wrong: {error}", status=UNREACHABLE
                )
            return
        for half in (lines[: len(lines) // 2], lines[len(lines) // 2 :]):
            try:
                self._writer.write(b"".join(half))
            except StoreError as refusal:
                if refusal.status not in _REFUSED_FOR_GOOD:
                    raise
                self._halve(half, refusal, rejected)
