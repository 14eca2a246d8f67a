"""What every page of the console has in common: headers, language cookie, compression, static files."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from console.templates import render
from console.translation import COOKIE, asked_locale, locale_of

# No script or style in the page itself, nothing from elsewhere: an answer shown on the page stays text.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
# Pages are read over slow and costly links.
COMPRESSED = [Middleware(GZipMiddleware, minimum_size=1000)]
_YEAR = 365 * 24 * 3600


def page(request: Request, template: str, context: Mapping[str, object], status_code: int = 200) -> Response:
    """A page in the reader's language; a language asked for in the address is remembered in a cookie."""
    locale = locale_of(request)
    response = HTMLResponse(
        render(template, locale, path=request.url.path, **context),
        status_code,
        headers={
            **SECURITY_HEADERS,
            "Content-Language": locale,
            "Cache-Control": "private, no-cache",
            "Vary": "Accept-Language, Cookie",
        },
    )
    if asked_locale(request):
        response.set_cookie(
            COOKIE, locale, max_age=_YEAR, httponly=True, samesite="lax", secure=request.url.scheme == "https"
        )
    return response


class ConsoleFiles(StaticFiles):
    """The console's static files with the same headers as its pages, checked for a newer version at every load."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or an error as StaticFiles gives it."""
        response = await super().get_response(path, scope)
        response.headers.update({**SECURITY_HEADERS, "Cache-Control": "no-cache"})
        return response
