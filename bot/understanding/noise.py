"""Noisy copies of training phrases: dropped accents and vowels, SMS spelling, typing errors.

People write on a phone pad, in a hurry, in a language that they may never have been taught to write. A model that
has seen such copies loses little on such messages.
"""

from __future__ import annotations

import random
import re

_SMS_FRENCH = [
    (r"\bque\b", "ke"), (r"\bqui\b", "ki"), (r"\bquoi\b", "koi"), (r"qu", "k"), (r"\bc'est\b", "c"),
    (r"\bj'ai\b", "g"), (r"\bje suis\b", "jsui"), (r"\bje\b", "j"), (r"\bcomment\b", "cmt"), (r"\bpour\b", "pr"),
    (r"\bpas\b", "pa"), (r"\bveux\b", "ve"), (r"\bavec\b", "ac"), (r"\bdans\b", "ds"), (r"\bquand\b", "kan"),
    (r"\bcombien\b", "cb"), (r"\bbonjour\b", "bjr"), (r"\bsalut\b", "slt"), (r"eau\b", "o"), (r"\bau\b", "o"),
    (r"ez\b", "é"), (r"er\b", "é"), (r"s\b", ""), (r"t\b", ""), (r"e\b", ""), (r"ph", "f"), (r"ai", "é"),
    (r"ss", "s"), (r"oi", "wa"), (r"([a-z])\1", r"\1"), (r"\b(?:svp|s'il vous plait)\b", "svp"),
]
_SMS_ENGLISH = [
    (r"\byou\b", "u"), (r"\bare\b", "r"), (r"\bfor\b", "4"), (r"\bto\b", "2"), (r"\bplease\b", "pls"),
    (r"\bpeople\b", "ppl"), (r"\bbecause\b", "bcz"), (r"ing\b", "in"), (r"\bthe\b", "d"), (r"\bwhat\b", "wat"),
    (r"\bhow\b", "hw"), (r"ght", "t"), (r"([a-z])\1", r"\1"), (r"\bthank you\b", "thx"),
]
_RULES = {"fr": _SMS_FRENCH, "wo": _SMS_FRENCH, "bm": _SMS_FRENCH, "ff": _SMS_FRENCH, "en": _SMS_ENGLISH}
_VOWELS = set("aeiouy")


def noisy(text: str, locale: str, chance: random.Random) -> str:
    """One noisy copy of a folded phrase (lower case, no accents)."""
    words = [_mangled(word, locale, chance) for word in text.split()]
    if len(words) > 6 and chance.random() < 0.3:
        start = chance.randrange(0, len(words) // 3)
        words = words[start:start + max(4, len(words) * 2 // 3)]
    return " ".join(word for word in words if word)


def _mangled(word: str, locale: str, chance: random.Random) -> str:
    if chance.random() < 0.35:
        rules = _RULES.get(locale)
        if rules:
            pattern, written = chance.choice(rules)
            word = re.sub(pattern, written, word)
    if len(word) > 3 and chance.random() < 0.18:
        word = _typo(word, chance)
    return word


def _typo(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word))
    kind = chance.randrange(4)
    if kind == 0:
        return word[:place] + word[place + 1:]
    if kind == 1 and place < len(word) - 1:
        return word[:place] + word[place + 1] + word[place] + word[place + 2:]
    if kind == 2:
        return word[:place] + word[place - 1] + word[place:]
    vowels = [index for index, letter in enumerate(word) if letter in _VOWELS and index > 0]
    if vowels:
        index = chance.choice(vowels)
        return word[:index] + word[index + 1:]
    return word
