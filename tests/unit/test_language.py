"""Language identification, with the committed model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.understanding.language import LanguageIdentifier, LanguageModelError, words_of
from bot.understanding.paths import LANGUAGE_MODEL
from bot.understanding.script import Script, dominant_script


@pytest.fixture(scope="module")
def identifier() -> LanguageIdentifier:
    return LanguageIdentifier.load()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "slt je ve rentré o pays cmt je fé"),
        ("fr", "bjr g perdu mon passport ou je peu allé"),
        ("fr", "Comment m'inscrire au retour volontaire ?"),
        ("en", "hi i want 2 go back home pls help me"),
        ("en", "How do I register for the return?"),
        ("ar", "أريد العودة إلى بلدي"),
        ("ar", "3ayez arga3 baladi ma 3andi flous"),
        ("so", "waxaan rabaa inaan dalkayga ku noqdo"),
        ("so", "lacag ma haysto fadlan i caawi"),
        ("am", "ወደ ሀገሬ መመለስ እፈልጋለሁ"),
        ("am", "wede hagere memeles efeligalehu"),
        ("ti", "ናብ ሃገረይ ክምለስ እደሊ ኣለኹ"),
        ("om", "biyya kootti deebi'uu nan barbaada"),
        ("wo", "dama bëgg dellu sama réew"),
        ("wo", "dama beug nibbi sama rew lan lay def"),
        ("bm", "n bɛ fɛ ka segin n ka jamana la"),
        ("bm", "wari te n bolo aw ye n deme"),
        ("aa", "anu isi baaxoh gacam faxa"),
        ("ff", "mi yiɗi hootde leydi am"),
        ("ses", "ay ga baa ka ye ay gandaa ra"),
        ("taq", "ⵜⴰⵎⴰⵛⴰⵆ"),
        ("bm", "ߌ ߣߌ ߗߋ߫"),
        ("ff", "𞤶𞤢𞤪𞤢𞤥𞤢"),
    ],
)
def test_messages_are_recognised(identifier: LanguageIdentifier, language: str, text: str) -> None:
    assert identifier.identify(text).language == language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("wo", "dama bëgg dellu sama réew mais amuma papiers"),
        ("bm", "n bɛ fɛ ka segin so mais wari te n bolo"),
        ("so", "waxaan doonayaa inaan ku noqdo dalkayga svp"),
    ],
)
def test_the_african_language_wins_in_mixed_messages(identifier: LanguageIdentifier, language: str, text: str) -> None:
    assert identifier.identify(text).language == language


@pytest.mark.parametrize("text", ["", "   ", "12345", "?!", "👍", "ok", "STOP", "Mohamed", "https://example.org/aide"])
def test_nothing_recognisable_gives_no_language(identifier: LanguageIdentifier, text: str) -> None:
    guess = identifier.identify(text)
    assert guess.language is None
    assert len(guess.ranking) >= 3


@pytest.mark.parametrize(
    "text", ["Здравствуйте, мне нужна помощь", "我想回家", "मुझे मदद चाहिए", "مجھے گھر جانا ہے ڈاکٹر چاہیے"]
)
def test_other_scripts_give_no_language(identifier: LanguageIdentifier, text: str) -> None:
    assert identifier.identify(text).language is None


def test_ranking_is_in_order_and_starts_with_the_guess(identifier: LanguageIdentifier) -> None:
    guess = identifier.identify("je veux rentrer chez moi")
    shares = [share for _, share in guess.ranking]
    assert guess.ranking[0] == (guess.language, guess.confidence)
    assert shares == sorted(shares, reverse=True)
    assert 0.0 <= sum(shares) <= 1.0 + 1e-6


def test_country_and_previous_language_lift_their_candidates(identifier: LanguageIdentifier) -> None:
    alone = dict(identifier.identify("wari").ranking)
    assert dict(identifier.identify("wari", country="ML").ranking)["bm"] > alone["bm"]
    assert dict(identifier.identify("wari", previous="bm").ranking)["bm"] > alone["bm"]


def test_priors_do_not_overrule_clear_evidence(identifier: LanguageIdentifier) -> None:
    guess = identifier.identify("je voudrais rentrer dans mon pays s'il vous plait", country="DJ", previous="so")
    assert guess.language == "fr"


def test_unknown_country_and_language_change_nothing(identifier: LanguageIdentifier) -> None:
    text = "where is the hospital"
    assert identifier.identify(text, country="XX", previous="zz") == identifier.identify(text)


def test_very_long_text_is_fine(identifier: LanguageIdentifier) -> None:
    assert identifier.identify("je veux rentrer chez moi " * 500).language == "fr"


def test_accents_case_and_apostrophes_do_not_matter(identifier: LanguageIdentifier) -> None:
    assert words_of("J\u2019AI FAIM") == words_of("j'ai faim") == ["j'ai", "faim"]
    assert identifier.identify("JE VEUX RENTRER").language == identifier.identify("je veux rentrer").language


def test_dominant_script_looks_past_a_few_foreign_letters() -> None:
    assert dominant_script("ወደ OIM ቢሮ መሄድ እፈልጋለሁ") is Script.ETHIOPIC
    assert dominant_script("je suis à ጅቡቲ depuis hier") is Script.LATIN
    assert dominant_script("123 !") is None


def test_missing_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LanguageModelError, match=r"missing.*sahan language train"):
        LanguageIdentifier.load(tmp_path / "none.npz")


def test_broken_model_says_what_to_do(tmp_path: Path) -> None:
    broken = tmp_path / "broken.npz"
    broken.write_bytes(LANGUAGE_MODEL.read_bytes()[:1000])
    with pytest.raises(LanguageModelError, match="sahan language train"):
        LanguageIdentifier.load(broken)
    np.savez(broken, format=np.int32(999))
    with pytest.raises(LanguageModelError, match="format"):
        LanguageIdentifier.load(broken)


def test_model_is_small_and_without_pickle() -> None:
    assert LANGUAGE_MODEL.stat().st_size <= 2_000_000
    with np.load(LANGUAGE_MODEL, allow_pickle=False) as stored:
        assert all(stored[name].dtype != object for name in stored.files)
