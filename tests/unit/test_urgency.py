"""Danger to a life now: the cues alone, as on a machine without any trained model, and what calms them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.understanding.cues import CueReader, Cues, Rule, library_cues, mark, read_cues
from bot.understanding.errors import ModelFileError, UnderstandingError
from bot.understanding.language import LanguageModelError
from bot.understanding.urgency import DANGER, DESPAIR, Urgency, UrgencyDetector
from bot.understanding.urgency_model import UrgencyModel
from content.models import DangerWords, Phrase

BOAT = Cues(
    whole={DANGER: ("au secours",)},
    groups={"boat": ("pirogue", "*قارب*"), "sink": ("coule*", "prend l'eau", "*غرق*"), "past": ("il y a",)},
    rules=(Rule("boat+sink", DANGER, ("boat", "sink"), window=4),),
    calming=frozenset({"past"}),
)

FRENCH = [
    *(Phrase(text, DANGER, "fr") for text in ("la pirogue coule", "pirogue qui coule", "coule pirogue vite")),
    *(Phrase(text, DESPAIR, "fr") for text in ("je veux mourir", "mourir ce soir", "plus envie de vivre")),
    *(Phrase(f"{text} {number}", "return.apply", "fr") for number in range(4)
      for text in ("je veux rentrer", "prendre la pirogue", "comment m'inscrire", "bonjour à vous")),
]

DANGERS = [
    "la pirogue vient de se renverser, des enfants sont dans l'eau",
    "AU SECOURS",
    "on est perdus dans le desert et on a plus deau",
    "il a un couteau et il casse la porte",
    "ils nous ont enfermés, ils demandent une rançon",
    "the boat is filling with water",
    "they locked us in a house and want ransom",
    "we are lost in the sahara without water",
    "المركب تقلب في الموج",
    "نحن تايهين في الصحراء بلا ماء",
    "doontii biyo ayaa soo galay",
    "saxaraha ayaan ku lunnay biyo ma hayno",
    "gaal gi dafa suux",
    "ñu ngi réer ci désert bi ndox amul",
    "ጀልባው ተገለበጠ",
    "bidiruun galagalte",
    "kurun bɛ ka tunun",
]
DESPAIRS = [
    "je n'ai plus envie de vivre", "i want to kill myself", "اريد ان اموت", "waan is dilayaa", "dama bëgg dee",
    "ራሴን ማጥፋት ነው የምፈልገው", "of ajjeesuu barbaada", "n be na n yere faga",
]
CALM = [
    "bonjour", "quels sont les dangers de la mer", "je suis mort de rire", "hello, where is your office",
    "il y a deux ans notre pirogue a coulé, j'ai survécu", "كيف ارجع لبلدي", "sideen isku diiwaan geliyaa",
    "naka laay bindoo", "they killed it, great match", "combien d'argent je reçois", "1", "?", "",
]


@pytest.fixture(scope="module")
def plain() -> UrgencyDetector:
    return UrgencyDetector(None, library_cues())


@pytest.mark.parametrize("text", DANGERS)
def test_danger_is_heard_without_a_model(plain: UrgencyDetector, text: str) -> None:
    assert plain.detect(text).topic == DANGER


@pytest.mark.parametrize("text", DESPAIRS)
def test_despair_is_heard_without_a_model(plain: UrgencyDetector, text: str) -> None:
    assert plain.detect(text).topic == DESPAIR


@pytest.mark.parametrize("text", CALM)
def test_what_is_not_danger_now_stays_calm(plain: UrgencyDetector, text: str) -> None:
    assert plain.detect(text) == Urgency(None, 0.0)


@pytest.mark.parametrize("text", ["pirogue coule", "pirouge coulent", "PIROGUE... prend l’eau!!", "القاربين بيغرقوا"])
def test_a_rule_stands_misspelling_and_other_forms(text: str) -> None:
    assert CueReader(BOAT).hear(text).likely == DANGER


@pytest.mark.parametrize("text", ["pirogue", "il coule", "la pirogue part ce matin et rien ne coule", "tirage coule"])
def test_a_rule_wants_all_its_groups_close_together(text: str) -> None:
    assert CueReader(BOAT).hear(text).likely is None


def test_the_past_calms_a_rule_but_not_a_cry_for_help() -> None:
    detector = UrgencyDetector(None, BOAT)
    assert detector.detect("il y a un an la pirogue coule").topic is None
    assert detector.detect("il y a du sang au secours").topic == DANGER


def test_a_certain_rule_decides_and_one_without_a_group_does_not() -> None:
    rule = Rule("boat+sink", DANGER, ("boat", "sink"), frozenset({"past"}), certain=True)
    reader = CueReader(Cues(groups=BOAT.groups, rules=(rule,)))
    assert reader.hear("pirogue coule").certain == DANGER
    assert reader.hear("pirogue coule il y a").likely is None


def test_the_model_learns_from_what_the_cues_hear() -> None:
    model = UrgencyDetector.train(FRENCH, BOAT)
    assert model.locales == ["fr"]
    detector = UrgencyDetector(model, BOAT)
    assert detector.detect("القارب بيغرق").topic == DANGER  # no Arabic phrase was learned
    assert detector.detect("comment rentrer").topic is None


def test_a_word_of_danger_in_one_language_is_an_ordinary_one_in_another() -> None:
    somali = [Phrase(f"{text} {number}", "return.apply", "so") for number in range(4)
              for text in ("coule waa magaalo", "coule baan tagayaa", "sideen isku qoraa", "salaan")]
    somali += [Phrase(text, DANGER, "so") for text in ("biyo ayaa soo galay", "doontii way degtay", "waa nala dilayaa")]
    somali += [Phrase(text, DESPAIR, "so") for text in ("waan is dilayaa", "nolosha waan nacay", "dhimasho baan rabaa")]
    model = UrgencyDetector.train([*FRENCH, *somali], Cues())
    urgent = {each: 1 - model.probabilities("coule", {each: 1.0})["ordinary"] for each in ("fr", "so")}
    assert urgent["fr"] > 0.5 > urgent["so"]
    both = 1 - model.probabilities("coule", {"fr": 0.5, "so": 0.5})["ordinary"]
    assert both == pytest.approx((urgent["fr"] + urgent["so"]) / 2, abs=1e-5)
    assert model.probabilities("coule", {"taq": 1.0}) == pytest.approx(model.probabilities("coule", {}))


def test_a_language_with_too_few_phrases_of_danger_gets_no_model(tmp_path: Path) -> None:
    few = [Phrase("bidiruun liqimfamaa jira", DANGER, "om")]
    few += [Phrase(f"akkam {number}", "talk.greet", "om") for number in range(9)]
    model = UrgencyDetector.train([*FRENCH, *few], BOAT)
    assert model.locales == ["fr"]
    with pytest.raises(UnderstandingError, match="No language has phrases enough"):
        UrgencyDetector.train(few, BOAT)
    model.save(tmp_path)
    again = UrgencyModel.load(tmp_path)
    assert again.probabilities("la pirogue coule", {"fr": 1.0}) == pytest.approx(
        model.probabilities("la pirogue coule", {"fr": 1.0}), abs=1e-3)


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    UrgencyDetector.train(FRENCH, BOAT).save(tmp_path)
    (tmp_path / "numbers.npz").write_bytes(b"PK")
    with pytest.raises(ModelFileError, match="Run `sahan train`"):
        UrgencyModel.load(tmp_path)


def test_danger_is_heard_where_the_language_cannot_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged() -> None:
        raise LanguageModelError("damaged")

    detector = UrgencyDetector(UrgencyDetector.train(FRENCH, BOAT), BOAT)
    monkeypatch.setattr("bot.understanding.urgency.language_identifier", damaged)
    assert detector.detect("la pirogue coule").topic == DANGER


def test_every_mark_stands_for_one_thing() -> None:
    cues = library_cues()
    names = [*cues.whole, *cues.groups, *(rule.name for rule in cues.rules)]
    assert len({mark(each) for each in names}) == len(names) == len(set(names))


def test_not_now_examples_are_no_phrases_of_danger() -> None:
    plain = UrgencyDetector(None, library_cues())
    wrong = [text for _, text in library_cues().examples if plain.detect(text).score == 1.0]
    assert wrong == []


@pytest.mark.parametrize("text", ["\u202e", "🙏🏿", "a" * 5000, "coule " * 900, "\x00", "ሀ" * 3000, "ق" * 3000])
def test_odd_messages_do_no_harm(plain: UrgencyDetector, text: str) -> None:
    start = time.perf_counter()
    plain.detect(text)
    assert time.perf_counter() - start < 0.1


def test_hearing_is_quick(plain: UrgencyDetector) -> None:
    start = time.perf_counter()
    for _ in range(20):
        for text in DANGERS:
            plain.detect(text)
    assert (time.perf_counter() - start) / (20 * len(DANGERS)) < 0.001


def test_a_rule_about_an_unknown_group_is_refused() -> None:
    rules = {"rules": {"urgent.danger": [{"all": ["boat", "sink"]}]}, "calming": [], "pressing": []}
    french = {"locale": "fr", "groups": {"boat": ["pirogue"]}}
    with pytest.raises(ValueError, match=r"urgency\.yml: no group of this name: sink"):
        read_cues(DangerWords(rules, (french,)))


def test_a_group_that_no_rule_uses_is_refused() -> None:
    rules = {"rules": {"urgent.danger": [{"all": ["boat"]}]}, "calming": [], "pressing": []}
    french = {"locale": "fr", "groups": {"boat": ["pirogue"], "baot": ["bateau"]}}
    with pytest.raises(ValueError, match=r"urgency/: no rule uses this group: baot"):
        read_cues(DangerWords(rules, (french,)))
