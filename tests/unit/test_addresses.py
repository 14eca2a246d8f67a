"""Addresses at rest: sealed, found again by hash, and readable through a change of the key."""

from __future__ import annotations

import re

import pytest

from store.addresses import Vault
from store.errors import WrongKeyError

NUMBER = "+25377123456"
OLD, NEW = "the secret of last year", "the secret of this year"


def test_what_is_sealed_can_be_opened_and_does_not_show_the_text() -> None:
    vault = Vault(OLD)
    sealed = vault.seal(NUMBER)
    assert NUMBER.encode() not in sealed
    assert vault.open(sealed) == NUMBER


def test_the_same_text_is_never_sealed_twice_alike() -> None:
    vault = Vault(OLD)
    assert vault.seal(NUMBER) != vault.seal(NUMBER)


@pytest.mark.parametrize("text", ["", "é ش 😀", "x" * 5000])
def test_any_text_survives(text: str) -> None:
    vault = Vault(OLD)
    assert vault.open(vault.seal(text)) == text


def test_another_key_opens_nothing_and_says_what_to_do() -> None:
    sealed = Vault(OLD).seal(NUMBER)
    with pytest.raises(WrongKeyError, match="SAHAN_SECRET_KEY_PREVIOUS") as caught:
        Vault(NEW).open(sealed)
    assert NUMBER not in str(caught.value)


@pytest.mark.parametrize("place", [0, 10, 40, -1])
def test_an_altered_text_is_refused(place: int) -> None:
    vault = Vault(OLD)
    sealed = bytearray(vault.seal(NUMBER))
    sealed[place] = ord("A") if sealed[place] != ord("A") else ord("B")
    with pytest.raises(WrongKeyError):
        vault.open(bytes(sealed))


def test_a_hash_finds_the_same_person_again_and_nobody_else() -> None:
    vault = Vault(OLD)
    assert vault.hash("sms", NUMBER) == Vault(OLD).hash("sms", NUMBER)
    assert len({vault.hash("sms", NUMBER), vault.hash("telegram", NUMBER), vault.hash("sms", NUMBER + "1"),
                Vault(NEW).hash("sms", NUMBER)}) == 4
    assert re.fullmatch(r"[0-9a-f]{64}", vault.hash("sms", NUMBER))


def test_scope_and_value_cannot_be_shifted_into_each_other() -> None:
    vault = Vault(OLD)
    assert vault.hash("sms", "1/2") != vault.hash("sms1", "/2")
    assert vault.hash("a", "b\0c") != vault.hash("a\0b", "cc")


def test_a_rotation_opens_the_old_and_seals_with_the_new() -> None:
    sealed_before = Vault(OLD).seal(NUMBER)
    rotating = Vault(NEW, [OLD])
    assert rotating.open(sealed_before) == NUMBER
    assert Vault(NEW).open(rotating.seal(NUMBER)) == NUMBER
    with pytest.raises(WrongKeyError):
        Vault(OLD).open(rotating.seal(NUMBER))


def test_a_rotation_looks_under_both_hashes_the_new_first() -> None:
    rotating = Vault(NEW, [OLD])
    assert rotating.hashes("sms", NUMBER) == [Vault(NEW).hash("sms", NUMBER), Vault(OLD).hash("sms", NUMBER)]
    assert rotating.hash("sms", NUMBER) == Vault(NEW).hash("sms", NUMBER)
    assert Vault(NEW).hashes("sms", NUMBER) == [Vault(NEW).hash("sms", NUMBER)]
