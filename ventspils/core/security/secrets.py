"""
Secrets at rest and on their way: encryption under the centre's key, sealing to a collector's key, tokens.

At rest AES-256-GCM under a key in a file of mode 0600, with what the secret belongs to as associated data, so that a
record moved to another owner does not open. To a collector: X25519 with an ephemeral key, HKDF-SHA-256 (RFC 5869),
AES-256-GCM.
"""

import hashlib
import hmac
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from ventspils.core.errors import DamagedError
from ventspils.core.private_files import write_private

_KEY_OCTETS, _NONCE_OCTETS, _PUBLIC_OCTETS, _ID_OCTETS = 32, 12, 32, 4
_PURPOSE = b"ventspils-ict sealed to collector, version 1"


def new_token() -> str:
    """Return a fresh token of 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Return what is kept of a token; it has 256 bits of its own, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


class Vault:
    """Encrypts and decrypts under the key in a file, which is made at first use."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            write_private(file, secrets.token_bytes(_KEY_OCTETS))
        key = file.read_bytes()
        if len(key) != _KEY_OCTETS:
            raise DamagedError(f"The key file {file} is damaged; restore it from the backup.")
        self._cipher = AESGCM(key)
        self._key = key
        self._id = hashlib.sha256(key).digest()[:_ID_OCTETS]

    def fingerprint(self, content: bytes, belongs_to: str) -> str:
        """Return a keyed digest that tells whether content changed and nothing about it to who lacks the key."""
        return hmac.new(self._key, belongs_to.encode() + b"\0" + content, hashlib.sha256).hexdigest()

    def seal(self, secret: str, belongs_to: str) -> bytes:
        """Return the secret encrypted: key id, nonce, ciphertext."""
        nonce = secrets.token_bytes(_NONCE_OCTETS)
        return self._id + nonce + self._cipher.encrypt(nonce, secret.encode(), belongs_to.encode())

    def open(self, record: bytes, belongs_to: str) -> str:
        """
        Return the secret.

        Raises:
            DamagedError: another key, another owner, or altered octets.
        """
        nonce, ciphertext = record[_ID_OCTETS : _ID_OCTETS + _NONCE_OCTETS], record[_ID_OCTETS + _NONCE_OCTETS :]
        try:
            return self._cipher.decrypt(nonce, ciphertext, belongs_to.encode()).decode()
        except InvalidTag:
            raise DamagedError(f"The secret of {belongs_to} does not open with this key; enter it anew.") from None


class KeyPair:
    """A collector's key pair; the private part stays in a file of mode 0600."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            fresh = X25519PrivateKey.generate()
            write_private(file, fresh.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))
        try:
            self._private = X25519PrivateKey.from_private_bytes(file.read_bytes())
        except ValueError:
            raise DamagedError(f"The key file {file} is damaged; remove it and enrol the collector anew.") from None

    @property
    def public(self) -> bytes:
        """The part that the centre gets."""
        return self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def open(self, sealed: bytes) -> bytes:
        """
        Return what was sealed to this key.

        Raises:
            DamagedError: sealed to another key, or altered.
        """
        ephemeral, ciphertext = sealed[:_PUBLIC_OCTETS], sealed[_PUBLIC_OCTETS:]
        try:
            shared = self._private.exchange(X25519PublicKey.from_public_bytes(ephemeral))
            return AESGCM(_derive(shared, ephemeral, self.public)).decrypt(b"\0" * _NONCE_OCTETS, ciphertext, _PURPOSE)
        except (InvalidTag, ValueError):
            raise DamagedError("The assignment is not sealed to this collector; enrol it anew.") from None


def seal_to(public: bytes, content: bytes) -> bytes:
    """
    Return content that only the owner of a key pair can open; each call uses a key of its own, so the nonce may be
    fixed.
    """
    ephemeral = X25519PrivateKey.generate()
    own = ephemeral.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public))
    return own + AESGCM(_derive(shared, own, public)).encrypt(b"\0" * _NONCE_OCTETS, content, _PURPOSE)


def _derive(shared: bytes, ephemeral: bytes, public: bytes) -> bytes:
    return HKDF(hashes.SHA256(), _KEY_OCTETS, salt=ephemeral + public, info=_PURPOSE).derive(shared)
