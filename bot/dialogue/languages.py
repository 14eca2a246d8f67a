"""In which language to go on, after a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.dialogue.state import State
from content.languages import ARABIC, addressed_locales, conversation_locales
from content.models import Library


def spoken(library: Library, state: State, guess: Mapping[str, Any] | None, hint: str | None) -> State:
    """The state in the language of the message.

    An explicit choice always wins. Without one, the language identified is followed, where we can say in it at least
    that the answer comes in another; where the identifier abstains, the language stays; at the very first message, the
    application's own language (``hint``) decides.

    Args:
        guess: a ``LanguageGuess`` as a mapping, or None.
        hint: ISO 639 code, or None.
    """
    identified = guess.get("language") if guess else None
    state = state.with_(arabic=state.arabic or identified == ARABIC or (state.introduced and state.language == ARABIC))
    if state.language_chosen:
        return state
    if identified in addressed_locales(library):
        return state.with_(language=identified)
    if identified is None and not state.introduced and hint in conversation_locales(library):
        return state.with_(language=hint)
    return state
