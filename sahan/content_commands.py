"""The commands ``sahan content ...``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sahan.language import _

content_command = typer.Typer(help=_("Le contenu : ce que Sahan sait."), no_args_is_help=True)

AuthorOption = Annotated[str | None, typer.Option(help=_("Qui publie ; par défaut, votre nom sur cette machine."))]


@content_command.command("check", help=_("Vérifier tout le contenu ; code 1 et une ligne par défaut."))
def content_check(
    library: Annotated[Path | None, typer.Option(help=_("Dossier du contenu."))] = None,
) -> None:
    """Validate all content."""
    from sahan.content import check

    raise typer.Exit(check(library))


@content_command.command("status", help=_("Ce qui manque ou a vieilli, par langue."))
def content_status() -> None:
    """What is missing or stale, per language."""
    from sahan.content import status

    status()


@content_command.command("publish", help=_("Mettre un dossier de contenu en ligne, sans redémarrer."))
def content_publish(
    library: Annotated[Path | None, typer.Option(help=_("Dossier du contenu."))] = None,
    author: AuthorOption = None,
    note: Annotated[str, typer.Option(help=_("Ce qui change, en une ligne."))] = "",
) -> None:
    """Make content live."""
    from sahan.live_content import publish

    publish(library, author, note)


@content_command.command("import", help=_("Prendre dans la bibliothèque des fichiers écrits ou traduits ailleurs."))
def content_import(
    files: Annotated[list[Path], typer.Argument(help=_("Fichiers entiers, comme « export » les écrit."))],
    library: Annotated[Path | None, typer.Option(help=_("Dossier du contenu."))] = None,
) -> None:
    """Take files into the library."""
    from content.loader import LIBRARY
    from sahan.content_import import import_files

    import_files(files, library or LIBRARY)


@content_command.command("restore", help=_("Remettre en ligne une révision d'avant."))
def content_restore(
    revision: Annotated[int, typer.Argument(help=_("Numéro de la révision."))], author: AuthorOption = None,
) -> None:
    """Make an earlier revision live again."""
    from sahan.live_content import restore

    restore(revision, author)


@content_command.command("export", help=_("Écrire dans un dossier le contenu qui est en ligne."))
def content_export(
    folder: Annotated[Path, typer.Argument(help=_("Dossier à écrire ; ses fichiers .yml sont remplacés."))],
    revision: Annotated[int | None, typer.Option(help=_("Une révision d'avant."))] = None,
) -> None:
    """Write what is live to a folder."""
    from sahan.live_content import export

    export(folder, revision)


@content_command.command("history", help=_("Les révisions mises en ligne, la plus récente d'abord."))
def content_history() -> None:
    """List what was published."""
    from sahan.live_content import show_history

    show_history()
