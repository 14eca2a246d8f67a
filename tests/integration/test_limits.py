"""People who write faster than people do, and machines that answer our answers: told once, then left, always heard."""

from __future__ import annotations

import pytest

from bot.assistant import Assistant
from connectors.gate import PersonLimits
from connectors.loops import EXCHANGES
from store.addresses import Vault
from store.engine import transaction
from store.messages import Channel, QuestionKind
from store.tables import inbox, outbox, questions, senders, turns
from tests.conftest import SECRET
from tests.integration.system import System, say
from tests.integration.users import Phone

NEW = ("Où est le centre le plus proche ?", "Comment rentrer au Mali ?", "Combien ça coûte ?", "Qui peut m'aider ?",
       "Quels papiers faut-il ?", "Combien de temps ça prend ?", "Et mes enfants ?", "Je cherche du travail")


@pytest.fixture
def limited(system: System) -> System:
    """The system with small limits."""
    system.person_limits = PersonLimits(per_minute=3, per_day=6)
    return system


@pytest.fixture
def looping(system: System) -> System:
    """The system without limits of rate, so that loops alone stop anything."""
    system.person_limits = PersonLimits(per_minute=0, per_day=0)
    return system


async def later(system: System, seconds: float) -> None:
    """Let time pass for all that people have written and got."""
    async with transaction(system.engine) as connection:
        await connection.execute(inbox.update().values(received_at=inbox.c.received_at - seconds))
        await connection.execute(outbox.update().values(sent_at=outbox.c.sent_at - seconds))
        await connection.execute(
            senders.update().values(slowed_at=senders.c.slowed_at - seconds,
                                    muted_until=senders.c.muted_until - seconds)
        )


async def figure(system: System, sample: str) -> float:
    lines = (await system.get("/metrics")).text.splitlines()
    return next((float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(sample + " ")), 0.0)


async def all_read(system: System) -> bool:
    return not await system.rows(inbox, inbox.c.processed_at.is_(None))


async def test_who_writes_too_fast_is_told_once_in_their_language_and_heard_again_a_minute_later(
    limited: System, assistant: Assistant
) -> None:
    phone = Phone(limited, "f" * 22)
    await phone.say("ENGLISH")
    for text in NEW[:2]:
        assert await phone.say(text)
    notice = say(assistant, "too_many", Channel.SMS, "en")
    assert await phone.say(NEW[2]) == [notice]
    for text in NEW[3:6]:
        assert await phone.say(text) == []
    assert await all_read(limited)
    assert await figure(limited, 'sahan_messages_ignored_total{reason="rate"}') == 3
    assert await figure(limited, "sahan_people_slowed_total") == 1
    await later(limited, 86_401)
    assert await phone.say(NEW[6]) not in ([], [notice])


async def test_the_day_has_a_limit_too_and_the_notice_comes_once_an_hour(limited: System, assistant: Assistant) -> None:
    phone, notice = Phone(limited, "g" * 22), say(assistant, "too_many", Channel.SMS)
    for text in NEW[:6]:
        assert await phone.say(text) not in ([], [notice])
        await later(limited, 61)
    assert await phone.say(NEW[6]) == [notice]
    await later(limited, 61)
    assert await phone.say(NEW[7]) == []
    await later(limited, 3600)
    assert await phone.say("AIDE") == [notice]


async def test_other_people_are_not_concerned(limited: System) -> None:
    one, other = Phone(limited, "h" * 22), Phone(limited, "i" * 22)
    for text in NEW[:5]:
        await one.write(text)
    assert await other.say("MENU")


@pytest.mark.parametrize("cry", ["DANGER", "au secours ils vont me tuer", "I am in danger help me please"])
async def test_danger_is_answered_whatever_the_limits(limited: System, cry: str) -> None:
    phone = Phone(limited, "j" * 22)
    for text in NEW[:5]:
        await phone.say(text)
    for _ in range(3):
        assert await phone.say(cry)
    assert len(await limited.rows(questions, questions.c.kind == QuestionKind.URGENT)) == 3


async def test_stop_and_effacer_work_whatever_the_limits(limited: System, assistant: Assistant) -> None:
    phone = Phone(limited, "k" * 22)
    for text in NEW[:5]:
        await phone.say(text)
    assert await phone.say("STOP") == [say(assistant, "stopped", Channel.SMS)]
    assert await phone.say(NEW[5]) == []
    assert await phone.say("START") == [say(assistant, "started", Channel.SMS)]
    assert await phone.say("EFFACER") == [say(assistant, "forgotten", Channel.SMS)]


