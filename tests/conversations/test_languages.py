"""A conversation in each complete language, from greeting to answer to follow-up, on both channels; and changes."""

from __future__ import annotations

import pytest

from bot.assistant import Assistant
from content.languages import message
from content.models import Library
from content.segments import Encoding, segment
from store.messages import Turn
from tests.conversations.person import SMS, TELEGRAM, Person, texts
from tests.unit.test_library_levels import COMPLETE, CORE

# (greeting, question on return.cost, question on return.delay), as somebody of that language could write them.
WRITTEN = {
    "fr": (
        "bonjour",
        "est ce que le retour avec l'oim est gratuit ?",
        "combien de temps je vais attendre mon retour ?",
    ),
    "en": (
        "hello good morning",
        "is the return with iom free or do i have to pay",
        "how long must i wait for my return",
    ),
    "ar": (
        "السلام عليكم",
        "هل العودة مع المنظمة مجانية أم أدفع",
        "كم أنتظر حتى أعود إلى بلدي",
    ),
    "so": (
        "asc walaal iska warran",
        "noqoshada lacag ma lagu bixiyaa mise waa bilaash",
        "ilaa intee ayaan sugayaa noqoshada",
    ),
    "am": (
        "ሰላም ነው እንዴት ናችሁ",
        "ወደ አገር ለመመለስ ክፍያ አለ ወይስ በነፃ ነው",
        "ወደ አገሬ ለመመለስ ስንት ጊዜ መጠበቅ አለብኝ",
    ),
    "om": (
        "akkam jirtu nagaa dha",
        "deebi'uuf kaffaltii qabaa moo bilisa",
        "erga galmaa'ee ji'a sadii, yoom na geessitu",
    ),
    "wo": (
        "salaam aleykum naka ngen def",
        "ndax dellu ak oim dañuy fey walla amul fey",
        "ñaata fan lay xaar ngir dellu sama réew",
    ),
    "bm": (
        "i ni ce somogow ka kene",
        "seginni sara be bo wa walima sara te a la",
        "ne bena waati joli kono sani ka segin so",
    ),
}
QUESTIONS = ("return.cost", "return.delay")


def is_latin(library: Library, locale: str) -> bool:
    return library.languages[locale].script == "Latn"


@pytest.mark.parametrize("locale", COMPLETE)
async def test_a_conversation_by_sms(assistant: Assistant, library: Library, locale: str) -> None:
    person = Person(assistant, SMS)
    greeting, *questions = WRITTEN[locale]
    first = await person.write(greeting)
    assert first.understanding.topic == "talk.greet"
    assert first.language == locale
    assert first.replies[0].text.startswith(library.texts[locale]["talk.greet"].form.sms)
    for topic, question in zip(QUESTIONS, questions, strict=True):
        turn = await person.write(question)
        assert (turn.understanding.topic, turn.understanding.language) == (topic, locale)
        answer = texts(turn)[0]
        assert answer.startswith(library.texts[locale][topic].form.sms)
        travels = segment(answer)
        assert travels.encoding is (Encoding.GSM_7 if is_latin(library, locale) else Encoding.UCS_2)
        assert travels.segments <= (2 if is_latin(library, locale) else 4)
    words = library.words[locale].commands
    more = await person.write(words["more"][0])
    assert more.language == locale
    assert segment(texts(more)[0]).segments <= 2
    assert more.replies[0].text[:20] != library.texts["fr"]["return.delay"].form.long[:20] or locale == "fr"
    unhelpful = await person.write(words["unhelpful"][0])
    assert unhelpful.replies[0].text == message(library, "unhelpful_thanks", locale).sms
    menu = await person.write("menu")
    assert menu.replies[0].text == message(library, "menu_header", locale).sms
    section = await person.write("1")
    assert library.texts[locale]["return.what"].title in texts(section)[0]
    chosen = await person.write("4")
    assert chosen.replies[0].text.startswith(library.texts[locale]["return.cost"].form.sms)


