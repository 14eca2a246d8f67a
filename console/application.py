"""The console's routes, to be mounted by the program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from console.examples import examples
from console.pages import COMPRESSED, ConsoleFiles, page
from console.staff import library_view, topic_view
from console.strings import simulator_strings
from console.translation import locale_of, page_gettext
from content.models import Library

STATIC = Path(__file__).parent / "static"


def console_routes(library: Callable[[], Library], *, simulator: bool, version: str) -> list[BaseRoute]:
    """The pages for people.

    Args:
        library: gives the library as it is now; asked at every request.
        simulator: whether ``/`` is the phone simulator; without it ``/`` is left to others.
        version: of the program, shown at the foot of the pages.
    """
    common: dict[str, object] = {"simulator": simulator, "version": version}

    async def home(request: Request) -> Response:
        strings = simulator_strings(page_gettext(locale_of(request)))
        return page(request, "simulator.html", {**common, "examples": examples(library()), "strings": strings})

    async def staff(request: Request) -> Response:
        return page(request, "staff.html", {**common, "view": library_view(library(), locale_of(request))})

    async def topic(request: Request) -> Response:
        view = topic_view(library(), request.path_params["topic"], locale_of(request))
        if view is None:
            return page(request, "not_found.html", common, 404)
        return page(request, "topic.html", {**common, "view": view})

    routes: list[BaseRoute] = [
        Route("/staff/", staff, middleware=COMPRESSED),
        Route("/staff/topics/{topic}", topic, middleware=COMPRESSED),
        Mount("/static", ConsoleFiles(directory=STATIC), middleware=COMPRESSED),
    ]
    return [Route("/", home, middleware=COMPRESSED), *routes] if simulator else routes