async def test_the_same_text_again_and_again_is_left_and_staff_see_it(looping: System) -> None:
    phone, text = Phone(looping, "l" * 22), "Votre message a bien été reçu, dossier {number}."
    answered = [bool(await phone.say(text.format(number=number))) for number in range(8)]
    assert answered == [True] * 4 + [False] * 4
    assert await all_read(looping)
    (question,) = await looping.rows(questions, questions.c.kind == QuestionKind.LOOP)
    assert text[:20] in looping.vault.open(question.content_sealed)
    assert await figure(looping, "sahan_people_muted_total") == 1
    assert await figure(looping, 'sahan_messages_ignored_total{reason="repeated"}') == 4
    assert await figure(looping, 'sahan_questions_open{kind="loop"}') == 1
    assert await phone.say("MENU"), "something new is heard"
    (sender,) = await looping.rows(senders)
    assert sender.muted_until is None
    assert await phone.say(text.format(number=9)), "and the other text is a first one again"


async def test_a_muted_machine_is_known_at_once_and_two_texts_in_turn_are_a_loop(looping: System) -> None:
    phone = Phone(looping, "m" * 22)
    texts = ("Bien reçu, merci beaucoup", "Nous revenons vers vous")
    assert [bool(await phone.say(texts[turn % 2])) for turn in range(14)] == [True] * 11 + [False] * 3


async def test_short_words_may_be_repeated_for_longer(looping: System) -> None:
    phone = Phone(looping, "n" * 22)
    answered = [bool(await phone.say("SUITE")) for _ in range(11)]
    assert answered == [True] * 9 + [False] * 2


@pytest.mark.parametrize("quoted", ["{}", "> {}", "RE: {}"])
async def test_our_own_text_that_comes_back_is_not_answered(looping: System, quoted: str) -> None:
    phone = Phone(looping, "o" * 22)
    (reply, *_) = await phone.say(NEW[1])
    assert await phone.say(quoted.format(reply)) == []
    assert await phone.say(quoted.format(reply)) == []
    assert await figure(looping, 'sahan_messages_ignored_total{reason="echo"}') == 2
    assert await phone.say(NEW[1])


async def test_our_own_words_of_danger_that_come_back_are_no_danger(looping: System) -> None:
    phone = Phone(looping, "p" * 22)
    (advice, *_) = await phone.say("au secours ils vont me tuer")
    assert await phone.say(advice) == []
    assert await phone.say("au secours ils vont me tuer"), "the person's own are"


@pytest.mark.parametrize("text", ["Réponse automatique : je suis absent du bureau jusqu'à lundi.",
                                  "Auto-reply: I am not here until Monday.", "رد تلقائي: سأعود لاحقا"])
async def test_an_auto_responder_is_answered_once(looping: System, text: str) -> None:
    phone = Phone(looping, "q" * 22)
    assert [bool(await phone.say(text)) for _ in range(4)] == [True, False, False, False]


async def test_danger_in_a_loop_is_answered(looping: System) -> None:
    phone = Phone(looping, "r" * 22)
    assert all([bool(await phone.say("au secours ils vont me tuer")) for _ in range(7)])


async def test_another_bot_that_always_writes_something_new_at_once_is_stopped(looping: System) -> None:
    phone = Phone(looping, "s" * 22)
    words = [f"question {chr(97 + number)} au sujet du Mali" for number in range(26)]
    await phone.say("MENU")
    async with transaction(looping.engine) as connection:  # longer ago than any bot would wait
        await connection.execute(inbox.update().values(received_at=inbox.c.received_at - 100.0))
    answered = [bool(await phone.say(word)) for word in words]
    assert answered == [True] * (EXCHANGES - 1) + [False] * (27 - EXCHANGES)
    await later(looping, 10)
    assert await phone.say(NEW[1]), "somebody who takes their time is heard"


async def test_buttons_are_no_loop(looping: System) -> None:
    phone = Phone(looping, "t" * 22, Channel.TELEGRAM)
    assert all([bool(await phone.say(payload="/show_menu")) for _ in range(12)])


async def test_a_loop_is_known_across_a_change_of_keys(looping: System) -> None:
    phone, text = Phone(looping, "u" * 22), "Votre message a bien été reçu, merci."
    assert [bool(await phone.say(text)) for _ in range(5)] == [True] * 4 + [False]
    looping.vault.__init__("the next key of this test, long enough", [SECRET])  # type: ignore[misc]
    assert isinstance(looping.vault, Vault)
    assert await phone.say(text) == []


async def test_messages_that_are_not_answered_leave_no_turn_and_no_text_hash_in_the_clear(looping: System) -> None:
    one, other = Phone(looping, "v" * 22), Phone(looping, "w" * 22)
    for _ in range(6):
        await one.say(NEW[1])
    await other.say(NEW[1])
    assert await looping.count(turns) == 5
    assert len({row.text_hash for row in await looping.rows(inbox)}) == 2, "each person's hashes are their own"
