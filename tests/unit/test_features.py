"""The features of one text are those that scikit-learn gives it among many."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from bot.understanding.features import Features
from bot.understanding.weights import FewWeights

TEXTS = [
    "comment rentrer au pays", "je veux rentrer je veux rentrer", "sidee u laabtaa", "kan ndi ka taa so",
    "how do i go back home", "كيف أرجع إلى بلدي", "ወደ ሀገሬ እንዴት እመለሳለሁ", "rentrer", "the the the the road", "",
]


@pytest.fixture(scope="module")
def features() -> Features:
    return Features.learn(TEXTS[:-2])[0].with_words(["sahan", "retour"], np.array([1.5, 2.5], np.float32))


@pytest.mark.parametrize("text", [*TEXTS, "retour retour au pays avec sahan", "zzzz qqqq", "؟!؟"])
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix])
def test_one_text_weighs_what_it_does_among_many(features: Features, text: str, form: type) -> None:
    chance = np.random.default_rng(7)
    dense = chance.normal(size=(len(features), 5)) * (chance.random((len(features), 5)) < 0.3)
    weights = dense.astype(np.float32)
    among_many = features.of([text, *TEXTS])[0] @ weights
    np.testing.assert_allclose(features.weigh(text, form(weights)), np.ravel(among_many), rtol=1e-4, atol=1e-5)


def test_of_many_labels_the_weights_that_say_something_are_kept(features: Features) -> None:
    chance = np.random.default_rng(3)
    labels = 300
    dense = np.full((len(features), labels), -0.01, np.float32)
    for row in dense:  # a feature speaks for some labels, and of the others all alike
        row[chance.choice(labels, 40, replace=False)] = chance.normal(size=40)
    few = FewWeights.of(dense)
    for text in TEXTS:
        np.testing.assert_allclose(features.weigh(text, few), features.weigh(text, dense), rtol=2e-3, atol=2e-3)


def test_labels_are_learned_and_removed_beside_many(features: Features) -> None:
    chance = np.random.default_rng(5)
    dense = np.full((len(features), 70), -0.1, np.float32)
    dense[:, ::3] = chance.uniform(0.5, 2.0, size=(len(features), 24))
    grown = features.with_words(["nouveau"], np.array([2.0], np.float32))
    learned = chance.normal(size=(len(grown), 2)).astype(np.float32)
    kept = [place for place in range(70) if place not in (3, 50)]
    few = FewWeights.of(dense, kept=24).with_labels(kept, learned)
    expected = np.vstack([dense[:, kept], np.zeros((1, len(kept)), np.float32)])
    assert few.shape == (len(grown), 70)
    for text in [*TEXTS, "un nouveau retour"]:
        np.testing.assert_allclose(
            grown.weigh(text, few), grown.weigh(text, np.hstack([expected, learned])), rtol=5e-3, atol=5e-3
        )
