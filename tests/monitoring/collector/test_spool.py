import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.collector.spool import Spool
from monitoring.errors import SpoolError
from monitoring.telemetry.gzip import compress, decompress


def fill(spool: Spool, *texts: str) -> None:
    for k, text in enumerate(texts):
        spool.append(f"{text}\n".encode(), now_s=k)


def drain(spool: Spool) -> list[str]:
    found: list[str] = []
    while (batch := spool.oldest(1)) is not None:
        found += decompress(batch.body).decode().splitlines()
        spool.acknowledge(batch)
    return found


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_members_one_after_the_other_unpack_to_all_of_them(parts: list[bytes]) -> None:
    assert decompress(b"".join(map(compress, parts))) == b"".join(parts)


def test_what_was_appended_comes_back_in_order_and_once(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    fill(spool, "a", "b", "c")
    assert drain(spool) == ["a", "b", "c"]
    assert spool.oldest(1) is None
    spool.close()


def test_what_was_not_acknowledged_is_there_after_a_restart(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    fill(spool, "a", "b")
    batch = spool.oldest(1)
    assert batch is not None
    spool.close()
    spool = Spool(tmp_path / "s")
    assert drain(spool) == ["a", "b"]
    spool.close()


def test_batches_are_joined_up_to_a_size(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    fill(spool, *"abcdef")
    batch = spool.oldest(10**6)
    assert batch is not None
    assert (batch.points, decompress(batch.body)) == (6, b"a\nb\nc\nd\ne\nf\n")
    spool.close()


def test_beyond_its_limit_the_oldest_go_and_every_point_of_them_is_counted(tmp_path: Path) -> None:
    one = len(compress(b"x1\n"))
    spool = Spool(tmp_path / "s", limit_octets=3 * one)
    fill(spool, "x1", "x2", "x3", "x4", "x5")
    assert spool.state().lost_points == 2
    assert drain(spool) == ["x3", "x4", "x5"]
    spool.close()


def test_a_damaged_file_is_moved_aside_and_said(tmp_path: Path) -> None:
    file = tmp_path / "s"
    file.write_bytes(b"this is no database" * 100)
    spool = Spool(file)
    fill(spool, "a")
    assert spool.damage is not None
    assert "damaged" in spool.damage
    assert drain(spool) == ["a"]
    assert len(list(tmp_path.glob("s.damaged-*"))) == 1
    spool.close()


def test_a_file_damaged_in_its_middle_is_found_at_start(tmp_path: Path) -> None:
    file = tmp_path / "s"
    spool = Spool(file)
    for k in range(300):
        spool.append(os.urandom(400).hex().encode() + b"\n", now_s=k)
    spool.close()
    octets = bytearray(file.read_bytes())
    octets[8192 : len(octets) // 2] = b"\xaa" * (len(octets) // 2 - 8192)
    file.write_bytes(octets)
    spool = Spool(file)
    assert spool.damage is not None
    spool.close()


def test_a_file_of_a_later_release_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "s")
    connection.execute("PRAGMA user_version = 99")
    connection.commit()
    connection.close()
    with pytest.raises(SpoolError, match="Install the newer one"):
        Spool(tmp_path / "s")


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A real file system of 2 MB, where the machine allows to mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], check=False).returncode
    ):
        pytest.skip("mounting a small file system needs root")
    return disk


def test_on_a_full_disk_points_wait_in_memory_and_go_to_disk_when_there_is_room(small_disk: Path) -> None:
    try:
        spool = Spool(small_disk / "s")
        ballast = small_disk / "ballast"
        ballast.write_bytes(b"x" * (small_disk.stat().st_blksize * 300))
        with pytest.raises(OSError), (small_disk / "rest").open("wb") as rest:  # noqa: PT012
            while True:
                rest.write(os.urandom(65536))
                rest.flush()
        for k in range(20):
            spool.append(os.urandom(20_000).hex().encode() + b"\n", now_s=k)
        state = spool.state()
        assert state.in_memory > 0
        assert state.lost_points == 0
        ballast.unlink()
        (small_disk / "rest").unlink()
        spool.append(b"last\n", now_s=99)
        assert spool.state().in_memory == 0
        assert len(drain(spool)) == 21
        spool.close()
    finally:
        subprocess.run(["umount", str(small_disk)], check=True)


