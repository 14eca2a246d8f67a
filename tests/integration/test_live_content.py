"""Publishing: what is published is answered by every running worker, or refused as a whole."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio
import yaml
from sqlalchemy import delete, update

from bot.assistant import Assistant
from content.errors import ContentError, ContentFaultyError, PublicationConflictError
from content.loader import read_files
from content.publications import history, newest_revision, pack, read_publication, unpack
from sahan.answering import answering
from sahan.live import LiveContent, LiveLibrary
from sahan.publishing import publish
from store.engine import transaction
from store.messages import Channel, Message
from store.tables import publications
from tests.integration.system import System, running, settings_of

PROMPT_SECONDS = 10.0  # that a machine busy with other tests may take; docs/benchmark.md says what it is under load
QUESTION = "combien coute le retour volontaire ?"
PHRASES = (
    "c'est quoi nafoore", "le centre nafoore a dakar c ou", "je cherche nafoore svp", "nafoore ouvre a quelle heure",
    "comment s'inscrire a nafoore", "nafoore aide les jeunes rentres ?", "mon frere a ete a nafoore",
    "nafoore c'est gratuit", "ou est nafoore", "adresse de nafoore",
)
Files = dict[str, bytes]


def changed(files: Mapping[str, bytes], name: str, **texts: object) -> Files:
    """The files with some entries of one of them changed or added."""
    values = yaml.safe_load(files[name])
    section = "phrases" if name.startswith("phrases/") else "texts"
    values[section].update(texts)
    return {**files, name: yaml.safe_dump(values, allow_unicode=True).encode()}


def with_answer(files: Mapping[str, bytes], long: str) -> Files:
    """The files with another answer to ``QUESTION``."""
    cost = yaml.safe_load(files["texts/fr/return.yml"])["texts"]["return.cost"]
    return changed(files, "texts/fr/return.yml", **{"return.cost": {**cost, "long": long}})


def with_topic(files: Mapping[str, bytes]) -> Files:
    """The files with a topic that nobody has trained for."""
    topics = yaml.safe_load(files["topics/services.yml"])
    topics["topics"].append({"id": "services.nafoore", "related": ["services.contact_iom"]})
    text = {"revision": 1, "title": "Le centre Nafoore", "sms": "Demandez au bureau de l'OIM le plus proche.",
            "long": "Demandez au bureau de l'OIM le plus proche ce que fait Nafoore."}
    menu = yaml.safe_load(files["menu.yml"])
    next(each for each in menu["menu"] if each["key"] == "menu_services")["topics"].append("services.nafoore")
    files = {**files, "topics/services.yml": yaml.safe_dump(topics, allow_unicode=True).encode(),
             "menu.yml": yaml.safe_dump(menu, allow_unicode=True).encode()}
    files = changed(files, "texts/fr/services.yml", **{"services.nafoore": text})
    more = [f"{phrase} {place}" for phrase in PHRASES for place in ("", "au senegal", "pour les migrants")]
    return changed(files, "phrases/fr/services.yml", **{"services.nafoore": more})


@pytest.fixture
def files() -> Files:
    return read_files()


@pytest.fixture
def own(assistant: Assistant) -> Assistant:
    """An assistant of this test, which others do not share; the models are."""
    return Assistant(assistant.knowledge, assistant.rasa)


@pytest_asyncio.fixture
async def small(sqlite_url: str, assistant: Assistant) -> AsyncIterator[System]:
    """A system on SQLite, where the kind of database makes no difference."""
    async with running(settings_of(sqlite_url, SIMULATOR="1"), assistant) as made:
        yield made


@contextlib.asynccontextmanager
async def following(system: System, assistant: Assistant) -> AsyncIterator[LiveContent]:
    """A running worker's way to follow what is published."""
    live = answering(system.engine, assistant)
    task = asyncio.create_task(live.follow())
    yield live
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@pytest_asyncio.fixture
async def live(system: System, own: Assistant) -> AsyncIterator[LiveContent]:
    """What ``own`` follows, on each kind of database."""
    async with following(system, own) as live:
        yield live


@pytest_asyncio.fixture
async def followed(small: System, own: Assistant) -> AsyncIterator[LiveContent]:
    """What ``own`` follows, on SQLite."""
    async with following(small, own) as live:
        yield live


async def reached(live: LiveContent, revision: int) -> None:
    async with asyncio.timeout(PROMPT_SECONDS):
        while live.revision != revision:
            await asyncio.sleep(0.02)


async def answer(assistant: Assistant, text: str) -> str:
    turn = await assistant.respond(Message(Channel.TELEGRAM, text), {"slots": {"introduced": True}})
    return turn.replies[0].text


async def test_a_changed_answer_is_given_by_a_running_worker(
    system: System, own: Assistant, live: LiveContent, files: Files
) -> None:
    assert "entièrement nouvelle" not in await answer(own, QUESTION)
    made = await publish(system.engine, with_answer(files, "Une réponse entièrement nouvelle."), author="Amina")
    assert (made.revision, made.texts, made.relearned) == (1, ("fr return.cost",), ())
    await reached(live, 1)
    assert (await answer(own, QUESTION)).startswith("Une réponse entièrement nouvelle.")


