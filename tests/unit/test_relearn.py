"""Learning topics again beside a trained index, on a small one that is trained here."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.understanding.errors import ModelFileError
from bot.understanding.relearn import Relearned
from bot.understanding.topic import TopicModel
from content.models import Phrase

PLACES = ("", "svp", "au mali", "pour moi", "pour mon frère", "demain")
SMALL = {
    "return.apply": ("je veux rentrer", "comment m'inscrire au retour", "inscription pour rentrer au pays"),
    "services.health": ("je suis malade", "où trouver un médecin", "hôpital le plus proche"),
    "programme.mprr": ("c'est quoi mprr", "le projet mprr existe encore", "mprr bureau"),
    "out_of_scope": ("qui a gagné le match", "prix du riz", "musique nouvelle"),
    "urgent.danger": ("la pirogue coule", "on va me tuer", "perdus dans le désert"),
}
NEW = ("c'est quoi nafoore", "nafoore à dakar", "inscription nafoore", "nafoore ouvre quand")


def phrases(topics: dict[str, tuple[str, ...]] = SMALL) -> list[Phrase]:
    return [Phrase(f"{text} {place}".strip(), topic, "fr")
            for topic, texts in topics.items() for text in texts for place in PLACES]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[TopicModel, Path]:
    folder = tmp_path_factory.mktemp("topics")
    TopicModel.train(phrases()).save(folder)
    return TopicModel.load(folder), folder


def first(model: TopicModel, text: str) -> str:
    return model.rank(text).ranking[0][0]


def test_the_same_phrases_need_no_learning_whatever_their_order(trained: tuple[TopicModel, Path]) -> None:
    model, folder = trained
    assert model.relearn(list(reversed(phrases())), folder) is None


def test_phrases_of_danger_are_no_topics(trained: tuple[TopicModel, Path]) -> None:
    model, folder = trained
    assert all(not topic.startswith("urgent.") for topic, _ in model.rank("la pirogue coule").ranking)
    more = {**SMALL, "urgent.danger": (*SMALL["urgent.danger"], "au secours")}
    assert model.relearn(phrases(more), folder) is None


def test_a_new_topic_with_words_that_nobody_knew_is_found_and_the_others_still_are(
    trained: tuple[TopicModel, Path],
) -> None:
    model, folder = trained
    learned = model.relearn(phrases({**SMALL, "services.nafoore": NEW}), folder)
    assert learned is not None
    assert "services.nafoore" in learned.learned
    assert "nafoore" in learned.words
    after = model.with_(Relearned.from_bytes(learned.to_bytes()))
    assert first(after, "nafoore est ouvert demain ?") == "services.nafoore"
    for text, topic in (("je veux rentrer vite", "return.apply"), ("un médecin svp", "services.health"),
                        ("mprr c'est encore là ?", "programme.mprr")):
        assert first(after, text) == topic == first(model, text)


def test_a_topic_whose_phrases_move_is_learned_anew(trained: tuple[TopicModel, Path]) -> None:
    model, folder = trained
    moved = {**SMALL, "programme.mprr": ("le centre de tri postal", "colis perdu à la poste", "timbre et lettre")}
    learned = model.relearn(phrases(moved), folder)
    assert learned is not None
    assert first(model.with_(learned), "mon colis est à la poste") == "programme.mprr"


def test_a_removed_topic_is_never_answered_again(trained: tuple[TopicModel, Path]) -> None:
    model, folder = trained
    learned = model.relearn(phrases({topic: texts for topic, texts in SMALL.items() if topic != "programme.mprr"}),
                            folder)
    assert learned is not None
    assert learned.removed == ("programme.mprr",)
    after = model.with_(learned)
    assert "programme.mprr" not in [topic for topic, _ in after.rank("c'est quoi mprr").ranking]


def test_what_was_learned_beside_another_index_is_refused(trained: tuple[TopicModel, Path]) -> None:
    model, folder = trained
    learned = model.relearn(phrases({**SMALL, "services.nafoore": NEW}), folder)
    assert learned is not None
    other = TopicModel.train(phrases({**SMALL, "services.health": ("fièvre", "maux de tête", "dentiste")}))
    with pytest.raises(ModelFileError, match="another index"):
        other.with_(learned)


@pytest.mark.parametrize("body", [b"", b"no model", b"PK\x03\x04"])
def test_a_broken_body_says_what_to_do(body: bytes) -> None:
    with pytest.raises(ModelFileError, match="Publish again"):
        Relearned.from_bytes(body)


def test_missing_examples_say_what_to_do(trained: tuple[TopicModel, Path], tmp_path: Path) -> None:
    model, _ = trained
    with pytest.raises(ModelFileError, match="sahan train"):
        model.relearn(phrases({**SMALL, "services.nafoore": NEW}), tmp_path)
