"""Addresses and texts at rest: sealed, and looked up by keyed hash.

A telephone number or chat id is stored twice: sealed (AES-128-CBC with HMAC-SHA256, the Fernet
specification, https://github.com/fernet/spec), so that a reply can be sent, and as a keyed hash
(HMAC-SHA256), so that the same person is found again. Neither can be read, or tried out against a list of
all numbers, without SAHAN_SECRET_KEY.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from store.errors import WrongKeyError


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"sahan/" + purpose).derive(secret.encode())


class Vault:
    """Seals, opens and hashes with one secret, and opens and finds what earlier secrets sealed and hashed.

    Args:
        secret: SAHAN_SECRET_KEY.
        previous: SAHAN_SECRET_KEY_PREVIOUS and those after it: keys before a rotation, or the one that comes next.

    Attributes:
        key_id: names the current secret without telling anything of it, 8 hexadecimal digits.
    """

    def __init__(self, secret: str, previous: Sequence[str] = ()) -> None:
        secrets = [secret, *previous]
        fernets = [Fernet(base64.urlsafe_b64encode(_derive(each, b"seal"))) for each in secrets]
        self._current = fernets[0]
        self._fernet = MultiFernet(fernets)
        self._hash_keys = [_derive(each, b"hash") for each in secrets]
        self.key_id = _derive(secret, b"key id").hex()[:8]

    def seal(self, text: str) -> bytes:
        """Encrypt ``text``; the result names no length to the character (blocks of 16 bytes)."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """Decrypt what ``seal`` made.

        Raises:
            WrongKeyError: it was sealed with a secret that we do not hold, or altered.
        """
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise WrongKeyError(
                "A stored address or text cannot be opened: SAHAN_SECRET_KEY is not the key it was sealed with. "
                "Set the old key as SAHAN_SECRET_KEY_PREVIOUS."
            ) from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the current secret alone opens ``sealed``."""
        try:
            self._current.decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def reseal(self, sealed: bytes) -> bytes:
        """The same text under the current secret.

        Raises:
            WrongKeyError: see ``open``.
        """
        return self.seal(self.open(sealed))

    def hash(self, scope: str, value: str) -> str:
        """Keyed hash of ``value`` within ``scope`` (for instance a channel): 64 hexadecimal digits."""
        return self._hash(self._hash_keys[0], scope, value)

    def hashes(self, scope: str, value: str) -> list[str]:
        """The hashes of ``value`` under the current and the earlier secrets, current first."""
        return [self._hash(key, scope, value) for key in self._hash_keys]

    @staticmethod
    def _hash(key: bytes, scope: str, value: str) -> str:
        return hmac.new(key, f"{scope}\0{value}".encode(), hashlib.sha256).hexdigest()
