"""What operations get ready-made: a dashboard, alert rules, a configuration, all of figures that there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml

from store.engine import transaction
from store.tables import sends, turns
from tests.integration.system import System

FOLDER = Path(__file__).parents[2] / "deploy" / "monitoring"
_SELECTOR = re.compile(r"\b(sahan_\w+)(?:\{([^}]*)\})?")
_SUFFIXES = ("_bucket", "_count", "_sum")


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    return list(group["rules"])


def panels() -> list[dict[str, Any]]:
    return list(json.loads((FOLDER / "grafana-dashboard.json").read_text())["panels"])


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    yield from (target["expr"] for panel in panels() for target in panel.get("targets", []))


def labels_of(text: str) -> set[str]:
    return set(re.findall(r"\b(\w+)\s*(?:=|!=|=~|!~)", text))


async def shown(system: System) -> tuple[dict[str, str], dict[str, set[str]]]:
    """(kind, labels) of every metric that /metrics shows once something of each kind has happened."""
    async with transaction(system.engine) as connection:
        await connection.execute(sends.insert().values(created_at=1.0, provider="twilio", country="ML", result="sent",
                                                       segments=1))
        await connection.execute(turns.insert().values(created_at=1.0, channel="sms", language="fr", urgent=False,
                                                       answered=True, segments=1))
    lines = (await system.get("/metrics")).text.splitlines()
    kinds = dict(line.split()[2:] for line in lines if line.startswith("# TYPE"))
    labels: dict[str, set[str]] = {}
    for line in lines:
        if not line.startswith("#"):
            name, given, _ = re.fullmatch(r"(\w+)(\{.*\})? (\S+)", line).groups()  # type: ignore[union-attr]
            labels.setdefault(name, set()).update(labels_of(given or ""))
    return kinds, labels


async def test_every_figure_of_the_dashboard_and_the_rules_is_shown(system: System) -> None:
    kinds, labels = await shown(system)
    used = {found for expression in expressions() for found in _SELECTOR.findall(expression)}
    assert len({name for name, _ in used}) > 20
    for name, selector in used:
        base = next((name.removesuffix(suffix) for suffix in _SUFFIXES if name.endswith(suffix)), name)
        assert name in kinds or base in kinds, name
        if name in labels:
            assert labels_of(selector) <= labels[name] | {"instance", "job"}, (name, selector)


async def test_counters_are_read_as_rates_and_gauges_as_they_are(system: System) -> None:
    kinds, _labels = await shown(system)
    for expression in expressions():
        for name, _ in _SELECTOR.findall(expression):
            rated = re.search(rf"(?:rate|increase)\({name}(?:\{{[^}}]*\}})?\[", expression) is not None
            assert rated == name.endswith(("_total", *_SUFFIXES)), (name, expression)
    assert {kind for name, kind in kinds.items() if name.endswith("_total")} == {"counter"}


def test_every_alert_says_what_happened_and_what_to_do_and_is_tested() -> None:
    tests = yaml.safe_load((FOLDER / "alerts-test.yml").read_text())
    tested = {each["alertname"] for test in tests["tests"] for each in test["alert_rule_test"]}
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names) and tested <= set(names)
    for rule in rules():
        assert set(rule["annotations"]) == {"summary", "action"}, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert re.fullmatch(r"\d+[mh]", rule["for"])


def test_the_dashboard_can_be_imported() -> None:
    dashboard = json.loads((FOLDER / "grafana-dashboard.json").read_text())
    assert dashboard["schemaVersion"] >= 39 and dashboard["title"] == "Sahan"
    assert [each["name"] for each in dashboard["templating"]["list"]] == ["datasource"]
    identifiers = [panel["id"] for panel in panels()]
    assert len(set(identifiers)) == len(identifiers)
    for panel in panels():
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        if panel["type"] != "row":
            assert panel["type"] in ("stat", "timeseries") and panel["datasource"]["uid"] == "${datasource}"
            assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"]) >= 1
    for one, other in combinations((panel["gridPos"] for panel in panels()), 2):
        apart = (one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
                 or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"])
        assert apart, (one, other)


def test_prometheus_is_told_where_the_rules_and_the_token_are() -> None:
    configuration = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    assert configuration["rule_files"] == ["alerts.yml"]
    (scraped,) = configuration["scrape_configs"]
    assert scraped["job_name"] == "sahan" and "credentials_file" in scraped["authorization"]
