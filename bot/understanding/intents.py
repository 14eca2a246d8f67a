"""What a person does in the conversation when they write about a topic: topics to Rasa's intents."""

from __future__ import annotations

LANGUAGE = "language_guess"
URGENCY = "urgency"
PLACE = "place"
GUESS = "topic_guess"
"""Keys under which the components leave what they found on Rasa's message."""

_INTENTS = {
    "urgent.danger": "report_danger",
    "urgent.suicide": "express_despair",
    "talk.greet": "greet",
    "talk.thanks": "thank",
    "talk.bye": "say_goodbye",
    "talk.menu": "ask_menu",
    "talk.language": "ask_language",
    "talk.human": "ask_human",
    "talk.identity": "ask_identity",
    "talk.privacy": "ask_privacy",
    "talk.forget": "ask_to_forget",
    "talk.stop": "ask_to_stop",
    "talk.complaint": "complain",
    "out_of_scope": "out_of_scope",
}


def intent_of(topic: str) -> str:
    """The intent of a message about ``topic``: ``ask_information`` for all that can only be answered."""
    return _INTENTS.get(topic, "ask_information")
