"""The stand-in for TensorFlow: Rasa imports, and what really needs TensorFlow says so in one clear line."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import tensorflow as tf
import yaml
from tensorflow import TensorFlowMissingError


@pytest.mark.parametrize(
    ("module", "name", "arguments"),
    [
        ("rasa.utils.tensorflow.models", "RasaModel", ()),
        ("rasa.utils.tensorflow.layers", "Embed", (20, 0.1, "name")),
        ("rasa.nlu.classifiers.diet_classifier", "DIET", ({}, {}, True, {})),
        ("rasa.core.policies.ted_policy", "TED", ({}, {}, None, {})),
        ("rasa.nlu.selectors.response_selector", "DIET2DIET", ({}, {}, True, {})),
    ],
)
def test_rasas_neural_components_import_and_making_one_is_one_clear_line(
    module: str, name: str, arguments: tuple[object, ...]
) -> None:
    with pytest.raises(TensorFlowMissingError) as caught:
        getattr(importlib.import_module(module), name)(*arguments)
    line = str(caught.value)
    assert "config.yml" in line
    assert "DIETClassifier" in line
    assert "\n" not in line


@pytest.mark.parametrize("module", ["rasa.core.agent", "rasa.model_training", "rasa.model_testing", "rasa.cli.train",
                                    "rasa.core.policies.unexpected_intent_policy", "rasa.nlu.test"])
def test_rasa_imports(module: str) -> None:
    assert importlib.import_module(module).__name__ == module


def test_our_own_pipeline_names_none_of_what_needs_tensorflow() -> None:
    configuration = yaml.safe_load((Path(__file__).parents[2] / "config.yml").read_text("utf-8"))
    names = [each["name"].split(".")[-1] for each in configuration["pipeline"] + configuration["policies"]]
    assert not {"DIETClassifier", "TEDPolicy", "ResponseSelector", "UnexpecTEDIntentPolicy"} & set(names)


def test_names_can_be_named_subclassed_subscripted_and_used_as_decorators() -> None:
    class Layer(tf.keras.layers.Layer):
        def call(self, inputs: tf.Tensor | None, shapes: dict[str, tf.TensorShape]) -> list[tf.Tensor]:
            raise NotImplementedError

    @tf.function(input_signature=None)
    def doubled(number: int) -> int:
        return number * 2

    @tf.function
    def tripled(number: int) -> int:
        return number * 3

    assert doubled(2) == 4
    assert tripled(2) == 6
    assert issubclass(Layer, tf.keras.layers.Layer)
    assert tf.data.Dataset[int] is not None


@pytest.mark.parametrize("make", [lambda: tf.Variable(1, 2), lambda: tf.constant(1.0), lambda: tf.keras.Model()])
def test_nothing_can_be_made(make: object) -> None:
    assert callable(make)
    with pytest.raises(TensorFlowMissingError):
        make()


def test_dunder_names_are_not_made_up() -> None:
    with pytest.raises(AttributeError):
        tf.__nothing_of_the_kind__  # noqa: B018
