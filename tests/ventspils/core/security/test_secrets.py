"""What is sealed, kept and opened."""

from pathlib import Path

import pytest

from ventspils.core.errors import DamagedError
from ventspils.core.security.secrets import KeyPair, Vault, seal_to


@pytest.fixture
def keys(tmp_path: Path) -> KeyPair:
    return KeyPair(tmp_path / "collector.key")


def test_what_is_sealed_opens_only_whole_and_with_the_right_key(keys: KeyPair, tmp_path: Path) -> None:
    sealed = seal_to(keys.public, b"content")
    assert keys.open(sealed) == b"content"
    for position in (0, 31, 32, len(sealed) - 1):
        damaged = bytearray(sealed)
        damaged[position] ^= 1
        with pytest.raises(DamagedError):
            keys.open(bytes(damaged))


def test_a_secret_moved_to_another_owner_does_not_open(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "key")
    record = vault.seal("s", "credential 1")
    assert vault.open(record, "credential 1") == "s"
    with pytest.raises(DamagedError):
        vault.open(record, "credential 2")
    with pytest.raises(DamagedError):
        Vault(tmp_path / "other").open(record, "credential 1")


def test_keys_are_for_their_owner_only(tmp_path: Path, keys: KeyPair) -> None:
    Vault(tmp_path / "v.key")
    for name in ("v.key", "collector.key"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
