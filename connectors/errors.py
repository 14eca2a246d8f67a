"""The errors of the edge. ``SendError`` alone decides whether an outbound message is tried again."""

from __future__ import annotations


class ConnectorError(Exception):
    """Something at the edge went wrong. The message says what, to what, and what to do next."""


class BadUpdateError(ConnectorError):
    """A provider's request is authentic but cannot be read as a message."""


class SpoolError(ConnectorError):
    """What came in while the database is away cannot be kept on this machine either."""


class LeaseLostError(ConnectorError):
    """Another worker has taken this person over; what was being done is undone and left to it."""


class SendError(ConnectorError):
    """A provider did not take a message.

    Attributes:
        code: the provider's own code, or a short word; never text or address.
        retryable: whether to try again later.
        retry_after: seconds that the provider asks us to wait, or None.
        unreachable: the person has blocked us or does not exist: stop sending to them.
        opted_out: the person has told the provider, not us, to send nothing more; also ``unreachable``.
        moved_to: the person's new address, where it has changed, or None.
    """

    def __init__(
        self, code: str, *, retryable: bool, retry_after: float | None = None, unreachable: bool = False,
        opted_out: bool = False,
        moved_to: str | None = None,
    ) -> None:
        super().__init__(f"the provider did not take the message ({code})")
        self.code = code
        self.retryable = retryable
        self.retry_after = retry_after
        self.unreachable = unreachable or opted_out
        self.opted_out = opted_out
        self.moved_to = moved_to
