"""How people really type: SMS spelling, phone keyboards without special letters, other alphabets.

Everything here is applied to training text only and takes its chance from the generator handed in.
"""

from __future__ import annotations

import re
import unicodedata
from random import Random

from bot.understanding.spelling import ETHIOPIC_CONSONANTS, ETHIOPIC_SYLLABLE, ETHIOPIC_VOWELS

Rule = tuple[re.Pattern[str], tuple[str, ...], float]
"""Pattern, replacements to choose from, and the probability of applying it to a message."""


def _rules(*rows: tuple[str, str, float]) -> tuple[Rule, ...]:
    return tuple((re.compile(pattern), tuple(to.split("|")), chance) for pattern, to, chance in rows)


_FRENCH = _rules(
    (r"\bje suis\b", "je sui|chui|jsuis|je suis|j sui", 0.6),
    (r"\bc'est\b", "c|cest|c est|ce|sé", 0.7),
    (r"\bqu'est[- ]ce qu[e']\b", "kes ke|keske|kesk|qesque|est ce que", 0.7),
    (r"\best[- ]ce que\b", "eske|esk|est ce ke|es ce que", 0.7),
    (r"\bj'ai\b", "jai|g|j ai|jé", 0.7),
    (r"\bqu'il", "kil|quil", 0.6),
    (r"\bque\b", "ke|k|q|qe", 0.6),
    (r"\bqui\b", "ki|qi", 0.6),
    (r"\bquoi\b", "koi|kwa|qoi", 0.6),
    (r"\bquel(le)?s?\b", "kel|quel|kelle", 0.6),
    (r"\bquand\b", "kan|kand|qd|can", 0.6),
    (r"\bcomment\b", "cmt|coman|commen|koman|cmnt|komen", 0.7),
    (r"\bpourquoi\b", "pk|prkoi|pourkoi|pq", 0.7),
    (r"\bpour\b", "pr|pour|pur", 0.5),
    (r"\bbonjour\b", "bjr|bonjr|bonjou|bjour", 0.6),
    (r"\bbonsoir\b", "bsr|bonswar", 0.6),
    (r"\bsalut\b", "slt|salu", 0.7),
    (r"\bvous\b", "vs|vou", 0.5),
    (r"\bnous\b", "ns|nou", 0.5),
    (r"\bbeaucoup\b", "bcp|bocou", 0.7),
    (r"\btoujours\b", "tjr|tjrs|toujour", 0.6),
    (r"\btout(es?)?\b|\btous\b", "tt|tou", 0.4),
    (r"\bavec\b", "avc|avek|ac", 0.5),
    (r"\bdans\b", "ds|dan", 0.5),
    (r"\bveu[xt]\b", "ve|veu|vx", 0.6),
    (r"\bpeu[xt]\b", "pe|peu", 0.6),
    (r"\bs'il (vous|te) plait\b", "svp|stp", 0.7),
    (r"\bm'aider\b", "maidé|maider|m aidé", 0.7),
    (r"\bfaire\b", "fair|fer", 0.5),
    (r"\baussi\b", "ossi|aussi", 0.5),
    (r"\bmaintenant\b", "mtn|mnt|maintenan", 0.6),
    (r"\bmes\b", "mé|mes", 0.3),
    (r"\bmais\b", "mé|mai", 0.4),
    (r"\best\b", "é|es|e", 0.3),
    (r"\bet\b", "é|e|et", 0.2),
    (r"\bau[x]?\b", "o", 0.5),
    (r"\bparce que\b", "pske|parske|pcq", 0.7),
    (r"\bquelqu'un\b", "kelkun|qqun|qq1", 0.7),
    (r"(?<=\w)(er|ez|ée?s?)\b", "é|e|er", 0.6),
    (r"eau\b", "o", 0.4),
    (r"qu", "k|q", 0.3),
    (r"(?<=[a-zé]{3})[sxt]\b", "", 0.4),
    (r"(?<=[a-zé]{3})e\b", "", 0.15),
    (r"ss|ll|tt|mm|nn|pp", "", 0.0),
    (r"'", "| ", 0.4),
    (r"oi", "wa|oi", 0.1),
    (r"ph", "f", 0.3),
)
_ENGLISH = _rules(
    (r"\byou\b", "u|yu", 0.6),
    (r"\byour\b", "ur|yr", 0.6),
    (r"\bare\b", "r", 0.4),
    (r"\bplease\b", "pls|plz|plse", 0.7),
    (r"\bto\b", "2|to", 0.2),
    (r"\bfor\b", "4|fr", 0.15),
    (r"\bwhat\b", "wat|wht|wot", 0.5),
    (r"\bthe\b", "d|da|the|th", 0.3),
    (r"\bthanks?( you)?\b", "thx|tnx|tanks|thanx", 0.6),
    (r"\bbecause\b", "bcz|cuz|coz|bcos", 0.7),
    (r"\bpeople\b", "ppl", 0.6),
    (r"\bwith\b", "wit|wth|w", 0.4),
    (r"\bthat\b", "dat|tht", 0.4),
    (r"\bthis\b", "dis|ths", 0.4),
    (r"\bhave\b", "hav|hve|av", 0.5),
    (r"\bhow\b", "hw|how", 0.4),
    (r"\bcan\b", "cn|can", 0.3),
    (r"\bi am\b|\bi'm\b", "im|am|i m", 0.6),
    (r"\band\b", "n|nd|an", 0.4),
    (r"\bdon't\b", "dont|dnt", 0.7),
    (r"\bwant to\b", "wanna|want 2|wnt to", 0.5),
    (r"\bmessage\b", "msg", 0.6),
    (r"\bmy\b", "ma|my", 0.2),
    (r"ing\b", "in|ing|ng", 0.3),
    (r"ght\b", "t|ght", 0.3),
    (r"'", "", 0.5),
    (r"(?<=\w)[aeiou](?=\w{2})", "", 0.08),
    (r"ck\b", "k", 0.3),
)
# Wolof, Pulaar, Bambara, Songhay, Serer as typed by people schooled in French.
_SAHEL = _rules(
    (r"ɛ", "e|è|é", 0.8),
    (r"ɔ", "o|ò", 0.8),
    (r"ɲ|ñ|ny", "gn|ny|n|ni", 0.7),
    (r"ŋ", "n|ng", 0.8),
    (r"ɓ", "b|bh", 0.8),
    (r"ɗ", "d|dh", 0.8),
    (r"ƴ|ƥ", "y|p", 0.7),
    (r"ƭ", "t", 0.8),
    (r"ë", "e|eu", 0.8),
    (r"ó|ò", "o", 0.7),
    (r"à", "a", 0.7),
    (r"é|è", "e", 0.6),
    (r"x", "kh|x|h", 0.5),
    (r"u(?!u)", "ou|u", 0.35),
    (r"uu", "ou|u", 0.5),
    (r"j", "dj|j", 0.3),
    (r"c(?!h)", "th|thi|ti|tch|c|ch", 0.4),
    (r"(?<=[aeiou])w(?=\b)", "w|o|ou", 0.2),
    (r"g(?=[ei])", "gu", 0.35),
    (r"([aeo])\1", r"\1", 0.5),
    (r"ii", "i|y", 0.5),
    (r"([bdgklmnprstw])\1", r"\1", 0.3),
    (r"\bw", "w|ou", 0.1),
    (r"q", "kh|q|k", 0.4),
    (r"'", "| ", 0.4),
    (r"y\b", "i|y", 0.2),
)
_TUAREG = _rules(
    (r"ə|ǝ", "e|a", 0.8),
    (r"ă|ǎ", "a", 0.8),
    (r"ɣ", "gh|r|g", 0.8),
    (r"š", "ch|sh", 0.8),
    (r"x", "kh|x", 0.5),
    (r"ž|ǧ|ǰ", "j", 0.7),
    (r"u", "ou|u", 0.35),
    (r"'", "", 0.5),
)
_HORN = _rules(
    (r"([aeiou])\1", r"\1", 0.4),
    (r"([bcdfgklmnqrst])\1", r"\1", 0.3),
    (r"'", "| ", 0.4),
    (r"dh", "d|dh", 0.12),
    (r"x", "h|x", 0.1),
    (r"q", "k|q", 0.15),
    (r"c", "|c", 0.05),
    (r"ph", "p|ph", 0.3),
    (r"\bwaxaan\b", "waxan|wxaan|wan", 0.4),
    (r"\bkeenya\b", "kenya|keenya", 0.4),
)
_BY_LANGUAGE: dict[str, tuple[Rule, ...]] = {
    "fr": _FRENCH, "en": _ENGLISH, "wo": _SAHEL, "ff": _SAHEL, "bm": _SAHEL, "ses": _SAHEL, "srr": _SAHEL,
    "taq": _TUAREG, "so": _HORN, "om": _HORN, "aa": _HORN,
}  # fmt: skip
_PLAIN_LETTERS = str.maketrans(
    {
        "ɛ": "e",
        "ɔ": "o",
        "ɲ": "n",
        "ŋ": "n",
        "ɓ": "b",
        "ɗ": "d",
        "ƴ": "y",
        "ƥ": "p",
        "ƭ": "t",
        "ə": "e",
        "ǝ": "e",
        "ɣ": "g",
        "œ": "oe",
    }
)
_KEYBOARD = "abcdefghijklmnopqrstuvwxyz"


