"""The benchmark of the channels still runs: a quick pass whose figures mean nothing, through the real system."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_the_benchmark_of_the_channels_measures_our_system(tmp_path: Path) -> None:
    out = tmp_path / "found.json"

    subprocess.run([sys.executable, "-m", "benchmarks.channels", "--short", str(out)], check=True, timeout=120)

    found = json.loads(out.read_text())
    load = found["load"]
    for channel in ("sms", "telegram"):
        for people in ("1", "4"):
            measured = load[channel]["closed"][people]
            assert measured["messages"] > 0 and measured["lost"] == 0
            assert 0 < measured["ack_p50"] <= measured["ack_p99"]
            assert 0 < measured["p50"] <= measured["p99"]
        assert load[channel]["open"]["refused"] == 0
    assert load["megabytes"] > 0
    assert len(found["turns"]) == 3
