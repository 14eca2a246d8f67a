"""Rasa's own tools find nothing to say against the project: `rasa data validate` and `rasa test`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

from sahan.assistant import model_path

ROOT = Path(__file__).parents[2]
STORIES = Path(__file__).with_name("test_stories.yml")


def rasa(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "RASA_TELEMETRY_ENABLED": "false"}
    return subprocess.run([sys.executable, "-m", "rasa", *arguments], cwd=folder, env=environment, capture_output=True,
                          text=True, timeout=180)


def test_the_training_data_is_valid_and_without_a_warning(tmp_path: Path) -> None:
    done = rasa(tmp_path, "data", "validate", "--domain", str(ROOT / "bot" / "domain.yml"), "--data",
                str(ROOT / "bot" / "data"), "--config", str(ROOT / "config.yml"), "--fail-on-warnings")
    output = done.stdout + done.stderr
    about_us = [line for line in output.splitlines()
                if re.search(r"UserWarning", line) and "pkg_resources" not in line]
    assert about_us == []
    assert done.returncode == 0, output[-2000:]
    assert "No story structure conflicts found" in output


def test_conversations_go_as_the_test_stories_say(tmp_path: Path) -> None:
    done = rasa(tmp_path, "test", "core", "--model", str(model_path()), "--stories", str(STORIES), "--out",
                str(tmp_path / "out"), "--endpoints", str(ROOT / "endpoints.yml"), "--no-plot",
                "--fail-on-prediction-errors")
    failed = tmp_path / "out" / "failed_test_stories.yml"
    assert done.returncode == 0, failed.read_text("utf-8") if failed.exists() else done.stderr[-2000:]
    report = json.loads((tmp_path / "out" / "story_report.json").read_text("utf-8"))
    told = len(yaml.safe_load(STORIES.read_text("utf-8"))["stories"])
    accuracy = report["conversation_accuracy"]
    assert (accuracy["correct"], accuracy["total"]) == (told, told)


def test_the_stories_name_only_intents_and_actions_of_the_domain_and_all_that_can_be_said() -> None:
    domain = yaml.safe_load((ROOT / "bot" / "domain.yml").read_text("utf-8"))
    intents = {next(iter(each)) if isinstance(each, dict) else each for each in domain["intents"]}
    steps = [step for story in yaml.safe_load(STORIES.read_text("utf-8"))["stories"] for step in story["steps"]]
    assert {step["intent"] for step in steps if "user" in step} <= intents
    assert {step["action"] for step in steps if "action" in step} <= set(domain["actions"])