def plain(text: str) -> str:
    """Without accents and special letters, as an old phone writes."""
    parts = unicodedata.normalize("NFD", text.translate(_PLAIN_LETTERS))
    return "".join(c for c in parts if not unicodedata.combining(c))


def typo(text: str, rng: Random) -> str:
    """One letter dropped, doubled, swapped with its neighbour or replaced."""
    if len(text) < 4:
        return text
    at = rng.randrange(1, len(text) - 1)
    kind = rng.randrange(4)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    if kind == 2:
        return text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :]
    return text[:at] + rng.choice(_KEYBOARD) + text[at + 1 :]


def as_typed(text: str, language: str, rng: Random) -> str:
    """`text` (Latin letters, lower case) as someone might type it: half the time nearly untouched."""
    kind = rng.random()
    if kind < 0.35:
        return text
    if kind > 0.55:
        for pattern, choices, chance in _BY_LANGUAGE.get(language, ()):
            if rng.random() < chance:
                text = pattern.sub(rng.choice(choices), text)
    if rng.random() < 0.7:
        text = plain(text)
    if rng.random() < 0.2:
        text = typo(text, rng)
    return text


def latin_from_ethiopic(word: str, rng: Random) -> str:
    """An Ethiopic word spelt in Latin letters the way people do in messages (no standard exists)."""
    out = ""
    for place, character in enumerate(word):
        name = unicodedata.name(character, "").removeprefix("ETHIOPIC SYLLABLE ")
        found = ETHIOPIC_SYLLABLE.match(name)
        if not found:
            out += character if character.isascii() else ""
            continue
        consonant = ETHIOPIC_CONSONANTS.get(found[1], found[1].strip().lower())
        vowel = ETHIOPIC_VOWELS.get(found[2], found[2].lower())
        if consonant == "" and vowel in ("e", ""):
            vowel = "a" if vowel == "e" else rng.choice("ie")
        elif vowel == "" and place < len(word) - 1 and (place == 0 or out[-1:] not in "aeiou" or rng.random() < 0.25):
            vowel = rng.choice(("i", "i", "e"))
        if consonant == "q" and rng.random() < 0.5:
            consonant = "k"
        if vowel == "e" and rng.random() < 0.12:
            vowel = "a"
        out += consonant + vowel
    return out


