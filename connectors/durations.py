"""Durations as the buckets of a histogram, counted in a ``Tally``, for a worker has no port to be asked at."""

from __future__ import annotations

from connectors.counts import Tally

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
"""Upper bounds, in seconds."""
SUM_LABEL = "sum"
"""The label of the sum, which is kept in microseconds."""


def record(tally: Tally, name: str, seconds: float) -> None:
    """Count one duration."""
    bucket = next((str(bound) for bound in BUCKETS if seconds <= bound), "+Inf")
    tally.add(name, bucket)
    tally.add(name, SUM_LABEL, value=max(0, round(seconds * 1e6)))