def test_when_memory_is_used_up_too_the_loss_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path / "s", memory_octets=100)
    spool._connection.execute("PRAGMA query_only = ON")  # the nearest to a disk that takes nothing
    fill(spool, *(f"{k}" * 60 for k in range(9)))
    state = spool.state()
    assert state.in_memory + state.lost_points == 9
    assert state.lost_points > 0
    spool.close()


KILLED = """
import sys
from pathlib import Path
from monitoring.collector.spool import Spool
spool = Spool(Path(sys.argv[1]))
for k in range(10**6):
    spool.append(f"{sys.argv[2]}-{k}\\n".encode(), now_s=k)
    print(k, flush=True)
"""


@pytest.mark.process
def test_a_killed_process_loses_nothing_that_append_returned_from(tmp_path: Path) -> None:
    kept = {}
    for run in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path / "s"), str(run)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        for _ in range(20 + 7 * run):
            kept[run] = int(process.stdout.readline())
        process.kill()
        rest = process.stdout.read().split()
        process.stdout.close()
        process.wait()
        kept[run] = int(rest[-1]) if rest else kept[run]
    spool = Spool(tmp_path / "s")
    found = set(drain(spool))
    spool.close()
    assert {f"{run}-{k}" for run, last in kept.items() for k in range(last + 1)} <= found


def test_a_batch_that_is_being_sent_is_not_dropped_and_the_figures_stay_true(tmp_path: Path) -> None:
    one = len(compress(b"x1\n"))
    spool = Spool(tmp_path / "s", limit_octets=2 * one)
    fill(spool, "x1", "x2")
    batch = spool.oldest(1)
    assert batch is not None
    fill(spool, "x3", "x4")
    spool.acknowledge(batch)
    state = spool.state()
    assert state.lost_points + state.points == 3
    left = sum(size for (size,) in spool._connection.execute("SELECT length(body) FROM batches"))
    assert state.octets == left
    spool.close()


def test_the_last_slots_are_kept_with_the_lines_and_forgotten_with_the_device(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    spool.append(b"a\n", now_s=1, ended={"d1": 60, "d2": 61})
    spool.append(b"b\n", now_s=2, ended={"d1": 120})
    spool.close()
    spool = Spool(tmp_path / "s")
    assert spool.ended() == {"d1": 120, "d2": 61}
    spool.keep_ended({"d2"})
    assert spool.ended() == {"d2": 61}
    spool.close()


def test_figures_stay_right_through_adding_sending_and_a_restart(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    fill(spool, "a", "b\nc")
    assert spool.state().points == 3
    batch = spool.oldest(1)
    assert batch is not None
    spool.acknowledge(batch)
    assert (spool.state().points, spool.state().oldest_s) == (2, 1)
    spool.close()
    spool = Spool(tmp_path / "s")
    assert spool.state().points == 2
    assert drain(spool) == ["b", "c"]
    assert (spool.state().points, spool.state().octets, spool.state().oldest_s) == (0, 0, None)
    spool.close()


def test_a_file_damaged_while_in_use_is_replaced_and_no_later_batch_is_taken_for_an_earlier_one(tmp_path: Path) -> None:
    file = tmp_path / "s"
    spool = Spool(file)
    for k in range(300):
        spool.append(os.urandom(400).hex().encode() + b"\n", now_s=k)
    sent = spool.oldest(1)
    assert sent is not None
    spool._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with file.open("r+b") as octets:
        octets.seek(4096)
        octets.write(b"\xaa" * (file.stat().st_size - 4096))
    spool._connection.execute("PRAGMA shrink_memory")  # what was read before is read again
    spool.append(b"after\n", now_s=301)
    assert spool.damage is not None
    spool.acknowledge(sent)
    assert drain(spool) == ["after"]
    assert len(list(tmp_path.glob("s.damaged-*"))) == 1
    spool.close()