_ARABIZI: dict[str, tuple[str, ...]] = {
    "ا": ("a",), "أ": ("a", "2a"), "إ": ("i", "e"), "آ": ("a",), "ب": ("b",), "ت": ("t",), "ث": ("th", "t"),
    "ج": ("j", "g"),
    "ح": ("7", "h"), "خ": ("kh", "5"), "د": ("d",), "ذ": ("d", "z", "th"), "ر": ("r",), "ز": ("z",), "س": ("s",),
    "ش": ("sh", "ch"),
    "ص": ("s",), "ض": ("d",), "ط": ("t",), "ظ": ("d", "z"), "ع": ("3", "a"), "غ": ("gh",), "ف": ("f",),
    "ق": ("9", "q", "g"),
    "ك": ("k",), "ل": ("l",), "م": ("m",), "ن": ("n",), "ه": ("h",), "و": ("w", "o", "ou"), "ي": ("y", "i"),
    "ى": ("a",), "ة": ("a",),
    "ئ": ("2", "y"), "ؤ": ("2", "o"), "ء": ("2", ""),
}  # fmt: skip


def latin_from_arabic(word: str, rng: Random) -> str:
    """An Arabic word in Latin letters and digits (arabizi), short vowels guessed."""
    out = "el" if word.startswith("ال") else ""
    for letter in word[2:] if out else word:
        sound = rng.choice(_ARABIZI.get(letter, ("",)))
        if sound and out and out[-1] not in "aeiou" and sound[0] not in "aeiou" and rng.random() < 0.6:
            out += rng.choice("aaei")
        out += sound
    return out
