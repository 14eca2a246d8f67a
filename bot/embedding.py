"""Rasa inside the worker's process: no server, no port, no tracker database of its own.

A turn is a pure step: the person's slots and last turns go in, replies and the new slots come out, and the worker
makes both durable in one transaction. Rasa's own SQL tracker store grows with every turn and is never purged; this
one holds a tracker only while the turn lasts.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.tracker_store import TrackerStore
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.runner.interface import GraphRunner
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor

from bot.errors import AssistantError
from bot.understanding.models import topic_model

LAST_TURNS = 3


@dataclass(frozen=True)
class RasaTurn:
    """What Rasa made of one message.

    Attributes:
        messages: as Rasa's collecting channel gives them: {"text", "buttons"}.
        slots: after the turn.
        parsed: what the pipeline found, by key.
        last_turns: [intent, action] of the last turns, oldest first, for the next one.
    """

    messages: list[dict[str, Any]]
    slots: dict[str, Any]
    parsed: dict[str, Any]
    last_turns: list[list[str]]


class TurnTrackerStore(TrackerStore):
    """Holds the trackers of turns in progress, and nothing else."""

    def __init__(self, domain: Domain) -> None:
        super().__init__(domain)
        self._trackers: dict[str, DialogueStateTracker] = {}

    def begin(self, sender_id: str, slots: Mapping[str, Any], last_turns: Iterable[Iterable[str]]) -> None:
        """Rebuild a conversation from what is remembered of it."""
        tracker = DialogueStateTracker(sender_id, self.domain.slots, max_event_history=self._max_event_history)
        listening = ActionExecuted("action_listen")
        events: list[Event] = [ActionExecuted("action_session_start"), SessionStarted(), listening]
        for intent, action in last_turns:
            events += [UserUttered(intent={"name": intent}), ActionExecuted(action), ActionExecuted("action_listen")]
        events += [SlotSet(name, value) for name, value in slots.items() if name in tracker.slots]
        for event in events:
            tracker.update(event, self.domain)
        self._trackers[sender_id] = tracker

    def end(self, sender_id: str) -> DialogueStateTracker:
        """Give up the tracker of a turn that has ended."""
        return self._trackers.pop(sender_id)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Rasa's way to get a tracker."""
        return self._trackers.get(sender_id)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Rasa's way to keep a tracker."""
        self._trackers[tracker.sender_id] = tracker

    async def keys(self) -> Iterable[str]:
        """Conversations with a turn in progress."""
        return list(self._trackers)

    _max_event_history = 200


class WholeMessages(CollectingOutputChannel):
    """Collects replies as they are; Rasa's own channel makes a message of each paragraph."""

    async def send_text_message(self, recipient_id: str, text: str, **options: Any) -> None:
        """Collect one text."""
        await self._persist_message(self._message(recipient_id, text=text))


class InProcessActions(EndpointConfig):
    """Stands where Rasa expects an action server's address, and runs the actions in this process."""

    def __init__(self) -> None:
        super().__init__("http://in-process")
        self._executor = ActionExecutor()
        self._executor.register_package("bot.actions")

    async def request(self, *arguments: Any, json: Any = None, **options: Any) -> Any:
        """Run the action that ``json`` calls (Rasa's action server protocol)."""
        return await self._executor.run(json)


class OrderedRunner(GraphRunner):
    """Runs the trained graph's nodes one after the other.

    Rasa asks dask for it, which finds the order anew at each message and three times a turn, for a scheduler that could
    use several cores and is told not to.
    """

    def __init__(self, runner: DaskGraphRunner) -> None:
        self._schema = runner._graph_schema
        self._nodes = runner._instantiated_nodes
        self._orders: dict[tuple[str, ...], list[tuple[str, list[str]]]] = {}

    @classmethod
    def create(cls, *arguments: Any, **options: Any) -> OrderedRunner:
        """See GraphRunner."""
        return cls(DaskGraphRunner.create(*arguments, **options))

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """See GraphRunner."""
        wanted = tuple(targets or self._schema.target_names)
        if wanted not in self._orders:
            self._orders[wanted] = self._order(wanted)
        found: dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
        for name, needs in self._orders[wanted]:
            found[name] = self._nodes[name](*(found.get(each, each) for each in needs))
        return dict(found[name] for name in wanted)

    def _order(self, targets: tuple[str, ...]) -> list[tuple[str, list[str]]]:
        needed = self._schema.minimal_graph_schema(list(targets)).nodes
        before = {name: list(node.needs.values()) for name, node in needed.items()}
        return [(name, before[name]) for name in TopologicalSorter(before).static_order() if name in before]


class EmbeddedRasa:
    """A trained Rasa model, ready to take turns."""

    def __init__(self, agent: Agent, store: TurnTrackerStore) -> None:
        self._agent = agent
        self._store = store

    @classmethod
    def load(cls, model: Path) -> EmbeddedRasa:
        """Load a trained model.

        Raises:
            AssistantError: it is missing, broken, or of another version.
        """
        logging.getLogger("rasa").setLevel(logging.WARNING)
        logging.getLogger("rasa_sdk").setLevel(logging.WARNING)
        _trust_actions()
        topic_model()  # now, not at the first message; and its own error is the clearer one
        try:
            agent = Agent(action_endpoint=InProcessActions())
            agent.load_model(str(model))
        except Exception as error:
            raise AssistantError(
                f"The assistant's model {model.name} cannot be loaded ({type(error).__name__}). Run `sahan train`."
            ) from error
        store = TurnTrackerStore(agent.domain)
        agent.tracker_store = store
        if agent.processor is None:
            raise AssistantError(f"The assistant's model {model.name} is empty. Run `sahan train`.")
        agent.processor.tracker_store = store
        agent.processor.graph_runner = OrderedRunner(agent.processor.graph_runner)
        return cls(agent, store)

    async def take_turn(
        self, text: str, channel: str, slots: Mapping[str, Any], last_turns: Iterable[Iterable[str]],
        metadata: Mapping[str, Any],
    ) -> RasaTurn:
        """One message through pipeline, policies and action. Errors of Rasa pass through."""
        sender_id = uuid.uuid4().hex
        self._store.begin(sender_id, slots, last_turns)
        try:
            messages = await self._agent.handle_message(
                UserMessage(text, WholeMessages(), sender_id, input_channel=channel, metadata=dict(metadata))
            )
        finally:
            tracker = self._store.end(sender_id)
        parsed = tracker.latest_message.parse_data if tracker.latest_message else {}
        return RasaTurn(
            messages=messages or [],
            slots={name: slot.value for name, slot in tracker.slots.items()},
            parsed=dict(parsed or {}),
            last_turns=_last_turns(tracker),
        )


def _last_turns(tracker: DialogueStateTracker) -> list[list[str]]:
    turns: list[list[str]] = []
    intent = ""
    for event in tracker.events:
        if isinstance(event, UserUttered):
            intent = event.intent_name or ""
        elif isinstance(event, ActionExecuted) and event.action_name not in (
            None, "action_listen", "action_session_start"
        ):
            turns.append([intent, event.action_name])
    return turns[-LAST_TURNS:]


def _trust_actions() -> None:
    # Rasa checks the form of what an action server answers. Ours are in this process, and their answers are made by
    # rasa_sdk: 18 of a turn's 25 ms, or 1 with a schema that is read once.
    RemoteAction._validate_action_result = lambda _action, _result: True
