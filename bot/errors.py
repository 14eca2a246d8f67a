"""The errors of the assistant."""

from __future__ import annotations


class AssistantError(Exception):
    """The assistant cannot answer with Rasa. The message says why and what to do."""


class ModelMissingError(AssistantError):
    """There is no trained model."""


class ModelOutdatedError(AssistantError):
    """The trained model was made of other content or another configuration."""
