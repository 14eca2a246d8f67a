"""Danger to a life now, in any language: the plain core that works when everything else fails.

Cues (`cues`: words, and groups of words that stand close together) and, for each language, a linear model over its
urgent phrases against what else people write in it (`urgency_model`). The models read what the cues heard along with
the message, so that a word of danger that staff add is heard at once in every form. Where no model is trained, the cues
decide alone.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.understanding.cues import CueReader, Cues, library_cues, marked
from bot.understanding.language import LanguageModelError
from bot.understanding.models import language_identifier
from bot.understanding.noise import noisy
from bot.understanding.text import fold, has_words
from bot.understanding.urgency_model import UrgencyModel
from content.models import Phrase

DANGER = "urgent.danger"
DESPAIR = "urgent.suicide"
THRESHOLD = 0.15  # chosen for recall on messages that were looked at (tests/understanding)
THRESHOLDS = {"aa": 0.2, "bm": 0.5, "ti": 0.3}
"""Where ordinary messages that were looked at alarmed more often than elsewhere, and danger stood well apart."""
_CERTAIN = 0.25  # of the threshold, where a cue decides: the model only stops what it finds quite ordinary
_ORDINARY = "ordinary"
_COPIES = 2  # noisy ones of an ordinary phrase
_URGENT_COPIES = 3
_SEED = 20261122


@dataclass(frozen=True)
class Urgency:
    """Whether a message tells of danger to a life now.

    Attributes:
        topic: ``urgent.danger``, ``urgent.suicide``, or None.
        score: probability that the message is urgent, 0..1.
    """

    topic: str | None
    score: float


class UrgencyDetector:
    """Hears danger in a message.

    Args:
        model: None where no trained model is at hand; then the cues alone decide, and more readily.
        cues: what to listen for, `cues.library_cues`.
        threshold: probability above which a message is urgent; None: that of the languages it may be written in.
    """

    def __init__(self, model: UrgencyModel | None, cues: Cues, threshold: float | None = None) -> None:
        self._model = model
        self._reader = CueReader(cues)
        self._threshold = threshold

    @staticmethod
    def train(phrases: Sequence[Phrase], cues: Cues | None = None) -> UrgencyModel:
        """Learn urgent from ordinary phrases.

        Args:
            phrases: of the library, all languages.
            cues: those that the detector will hear by; the library's where not given.

        Raises:
            UnderstandingError: too few phrases.
        """
        cues = library_cues() if cues is None else cues
        reader = CueReader(cues)
        chance = random.Random(_SEED)
        texts: list[str] = []
        labels: list[str] = []
        locales: list[str] = []
        groups: list[int] = []
        examples = [Phrase(text, _ORDINARY, locale) for locale, text in cues.examples]
        for group, phrase in enumerate([*examples, *phrases]):
            label = phrase.topic if phrase.topic in (DANGER, DESPAIR) else _ORDINARY
            folded = fold(phrase.text)
            copies = _COPIES if label == _ORDINARY else _URGENT_COPIES
            for text in dict.fromkeys([folded, *(noisy(folded, phrase.locale, chance) for _ in range(copies))]):
                texts.append(marked(text, reader.hear(text)))
                labels.append(label)
                locales.append(phrase.locale)
                groups.append(group)
        return UrgencyModel.train(texts, labels, locales, groups)

    def detect(self, text: str) -> Urgency:
        """Hear one message. Never raises."""
        if not has_words(text):
            return Urgency(None, 0.0)
        heard = self._reader.hear(text)
        if heard.certain is not None and (heard.alone or self._model is None):
            return Urgency(heard.certain, 1.0)
        if self._model is None:
            return Urgency(heard.likely, 0.5) if heard.likely and not heard.calm else Urgency(None, 0.0)
        languages = _languages(text)
        threshold = self._threshold_for(languages)
        scores = self._model.probabilities(marked(text, heard), languages)
        score = 1.0 - scores.get(_ORDINARY, 1.0)
        if heard.certain is not None and score >= threshold * _CERTAIN:
            return Urgency(heard.certain, max(score, threshold))
        if score < threshold:
            return Urgency(None, score)
        return Urgency(DESPAIR if scores.get(DESPAIR, 0.0) > scores.get(DANGER, 0.0) else DANGER, score)

    def _threshold_for(self, languages: Mapping[str, float]) -> float:
        if self._threshold is not None:
            return self._threshold
        known = sum(languages.values())
        if known <= 0.0:
            return THRESHOLD
        return sum(share * THRESHOLDS.get(locale, THRESHOLD) for locale, share in languages.items()) / known


def _languages(text: str) -> dict[str, float]:
    """What a message may be written in; nothing where that cannot be told, for danger is heard all the same."""
    try:
        return dict(language_identifier().identify(text).ranking)
    except LanguageModelError:
        return {}
