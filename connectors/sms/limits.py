"""The limits of what is sent by SMS, as settings give them; ``budget`` and ``connectors.sending`` keep them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SmsLimits:
    """Limits of what is sent by SMS; None: no limit.

    Attributes:
        person_segments: that one person may cost a day.
        country_segments: the same by ISO 3166 code, where it differs.
        segments_per_second: of all workers together.
        day_segments: that all people may cost a day.
    """

    person_segments: int | None = None
    country_segments: Mapping[str, int] = field(default_factory=dict)
    segments_per_second: float | None = None
    day_segments: int | None = None

    def of_person(self, country: str | None) -> int | None:
        """The segments that a person with a number of ``country`` may cost a day."""
        return self.country_segments.get(country or "", self.person_segments) or None

    @property
    def limits_people(self) -> bool:
        """Whether there is a limit for any person."""
        return self.person_segments is not None or bool(self.country_segments)
