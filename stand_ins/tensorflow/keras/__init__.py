"""Stands in for Keras, as ``tensorflow/__init__.py`` does for TensorFlow."""

from tensorflow import StandIn, install_finder

install_finder("keras")


def __getattr__(name: str) -> type[StandIn]:
    return StandIn
