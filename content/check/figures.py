"""Finding numbers, telephone numbers and e-mail addresses in texts of every script."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

_SPACE = " \u00a0\u202f"
_YEARS = re.compile(r"\b((?:19|20)\d\d)\s?[-–/]\s?((?:19|20)\d\d)\b")
_DAY = re.compile(r"\b(?:19|20)\d\d-\d\d-\d\d\b")
_THOUSANDS = re.compile(rf"(?<!\d)\d{{1,3}}(?:[{_SPACE}.,٬]\d{{3}})+(?!\d)")
_DIGITS = re.compile(r"\d+")
_NOT_A_DIGIT = re.compile(r"\D")
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
_LIST_NUMBER = re.compile(r"^\s*\d{1,2}[.)]\s", re.MULTILINE)
_E_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w[\w.-]*")
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)
_MONTH = re.compile(rf"\b({'|'.join(_MONTHS)})\b", re.IGNORECASE)


def telephone_numbers(text: str, digits: int) -> list[str]:
    """What looks like a telephone number of at least ``digits`` digits; years and dates do not."""
    if not _DIGITS.search(text):
        return []
    text = _DAY.sub(" ", _YEARS.sub(" ", ascii_digits(text)))
    return [found.group().strip() for found in _telephone(digits).finditer(text)]


def e_mail_addresses(text: str) -> list[str]:
    """What looks like an e-mail address."""
    return _E_MAIL.findall(text) if "@" in text else []


@lru_cache(maxsize=10_000)
def numbers(text: str) -> frozenset[str]:
    """The numbers of a text in ASCII digits, "52 000" and "52.000" as "52000"; the numbers of a list don't count."""
    if not _DIGITS.search(text):
        return frozenset()
    text = _YEARS.sub(r"\1 / \2", _LIST_NUMBER.sub("", ascii_digits(text)))
    found: set[str] = set()
    for pattern in (_telephone(8), _THOUSANDS, _DIGITS):
        found.update(_bare(each) for each in pattern.findall(text))
        text = pattern.sub(" ; ", text)
    return frozenset(found)


def months(text: str) -> set[str]:
    """The months that a French text names, as numbers: another language may write them so."""
    return {str(_MONTHS.index(each.lower()) + 1) for each in _MONTH.findall(text)}


def ascii_digits(text: str) -> str:
    """``text`` with the digits of every script as ASCII ones."""
    return text if text.isascii() else _OTHER_DIGIT.sub(lambda found: str(unicodedata.digit(found.group())), text)


@cache
def _telephone(digits: int) -> re.Pattern[str]:
    return re.compile(rf"(?<!\d)\+?\d(?:[{_SPACE}.-]?\d){{{digits - 1},}}(?!\d)")


def _bare(number: str) -> str:
    return _NOT_A_DIGIT.sub("", number).lstrip("0") or "0"
