"""Stands in for TensorFlow, so that Rasa imports without its 2 GB.

``rasa.core.agent`` imports every one of Rasa's components, and half of them name TensorFlow classes as
bases, decorators and annotations at import. None of the components in our ``config.yml`` uses them. Here
every name is a class that may be named, subclassed, subscripted and used as a decorator; making one, which
is what a component that really needs TensorFlow does first, raises ``TensorFlowMissingError``.
Why: docs/decisions/0001-rasa-on-python-3.11-without-tensorflow.md.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from types import ModuleType
from typing import Any

__version__ = "2.12.0"


class TensorFlowMissingError(RuntimeError):
    """A Rasa component that needs TensorFlow was asked to work."""

    def __init__(self) -> None:
        super().__init__(
            "This Rasa component needs TensorFlow, which Sahan installs without. Take it out of config.yml "
            "(DIETClassifier, TEDPolicy, ResponseSelector, UnexpecTEDIntentPolicy), or install tensorflow==2.12 "
            "in an environment of its own."
        )


class _Named(type):
    """Gives every attribute of a stand-in class as another stand-in class."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return cls

    def __getitem__(cls, item: object) -> Any:
        return cls

    def __or__(cls, other: object) -> Any:
        return cls

    def __call__(cls, *arguments: Any, **options: Any) -> Any:
        if cls is StandIn and len(arguments) == 1 and not options and callable(arguments[0]):
            return arguments[0]
        if cls is StandIn and options and not arguments:
            return lambda decorated: decorated
        raise TensorFlowMissingError()


class StandIn(metaclass=_Named):
    """Any name of TensorFlow: fit to be named, not to be used."""


class _Module(ModuleType):
    __path__: list[str] = []  # noqa: RUF012

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, package: str) -> None:
        self.package = package + "."

    def find_spec(self, name: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if name.startswith(self.package):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run: the module answers every name."""


def install_finder(package: str) -> None:
    """Make every submodule of ``package`` importable as a stand-in."""
    sys.meta_path.append(_Finder(package))


install_finder("tensorflow")


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return StandIn
