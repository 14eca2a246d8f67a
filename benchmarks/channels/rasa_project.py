"""The same content as a Rasa project: intents from the phrases, responses from our texts, rules and stories.

Configuration: that of `rasa init` in Rasa 3.6.21 (rasa/cli/initial_project/config.yml), written out. Phrases: few of
each topic and language, as in decision 0016; the time of a message depends on what is learned only through the number
of intents and words.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks.intents import PEER, Rows
from content.models import SOURCE_LOCALE, Library

VERIFY = "sahan_bench_bot"
"""The bot's name; Rasa's Telegram channel asks for it at each message."""

LAUNCHER = Path(__file__).resolve().parent.parent / "peers" / "rasa_run.py"
_FALLBACK = "nlu_fallback"
_MARKUP = str.maketrans("[](){}", "      ")
"""What Rasa's training format reads as markup of entities."""


def configuration(epochs: int) -> dict[str, Any]:
    """The default pipeline and policies. ``epochs``: 100 are the default; fewer make a worse model as fast to ask."""
    return {
        "recipe": "default.v1", "assistant_id": "bench", "language": "en",
        "pipeline": [
            {"name": "WhitespaceTokenizer"}, {"name": "RegexFeaturizer"}, {"name": "LexicalSyntacticFeaturizer"},
            {"name": "CountVectorsFeaturizer"},
            {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
            {"name": "DIETClassifier", "epochs": epochs, "constrain_similarities": True},
            {"name": "EntitySynonymMapper"},
            {"name": "ResponseSelector", "epochs": epochs, "constrain_similarities": True},
            {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
        ],
        "policies": [
            {"name": "MemoizationPolicy"},
            {"name": "TEDPolicy", "max_history": 5, "epochs": epochs, "constrain_similarities": True},
            {"name": "RulePolicy"},
        ],
    }


def write_project(folder: Path, library: Library, phrases: Rows, epochs: int) -> None:
    """Write config, domain, NLU, rules and stories to ``folder``.

    A paragraph's end is one line's end in the responses: Rasa's channels would send each paragraph as a message.
    """
    examples: dict[str, list[str]] = {}
    for text, topic, _ in phrases:
        examples.setdefault(_name(topic), []).append(" ".join(text.translate(_MARKUP).split()))
    answers = {_name(topic): text.form for topic, text in library.texts[SOURCE_LOCALE].items()}
    sorry = "Je n'ai pas compris. Écrivez MENU pour voir ce que je sais."
    responses: dict[str, list[dict[str, str]]] = {"utter_unclear": [{"text": sorry}]}
    for intent in examples:
        if (form := answers.get(intent)) is not None:
            responses[f"utter_{intent}"] = [
                {"text": form.long.replace("\n\n", "\n").strip(), "channel": "telegram"},
                {"text": form.sms.replace("\n\n", "\n").strip()},
            ]

    def turn(intent: str) -> list[dict[str, str]]:
        answer = f"utter_{intent}" if f"utter_{intent}" in responses else "utter_unclear"
        return [{"intent": intent}, {"action": answer}]

    intents = sorted(examples)
    domain = {"version": "3.1", "intents": intents, "responses": responses,
              "session_config": {"session_expiration_time": 60, "carry_over_slots_to_new_session": True}}
    rules = [{"rule": f"answer {each}", "steps": turn(each)} for each in [*intents, _FALLBACK]]
    stories = [{"story": f"{one} then {two}", "steps": turn(one) + turn(two)}
               for one, two in zip(intents, [*intents[1:], intents[0]], strict=True)]
    nlu = [{"intent": intent, "examples": "".join(f"- {each}\n" for each in dict.fromkeys(found))}
           for intent, found in examples.items()]
    (folder / "data").mkdir(parents=True, exist_ok=True)
    files = {"config.yml": configuration(epochs), "domain.yml": domain, "data/nlu.yml": {"version": "3.1", "nlu": nlu},
             "data/rules.yml": {"version": "3.1", "rules": rules},
             "data/stories.yml": {"version": "3.1", "stories": stories}}
    for name, values in files.items():
        (folder / name).write_text(yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=10_000), "utf-8")


def train_project(folder: Path, seconds: float) -> None:
    """Train what ``write_project`` wrote, in the peers' Rasa, to model.tar.gz.

    Raises:
        subprocess.SubprocessError: it failed, or took longer than ``seconds``; see training.log in the folder.
    """
    with (folder / "training.log").open("w") as log:
        subprocess.run(
            [str(PEER), "-W", "ignore", "-m", "rasa", "train", "--out", ".", "--fixed-model-name", "model"],
            cwd=folder, check=True, timeout=seconds, stdout=log, stderr=log,
            env={**os.environ, "RASA_TELEMETRY_ENABLED": "false", "RASA_MAX_CACHE_SIZE": "0",
                 "TF_CPP_MIN_LOG_LEVEL": "3"},
        )


def write_credentials(path: Path, *, account: str, token: str, number: str, bot_token: str, port: int) -> None:
    """credentials.yml of Rasa's own Twilio and Telegram channels."""
    path.write_text(yaml.safe_dump({
        "twilio": {"account_sid": account, "auth_token": token, "twilio_number": number},
        "telegram": {"access_token": bot_token, "verify": VERIFY,
                     "webhook_url": f"http://127.0.0.1:{port}/webhooks/telegram/webhook"},
    }), "utf-8")


def _name(topic: str) -> str:
    return topic.replace(".", "_").replace("/", "_")


def phrases_of(rows: Sequence[tuple[str, str, str]], topics: int | None = None) -> Rows:
    """The phrases of the first ``topics`` topics (None: of all)."""
    kept = sorted({topic for _, topic, _ in rows})[:topics]
    return [row for row in rows if row[1] in kept]