@pytest.mark.parametrize("locale", COMPLETE)
async def test_a_conversation_on_telegram(assistant: Assistant, library: Library, locale: str) -> None:
    person = Person(assistant, TELEGRAM)
    greeting, *questions = WRITTEN[locale]
    first = await person.write(greeting)
    assert first.replies[0].text.startswith(library.texts[locale]["talk.greet"].form.long)
    turn = await person.write(questions[0])
    assert library.texts[locale]["return.cost"].form.long in turn.replies[0].text
    titles = [choice.title for choice in turn.replies[0].choices]
    related = library.topics["return.cost"].related[:3]
    assert titles[:3] == [library.texts[locale][topic].title for topic in related]
    pressed = await person.press(turn.replies[0].choices[0].payload)
    assert library.texts[locale][related[0]].for_country(None).long in pressed.replies[0].text
    french = await person.write("FR")
    if locale != "fr":
        assert message(library, "draft_notice", locale).long in turn.replies[0].text
        assert library.texts["fr"][related[0]].form.long in french.replies[0].text


@pytest.mark.parametrize("locale", CORE)
async def test_a_chosen_core_language_is_kept_and_says_what_it_lacks(
    assistant: Assistant, library: Library, locale: str
) -> None:
    person = Person(assistant, SMS)
    name = library.languages[locale].sms_name
    chosen = await person.write(name)
    assert chosen.replies[0].text.startswith(message(library, "language_set", locale).sms.split("{")[0])
    answer = await person.choose_topic("return.cost")
    assert answer.replies[0].text.startswith(library.texts[locale]["return.cost"].form.sms)
    missing = await person.choose_topic("safe.smugglers")
    assert missing.replies[0].text.startswith(message(library, "only_french", locale).sms)
    assert library.texts["fr"]["safe.smugglers"].form.sms in missing.replies[0].text


def whole(turn: Turn) -> str:
    return "\n".join(reply.text for reply in turn.replies)


async def test_a_change_of_language_in_mid_conversation_is_followed_and_named(
    assistant: Assistant, library: Library
) -> None:
    person = Person(assistant, SMS)
    await person.write(WRITTEN["fr"][1])
    turn = await person.write(WRITTEN["wo"][1])
    assert turn.language == "wo"
    assert "Wolof" in whole(turn)
    assert library.texts["wo"]["return.cost"].form.sms in whole(turn)


@pytest.mark.parametrize(
    "text",
    ["Quiero volver a mi casa por favor", "Здравствуйте, мне нужна помощь", "我想回家", "obock", "zzkrt",
     "waan rabaa inaan noqdo mais je n'ai pas de papiers please help", "ߌ ߣߌ ߗߋ߫"],
)
@pytest.mark.parametrize("channel", [SMS, TELEGRAM])
async def test_whatever_is_written_the_reply_says_how_to_choose_a_language(
    assistant: Assistant, library: Library, channel: object, text: str
) -> None:
    turn = await Person(assistant, SMS if channel is SMS else TELEGRAM).write(text)
    assert turn.replies
    said = whole(turn)
    words = {word.casefold() for entries in library.words.values() for word in entries.commands["language"]}
    assert any(word in said.casefold() for word in words), said
    assert all(reply.text.strip() for reply in turn.replies)


@pytest.mark.parametrize(("locale", "text"), [("srr", "Nafio, xam gata saate dal es"), ("taq", "ⵜⴰⵎⴰⵛⴰⵆ ⴰⵡⴰⵍ")])
async def test_a_language_only_recognised_gets_french_and_a_word_of_respect(
    assistant: Assistant, library: Library, locale: str, text: str
) -> None:
    person = Person(assistant, SMS)
    person.conversation = {"slots": {"language": locale, "introduced": True}}
    turn = await person.write(text)
    assert turn.replies[0].text.startswith(message(library, "only_french", locale).sms)