async def test_a_new_topic_is_understood_and_answered_without_training(
    system: System, own: Assistant, live: LiveContent, files: Files
) -> None:
    made = await publish(system.engine, with_topic(files), author="Amina")
    assert made.topics == ("services.nafoore",)
    assert "services.nafoore" in made.relearned
    await reached(live, 1)
    for question in ("nafoore est ouvert demain ?", "je veu aller o centre nafoore"):
        assert "ce que fait Nafoore" in await answer(own, question)
    assert "ce que fait Nafoore" not in await answer(own, "le centre de gao est ouvert ?")


async def test_what_was_published_is_answered_after_a_restart(
    small: System, own: Assistant, files: Files
) -> None:
    await publish(small.engine, with_topic(files), author="Amina")
    await answering(small.engine, own).catch_up()
    assert "ce que fait Nafoore" in await answer(own, "c ou le centre nafoore")


async def test_the_gateway_and_the_console_follow_too(small: System, files: Files) -> None:
    library = LiveLibrary(small.engine)
    await publish(small.engine, with_topic(files), author="Amina")
    await library.catch_up()
    assert "services.nafoore" in library().topics


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("texts/fr/return.yml", b"locale: fr\ntexts: {return.cost: {title: 'x'", ContentError),
        ("texts/fr/return.yml", b"locale: fr\ntexts: {}\n", ContentFaultyError),
        ("menu.yml", b"menu: [{key: menu_return, topics: [return.nothing]}]\n", ContentFaultyError),
        ("urgency.yml", b"rules: {urgent.danger: [{all: [boat, nothing]}]}\ncalming: []\npressing: []\n", ContentError),
        ("languages.yml", b"\xff\xfe", ContentError),
    ],
)
async def test_a_broken_publication_is_refused_as_a_whole(
    small: System, own: Assistant, followed: LiveContent, files: Files, name: str, body: bytes,
    expected: type[ContentError],
) -> None:
    good = with_answer(files, "Une réponse qui doit rester.")
    await publish(small.engine, good, author="Amina")
    await reached(followed, 1)
    with pytest.raises(expected):
        await publish(small.engine, {**with_answer(good, "Une réponse à moitié."), name: body}, author="Amina")
    await followed.catch_up()
    assert (await newest_revision(small.engine), followed.revision) == (1, 1)
    assert (await answer(own, QUESTION)).startswith("Une réponse qui doit rester.")


async def test_a_publication_that_cannot_be_taken_leaves_the_one_before_and_is_seen(
    small: System, own: Assistant, followed: LiveContent, files: Files
) -> None:
    await publish(small.engine, with_answer(files, "Une réponse qui doit rester."), author="Amina")
    await reached(followed, 1)
    for body in (b"no zip", pack({"menu.yml": b"menu: [", }), pack({})):
        async with transaction(small.engine) as connection:
            await connection.execute(delete(publications).where(publications.c.revision == 2))
            await connection.execute(publications.insert().values(
                revision=2, published_at=0.0, author="x", note="", version="x", files=body
            ))
        followed._refused = None
        await followed.catch_up()
        assert followed.revision == 1
        assert followed.problem is not None and "revision 2" in followed.problem
    assert (await answer(own, QUESTION)).startswith("Une réponse qui doit rester.")
    async with transaction(small.engine) as connection:
        await connection.execute(update(publications).where(publications.c.revision == 2).values(revision=3))
    await publish(small.engine, files, author="Amina")
    await reached(followed, 4)
    assert followed.problem is None


async def test_who_is_second_to_publish_is_told_and_changes_nothing(system: System, files: Files) -> None:
    await publish(system.engine, files, author="Amina", after=0)
    with pytest.raises(PublicationConflictError, match="Revision 1 was published meanwhile"):
        await publish(system.engine, with_answer(files, "Autre chose."), author="Moussa", after=0)
    assert await newest_revision(system.engine) == 1


async def test_an_earlier_revision_can_be_made_live_again(
    small: System, own: Assistant, followed: LiveContent, files: Files
) -> None:
    await publish(small.engine, files, author="Amina", note="première")
    await publish(small.engine, with_topic(files), author="Moussa", note="Nafoore")
    earlier = await read_publication(small.engine, 1)
    await publish(small.engine, earlier.files, author="Amina", note="sans Nafoore")
    await reached(followed, 3)
    assert "services.nafoore" not in own.library.topics
    assert "ce que fait Nafoore" not in await answer(own, "c ou le centre nafoore")
    told = [(each.revision, each.author, each.note) for each in await history(small.engine)]
    assert told == [(3, "Amina", "sans Nafoore"), (2, "Moussa", "Nafoore"), (1, "Amina", "première")]


async def test_what_was_published_is_the_files_to_the_letter(small: System, files: Files) -> None:
    await publish(small.engine, files, author="Amina")
    assert (await read_publication(small.engine, 1)).files == files
    assert unpack(pack(files)) == files


async def test_a_turn_in_progress_ends_with_the_content_that_it_began_with(
    small: System, own: Assistant, files: Files
) -> None:
    new = answering(small.engine, own)
    await publish(small.engine, with_answer(files, "Une réponse entièrement nouvelle."), author="Amina")
    turn = asyncio.create_task(answer(own, QUESTION))
    await asyncio.sleep(0)
    await new.catch_up()
    assert "entièrement nouvelle" not in await turn
    assert "entièrement nouvelle" in await answer(own, QUESTION)
