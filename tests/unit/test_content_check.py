"""The rules of the library: a small sound library, broken in one place at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from content.check import RULES, check, fill
from content.check.contract import CONTRACT
from content.check.figures import months, numbers, telephone_numbers
from content.check.folding import fold
from content.errors import Fault
from content.loader import read_files, read_library

GONE = object()
MORE = object()  # instead of keys: the value is appended to the file as it stands

SMALL_CONTRACT = ("return.apply", "return.delay", "talk.greet", "out_of_scope")
BY_ID = {each.id: each for each in RULES}

DOCUMENT = {
    "publisher": "OIM", "cite": "OIM Mali", "title": "Le retour", "reference": "iom.int", "date": "2022-09-20",
    "read": "2026-11", "country": "ML", "kind": "official", "status": "", "superseded_by": None, "contacts": "none",
}


def _text(topic: str, **more: Any) -> dict[str, Any]:
    return {"revision": 2, "title": topic, "sms": "Demandez à l'OIM.", "long": "Demandez à un bureau.", **more}


def _translation(topic: str, sms: str, **more: Any) -> dict[str, Any]:
    return _text(topic, translates=2, status="draft", translator="Sahan", date="2026-11-22") | {"sms": sms} | more


def _sound() -> dict[str, dict[str, Any]]:
    """A library without fault, by file."""
    delay = "Comptez 30 jours.\n\n1. attendez\n2. partez en 09/2022"
    files: dict[str, dict[str, Any]] = {
        "documents/oim.yml": {"id": "oim", **DOCUMENT, "facts": {"how": "On demande.", "delay": "Comptez 30 jours."}},
        "documents/presse.yml": {
            "id": "presse", **DOCUMENT, "date": None, "contacts": "press", "facts": {"event": "Une réunion a eu lieu."},
        },
        "documents/lignes.yml": {
            "id": "lignes", **DOCUMENT, "contacts": "helpline",
            "facts": {"line": "À Gao, la ligne est le 800 00 20 20."},
        },
        "topics/return.yml": {"topics": [
            {"id": "return.apply", "facts": ["oim.how", "lignes.line"], "cite": ["oim"], "countries": ["ML"],
             "related": ["return.delay"]},
            {"id": "return.delay", "facts": ["oim.delay"], "cite": ["oim"], "related": ["return.apply"]},
        ]},
        "topics/talk.yml": {"topics": [{"id": "talk.greet", "related": ["return.apply"]}]},
        "texts/fr/return.yml": {"locale": "fr", "texts": {
            "return.apply": _text("return.apply", countries={
                "ML": {"sms": "Demandez à l'OIM.", "long": "Au Mali, appelez le 800 00 20 20.", "cite": ["lignes"]},
            }),
            "return.delay": _text("return.delay", long=delay),
        }},
        "texts/fr/talk.yml": {"locale": "fr", "texts": {"talk.greet": _text("talk.greet")}},
        "texts/en/return.yml": {"locale": "en", "texts": {
            "return.delay": _translation("return.delay", "Ask IOM.", long=delay),
            "return.apply": _translation("return.apply", "Ask IOM.", countries={
                "ML": {"sms": "In Mali, ask IOM.", "long": "In Mali, call 800002020.", "cite": ["lignes"]},
            }),
        }},
        "texts/ar/return.yml": {"locale": "ar", "texts": {
            "return.delay": _translation("return.delay", "اسأل المنظمة", long="٣٠ يوما في ٩/٢٠٢٢"),
        }},
        "messages/fr.yml": {"locale": "fr", "messages": {
            "menu_return": "Rentrer au pays", "undated": "non daté, lu en {month}",
            "noted": {"sms": "Pays: {country}", "long": "Pays noté : {country}"},
        }},
        "messages/ar.yml": {"locale": "ar", "messages": {
            "menu_return": "العودة", "undated": "{month}", "noted": {"sms": "{country}", "long": "{country}"},
        }},
        "words/fr.yml": {"locale": "fr", "commands": {
            "stop": ["stop"], "start": ["start"], "help": ["aide"], "forget": ["effacer"],
            "export": ["mes donnees"], "menu": ["menu"],
            "more": ["suite"], "unhelpful": ["non"], "language": ["langue"], "country": ["pays"], "french": ["fr"],
        }, "language_names": ["francais"]},
        "words/en.yml": {"locale": "en", "commands": {"stop": ["stop", "halt"], "start": ["go"]},
                         "language_names": ["english"]},
        "languages.yml": {"languages": {
            code: {"name": code, "sms_name": code, "script": script, "direction": "ltr", "level": "complete"}
            for code, script in (("fr", "Latn"), ("en", "Latn"), ("ar", "Arab"))
        }},
        "words/ar.yml": {"locale": "ar", "commands": {"stop": ["قف"], "start": ["ابدأ"]}, "language_names": ["عربي"]},
        "countries.yml": {"countries": {
            "ML": {"prefixes": ["223"], "names": {"fr": "Mali"}, "words": ["mali"], "towns": ["gao"],
                   "outline": [[-12, 10], [4, 10], [4, 25], [-12, 25]]},
        }},
        "menu.yml": {"menu": [{"key": "menu_return", "topics": ["return.apply", "return.delay"]}]},
        "directory.yml": {"services": {"gao": {
            "name": "Accueil", "country": "ML", "town": "Gao", "latitude": 16.27, "longitude": -0.04, "kind": "women",
            "languages": ["fr"], "hours": None, "telephone": "800002020", "document": "lignes", "confirmed": None,
        }}},
        "urgency.yml": {"rules": {}, "calming": [], "pressing": []},
    }
    for topic in SMALL_CONTRACT:
        for locale, count in (("fr", 25), ("en", 2)):
            file = files.setdefault(f"phrases/{locale}/{topic.split('.')[0]}.yml", {"locale": locale, "phrases": {}})
            file["phrases"][topic] = [f"{topic} {locale} façon {number}" for number in range(count)]
    return files


def _faults(root: Path, files: dict[str, dict[str, Any]], appended: dict[str, str] | None = None) -> list[Fault]:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        written = yaml.dump(content, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
        path.write_text(written + (appended or {}).get(name, ""), encoding="utf-8")
    return check(read_library(root), read_files(root))


def _change(files: dict[str, dict[str, Any]], file: str, keys: tuple[Any, ...], value: Any) -> None:
    inside: Any = files
    for key in (file, *keys)[:-1]:
        inside = inside[key]
    last = (file, *keys)[-1]
    if value is GONE:
        del inside[last]
    elif isinstance(inside, list):
        inside[last:last + 1] = [value]
    else:
        inside[last] = value


@pytest.fixture(autouse=True)
def _small_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("content.check.topics.CONTRACT", SMALL_CONTRACT)


D, T, M, P = "documents/oim.yml", "texts/fr/return.yml", "messages/fr.yml", "phrases/fr/return.yml"
EN, AR, TOPICS, PRESS = "texts/en/return.yml", "texts/ar/return.yml", "topics/return.yml", "documents/presse.yml"
GAO, OFFICE = "directory.yml", ("services", "gao")
FR_APPLY, FR_DELAY = ("texts", "return.apply"), ("texts", "return.delay")
CASES: list[tuple[str, str, Any, Any, tuple[str, str, str]]] = [
    ("files.twice", D, MORE, "  how: encore\n", (D, "how", "")),
    ("files.twice", T, MORE, "  return.apply: {title: a, sms: b, long: c}\n", (T, "return.apply", "fr")),
    ("files.group", T, ("texts", "talk.bye"), _text("talk.bye"), (T, "talk.bye", "fr")),
    ("files.locale", "words/en.yml", ("locale",), "ar", ("words/en.yml", "locale", "en")),
    ("files.document", D, ("id",), "autre", (D, "autre", "")),
    ("documents.cite", D, ("cite",), "Organisation des migrations", (D, "oim", "")),
    ("documents.cite_gsm_7", D, ("cite",), "Presse « x »", (D, "oim", "")),
    ("documents.named", D, ("publisher",), " ", (D, "oim", "")),
    ("documents.named", D, ("title",), "", (D, "oim", "")),
    ("documents.read", D, ("read",), "2026", (D, "oim", "")),
    ("documents.kind", D, ("kind",), "blog", (D, "oim", "")),
    ("documents.contacts", D, ("contacts",), "voisin", (D, "oim", "")),
    ("documents.country", D, ("country",), "Mali", (D, "oim", "")),
    ("documents.superseded_by", D, ("superseded_by",), "rien", (D, "oim", "")),
    ("documents.facts", PRESS, ("facts",), {}, (PRESS, "presse", "")),
    ("documents.facts", D, ("facts", "how"), "", (D, "oim", "")),
    ("documents.full_text", D, ("facts", "how"), "mot " * 151, (D, "oim", "")),
    ("documents.e_mail", D, ("facts", "how"), "Écrire à aide@example.org.", (D, "oim", "")),
    ("documents.telephone", D, ("facts", "how"), "Appeler le 20 22 76 97.", (D, "oim", "")),
    ("documents.press_contact", PRESS, ("facts", "event"), "Presse : +223 92 40 49 21.", (PRESS, "presse", "")),
    ("topics.contract", "topics/talk.yml", ("topics",), [], ("topics/talk.yml", "talk.greet", "")),
    ("topics.contract", "phrases/fr/out_of_scope.yml", ("phrases",), {},
     ("phrases/fr/out_of_scope.yml", "out_of_scope", "fr")),
    ("topics.facts", TOPICS, ("topics", 0, "facts", 0), "oim.when", (TOPICS, "return.apply", "")),
    ("topics.cite", TOPICS, ("topics", 0, "cite"), ["presse"], (TOPICS, "return.apply", "")),
    ("topics.superseded", D, ("superseded_by",), "presse", (TOPICS, "return.apply", "")),
    ("topics.related", TOPICS, ("topics", 0, "related"), ["return.apply"], (TOPICS, "return.apply", "")),
    ("topics.countries", TOPICS, ("topics", 0, "countries"), ["ML", "XX"], (TOPICS, "return.apply", "")),
    ("topics.menu", "menu.yml", ("menu", 0, "topics"), ["return.apply"], (TOPICS, "return.delay", "")),
    ("texts.missing", "texts/fr/talk.yml", ("texts",), {}, ("texts/fr/talk.yml", "talk.greet", "fr")),
    ("texts.unknown_topic", T, ("texts", "return.never"), _text("return.never"), (T, "return.never", "fr")),
    ("texts.empty", T, (*FR_DELAY, "sms"), "", (T, "return.delay", "fr")),
    ("texts.countries", T, (*FR_APPLY, "countries"), {}, (T, "return.apply", "fr")),
    ("texts.cite", T, (*FR_APPLY, "countries", "ML", "cite"), ["presse"], (T, "return.apply", "fr")),
    ("texts.superseded", "documents/lignes.yml", ("superseded_by",), "oim", (T, "return.apply", "fr")),
    ("texts.gsm_7", T, (*FR_DELAY, "sms"), "Vous êtes au Mali.", (T, "return.delay", "fr")),
    ("texts.gsm_7", T, (*FR_DELAY, "title"), "Délai, ça", (T, "return.delay", "fr")),
    ("texts.segments", T, (*FR_APPLY, "countries", "ML", "sms"), "é" * 300, (T, "return.apply", "fr")),
    ("texts.segments", AR, (*FR_DELAY, "sms"), "ا" * 190, (AR, "return.delay", "ar")),
    ("texts.title", T, (*FR_DELAY, "title"), "t" * 29, (T, "return.delay", "fr")),
    ("texts.title", AR, (*FR_DELAY, "title"), "ا" * 25, (AR, "return.delay", "ar")),
    ("texts.length", EN, (*FR_DELAY, "long"), "mot " * 330, (EN, "return.delay", "en")),
    ("texts.numbers", T, (*FR_DELAY, "sms"), "Comptez 31 jours.", (T, "return.delay", "fr")),
    ("texts.numbers", AR, (*FR_DELAY, "sms"), "٣١ يوما", (AR, "return.delay", "ar")),
    ("translations.numbers", EN, (*FR_DELAY, "long"), "Some days, 09/2022", (EN, "return.delay", "en")),
    ("texts.promise", T, (*FR_DELAY, "long"), "Vous recevrez de l'argent.", (T, "return.delay", "fr")),
    ("texts.promise", T, (*FR_DELAY, "long"), "Le voyage est garanti.", (T, "return.delay", "fr")),
    ("texts.telephone", T, (*FR_DELAY, "sms"), "Appelez +223 92 40 49 21.", (T, "return.delay", "fr")),
    ("texts.telephone", AR, (*FR_DELAY, "long"), "٩٢٤٠٤٩٢١", (AR, "return.delay", "ar")),
    ("texts.e_mail", EN, (*FR_DELAY, "long"), "Write to help@example.org", (EN, "return.delay", "en")),
    ("messages.contact", M, ("messages", "undated"), "{month} 92 40 49 21", (M, "undated", "fr")),
    ("translations.source", "texts/fr/talk.yml", (), GONE, ("texts/en/talk.yml", "talk.greet", "en")),
    ("translations.status", EN, (*FR_DELAY, "status"), "fini", (EN, "return.delay", "en")),
    ("translations.author", EN, (*FR_DELAY, "translator"), "", (EN, "return.delay", "en")),
    ("translations.author", EN, (*FR_DELAY, "date"), GONE, (EN, "return.delay", "en")),
    ("translations.revision", EN, (*FR_DELAY, "translates"), 3, (EN, "return.delay", "en")),
    ("translations.revision", EN, (*FR_DELAY, "translates"), GONE, (EN, "return.delay", "en")),
    ("translations.stale", EN, (*FR_DELAY, "translates"), 1, (EN, "return.delay", "en")),
    ("translations.countries", EN, (*FR_APPLY, "countries"), GONE, (EN, "return.apply", "en")),
    ("translations.cite", EN, (*FR_APPLY, "countries", "ML", "cite"), ["oim"], (EN, "return.apply", "en")),
    ("messages.french", M, ("messages",), {}, (M, "", "fr")),
    ("messages.missing", "messages/ar.yml", ("messages", "undated"), GONE, ("messages/ar.yml", "undated", "ar")),
    ("messages.unknown", "messages/ar.yml", ("messages", "new"), "x", ("messages/ar.yml", "new", "ar")),
    ("messages.empty", M, ("messages", "menu_return"), "", (M, "menu_return", "fr")),
    ("messages.placeholders", "messages/ar.yml", ("messages", "noted", "sms"), "{pays}",
     ("messages/ar.yml", "noted", "ar")),
    ("messages.gsm_7", M, ("messages", "noted", "sms"), "Même {country}", (M, "noted", "fr")),
    ("messages.length", M, ("messages", "undated"), "{month}" + "x" * 154, (M, "undated", "fr")),
    ("messages.length", "messages/ar.yml", ("messages", "undated"), "{month}" + "ا" * 195,
     ("messages/ar.yml", "undated", "ar")),
    ("messages.menu_title", M, ("messages", "menu_return"), "x" * 23, (M, "menu_return", "fr")),
    ("messages.titles", "messages/ar.yml", ("titles",), {"return.apply": "ا" * 25},
     ("messages/ar.yml", "return.apply", "ar")),
    ("messages.titles", "messages/ar.yml", ("titles",), {"return.never": "ا"},
     ("messages/ar.yml", "return.never", "ar")),
    ("phrases.unknown_topic", P, ("phrases", "return.never"), ["a"], (P, "return.never", "fr")),
    ("phrases.two_topics", P, ("phrases", "return.delay", 25), "Talk-Greet EN facon, 1 !", (P, "return.delay", "fr")),
    ("phrases.twice", P, ("phrases", "return.delay", 25), "RETURN.delay fr façon 3", (P, "return.delay", "fr")),
    ("phrases.few", P, ("phrases", "return.delay", 0), GONE, (P, "return.delay", "fr")),
    ("phrases.empty", P, ("phrases", "return.delay", 25), "", (P, "return.delay", "fr")),
    ("phrases.length", P, ("phrases", "return.delay", 25), "mot " * 151, (P, "return.delay", "fr")),
    ("words.two_commands", "words/en.yml", ("commands", "start"), ["Hált!"], ("words/en.yml", "start", "en")),
    ("words.language_name", "words/en.yml", ("language_names",), ["Stop"], ("words/en.yml", "language_names", "en")),
    ("words.two_languages", "words/en.yml", ("language_names",), ["francais"],
     ("words/fr.yml", "language_names", "fr")),
    ("words.french", "words/fr.yml", ("commands", "more"), [], ("words/fr.yml", "more", "fr")),
    ("words.opt_out", "words/ar.yml", ("commands", "start"), [], ("words/ar.yml", "start", "ar")),
    ("words.unknown", "words/en.yml", ("commands", "dance"), ["dance"], ("words/en.yml", "dance", "en")),
    ("menu.topics", "menu.yml", ("menu", 0, "topics", 2), "return.never", ("menu.yml", "menu_return", "")),
    ("menu.twice", "menu.yml", ("menu", 0, "topics", 2), "return.delay", ("menu.yml", "menu_return", "")),
    ("menu.key", "menu.yml", ("menu", 0, "key"), "menu_x", ("menu.yml", "menu_x", "fr")),
    ("directory.document", GAO, (*OFFICE, "town"), "Kidal", (GAO, "gao", "")),
    ("directory.document", GAO, (*OFFICE, "document"), "rien", (GAO, "gao", "")),
    ("directory.document", "documents/lignes.yml", ("superseded_by",), "oim", (GAO, "gao", "")),
    ("directory.place", GAO, (*OFFICE, "longitude"), 43.1, (GAO, "gao", "")),
    ("directory.place", GAO, (*OFFICE, "country"), "SN", (GAO, "gao", "")),
    ("directory.values", GAO, (*OFFICE, "kind"), "all", (GAO, "gao", "")),
    ("directory.values", GAO, (*OFFICE, "languages"), ["xx"], (GAO, "gao", "")),
    ("directory.values", GAO, (*OFFICE, "name"), " ", (GAO, "gao", "")),
    ("directory.telephone", GAO, (*OFFICE, "telephone"), "800 00 20 21", (GAO, "gao", "")),
    ("directory.telephone", "documents/lignes.yml", ("contacts",), "press", (GAO, "gao", "")),
    ("countries.names", "countries.yml", ("countries", "ML", "names"), {"en": "Mali"}, ("countries.yml", "ML", "fr")),
    ("countries.prefixes", "countries.yml", ("countries", "ML", "prefixes"), ["+223"], ("countries.yml", "ML", "")),
    ("languages.unknown", "languages.yml", ("languages", "ar"), GONE, ("texts/ar/", "ar", "ar")),
    ("languages.source", "languages.yml", ("languages", "fr"), GONE, ("languages.yml", "fr", "fr")),
    ("languages.values", "languages.yml", ("languages", "ar", "level"), "x", ("languages.yml", "ar", "ar")),
    ("languages.sms_name", "languages.yml", ("languages", "fr", "sms_name"), "Français", ("languages.yml", "fr", "fr")),
]


def test_a_sound_library_has_no_faults(tmp_path: Path) -> None:
    assert _faults(tmp_path, _sound()) == []


@pytest.mark.parametrize(("rule", "file", "keys", "value", "where"), CASES, ids=[each[0] for each in CASES])
def test_a_broken_rule_is_found_where_it_is_broken(
    tmp_path: Path, rule: str, file: str, keys: Any, value: Any, where: tuple[str, str, str]
) -> None:
    files = _sound()
    if rule == "translations.source":
        files["texts/en/talk.yml"] = {"locale": "en", "texts": {"talk.greet": _translation("talk.greet", "Hello")}}
    if keys is MORE:
        found = _faults(tmp_path, files, {file: value})
    else:
        _change(files, file, keys, value)
        found = _faults(tmp_path, files)
    broken = [each for each in found if each.problem == BY_ID[rule].problem and each.advice == BY_ID[rule].advice]
    assert where in [(each.file, each.entry, each.locale) for each in broken]
    assert found == sorted(found)
    assert not any("{" in fill(each.problem + each.advice, tuple((name, "") for name, _ in each.values))
                   for each in found)


def test_every_rule_is_tried_here_and_explained() -> None:
    assert {each[0] for each in CASES} == BY_ID.keys()
    assert len(BY_ID) == len(RULES)
    assert all(each.about and each.problem and each.advice for each in RULES)
    assert len(CONTRACT) == len(set(CONTRACT)) == 73


def test_the_phrases_of_a_group_may_be_in_several_files(tmp_path: Path) -> None:
    files = _sound()
    files["phrases/fr/return_more.yml"] = {"locale": "fr", "phrases": {"return.delay": ["encore une façon"]}}
    assert _faults(tmp_path, files) == []
    files["phrases/fr/return_more.yml"]["phrases"]["return.delay"].append("return.delay fr façon 1")
    assert [each.file for each in _faults(tmp_path, files)] == ["phrases/fr/return_more.yml"]


@pytest.mark.parametrize(
    "long", ["Rien n'est garanti.", "Ce n'est pas garanti.", "On ne vous donnera rien.", "Un emploi « garanti »."]
)
def test_a_denial_is_no_promise(tmp_path: Path, long: str) -> None:
    files = _sound()
    files["texts/fr/talk.yml"]["texts"]["talk.greet"]["long"] = long
    assert _faults(tmp_path, files) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("52 000 francs", {"52000"}), ("52.000 francs", {"52000"}), ("52 000", {"52000"}),
        ("٥٢٬٠٠٠ فرنك", {"52000"}), ("de 2020-2024", {"2020", "2024"}), ("le 15/07/2021", {"15", "7", "2021"}),
        ("1. venez\n2) partez à 17 h", {"17"}), ("le 17, le 18", {"17", "18"}),
        ("800 00 20 20", {"800002020"}), ("en 2021, 300 personnes", {"2021", "300"}), ("rien", set()),
    ],
)
def test_numbers_are_compared_however_they_are_written(text: str, expected: set[str]) -> None:
    assert numbers(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+223 92 40 49 21", ["+223 92 40 49 21"]), ("tél.92404921", ["92404921"]), ("77-12-34-56", ["77-12-34-56"]),
        ("de 2020-2024", []), ("le 2022-09-20", []), ("en 2021, 52 000 personnes", []), ("17, 18", []),
    ],
)
def test_telephone_numbers_are_told_from_dates_and_amounts(text: str, expected: list[str]) -> None:
    assert telephone_numbers(text, 8) == expected


def test_months_and_folding() -> None:
    assert months("de novembre 2021 à Février 2022") == {"11", "2"}
    assert fold("  L'Été, à GAO !") == "l ete a gao"
    assert fold("?") == "?"
