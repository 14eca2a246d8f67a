"""The pages' templates: Jinja2 with gettext, escaping everything."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from console.translation import LOCALES, direction, page_gettext, translations


@lru_cache
def environment(locale: str) -> Environment:
    """The templates in one language. One environment a language, for gettext is installed in the environment."""
    made = Environment(
        loader=PackageLoader("console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    # The JSON block is read by a script: keep letters as they are, the page is UTF-8.
    made.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True}
    made.install_gettext_callables(  # type: ignore[attr-defined]
        page_gettext(locale), translations(locale).ngettext, newstyle=True
    )
    made.globals.update(locale=locale, direction=direction(locale), locales=LOCALES, writing=direction)
    return made


def render(name: str, locale: str, **context: object) -> str:
    """One page in one language."""
    return environment(locale).get_template(name).render(**context)
