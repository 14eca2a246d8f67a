"""The optional second opinion: asked only where the first is unsure, and missing without harm."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.understanding import encoder
from bot.understanding.encoder import SecondOpinion
from bot.understanding.errors import EncoderMissingError, ModelFileError
from bot.understanding.topic import Confidence, TopicModel
from content.models import Phrase
from sahan.errors import SettingsError
from sahan.settings import read_settings

MEANINGS = {
    "return.apply": ("je veux rentrer dans mon pays", "how do I register to go home", "inscription pour le retour"),
    "services.health": ("je suis malade et j'ai de la fièvre", "where is a doctor", "l'hôpital le plus proche"),
    "out_of_scope": ("qui a gagné le match de football", "price of rice today", "une chanson d'amour"),
}


@pytest.fixture(scope="module")
def second() -> SecondOpinion:
    return SecondOpinion.train([Phrase(text, topic, "fr") for topic, texts in MEANINGS.items() for text in texts])


def test_it_knows_meanings_that_no_phrase_has(second: SecondOpinion) -> None:
    found = second("mon ventre me fait très mal, je cherche un soignant")
    assert max(found, key=found.__getitem__) == "services.health"
    assert sum(found.values()) == pytest.approx(1.0)


def test_what_was_learned_is_read_again(second: SecondOpinion, tmp_path: Path) -> None:
    path = tmp_path / "encoder.npz"
    second.save(path)
    again, text = SecondOpinion.load(path), "where can I see a nurse"
    assert again(text) == pytest.approx(second(text), abs=0.01)
    with pytest.raises(ModelFileError, match="sahan train"):
        SecondOpinion.load(tmp_path / "none.npz")
    path.write_bytes(b"broken")
    with pytest.raises(ModelFileError, match="sahan train"):
        SecondOpinion.load(path)


def test_it_is_asked_only_where_the_first_is_unsure() -> None:
    phrases = [Phrase(f"{text} {number}", topic, "fr") for topic, texts in MEANINGS.items() for text in texts
               for number in range(4)]
    model = TopicModel.train(phrases)
    asked: list[str] = []

    def opinion(text: str) -> Mapping[str, float]:
        asked.append(text)
        return {"services.health": 1.0}

    sure = model.rank("je veux rentrer dans mon pays", opinion)
    assert (sure.confidence, asked) == (Confidence.SURE, [])
    unsure = model.rank("zzz qqq", opinion)
    assert asked == ["zzz qqq"]
    assert unsure.ranking[0][0] == "services.health"


def test_a_missing_package_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "ENCODER_PACKAGE", "no_such_package")
    with pytest.raises(EncoderMissingError, match="make encoder"):
        SecondOpinion(["a"], *(encoder.np.zeros((384, 1)), encoder.np.zeros(1)))
    monkeypatch.setattr("bot.understanding.paths.ENCODER_PACKAGE", "no_such_package")
    with pytest.raises(SettingsError, match=r"SAHAN_ENCODER is on.*make encoder"):
        read_settings({"SAHAN_SECRET_KEY": "a key of the tests only", "SAHAN_ENCODER": "1"})
    assert read_settings({"SAHAN_SECRET_KEY": "a key of the tests only"}).encoder is False
