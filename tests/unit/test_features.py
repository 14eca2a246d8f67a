"""The features of one text are those that scikit-learn gives it among many."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from bot.understanding.features import Features

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
