"""The command ``sahan``: one subcommand a task. Heavy rooms are imported by the subcommand that needs them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
# The vectors of one message are short: threads of the linear algebra would wait for each other in busy loops, at 10 ms
# of CPU a message (docs/decisions/0025). Read when numpy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
if sys.warnoptions in ([], ["ignore"]):
    # Rasa's libraries warn of each other's age at import, and some reset the filters: nothing a person could act on.
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    import warnings

    warnings.showwarning = lambda *_arguments, **_options: None

import typer

from bot.errors import AssistantError
from bot.understanding.errors import UnderstandingError
from connectors.errors import ConnectorError
from content.errors import ContentError
from sahan.content_commands import content_command
from sahan.errors import SahanError
from sahan.language import _
from sahan.person import person_command
from sahan.telegram_commands import telegram_command
from store.errors import StoreError
from store.messages import Channel

command = typer.Typer(
    help=_("Sahan : informer les migrants et les personnes de retour, par SMS et Telegram."),
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
)
database_command = typer.Typer(help=_("La base de données."), no_args_is_help=True)
dead_letters_command = typer.Typer(help=_("Les réponses abandonnées."), no_args_is_help=True)
keys_command = typer.Typer(help=_("Les clés qui scellent les adresses et les messages."), no_args_is_help=True)
language_command = typer.Typer(help=_("La reconnaissance des langues."), no_args_is_help=True)
command.add_typer(content_command, name="content")
command.add_typer(database_command, name="database")
command.add_typer(dead_letters_command, name="dead-letters")
command.add_typer(keys_command, name="keys")
command.add_typer(language_command, name="language")
command.add_typer(person_command, name="person")
command.add_typer(telegram_command, name="telegram")

ChannelOption = Annotated[Channel, typer.Option(help=_("La forme des réponses."))]
LanguageOption = Annotated[str | None, typer.Option("--lang", help=_("Langue choisie par la personne : fr, so…"))]
CountryOption = Annotated[str | None, typer.Option(help=_("Pays où se trouve la personne : DJ, ML ou SN."))]
JsonOption = Annotated[bool, typer.Option("--json", help=_("Écrire le résultat en JSON."))]
DemonstrationOption = Annotated[bool, typer.Option(help=_("Simulateur et clé de démonstration, sur cette machine."))]


@command.command(help=_("Poser une question comme une personne nouvelle, et lire les réponses."))
def ask(
    text: Annotated[str | None, typer.Argument(help=_("Le message."))] = None,
    batch: Annotated[Path | None, typer.Option(help=_("Fichier à tabulations, avec au moins id et text."))] = None,
    channel: ChannelOption = Channel.TELEGRAM,
    lang: LanguageOption = None,
    country: CountryOption = None,
    json: JsonOption = False,
) -> None:
    """Answer one message, or a file of messages, through the real Rasa path."""
    from sahan.ask import Person, ask_batch, ask_once

    ask_batch(batch, text, channel) if batch is not None else ask_once(text, Person(channel, lang, country), json)


@command.command(help=_("Converser dans le terminal."))
def chat(channel: ChannelOption = Channel.TELEGRAM) -> None:
    """A conversation in the terminal."""
    from sahan.chat import chat as run

    run(channel)


@command.command(help=_("Comment un texte voyage par SMS : alphabet, segments, lettres qui coûtent."))
def segments(
    text: Annotated[str | None, typer.Argument(help=_("Le texte."))] = None,
    batch: Annotated[Path | None, typer.Option(help=_("Fichier à tabulations, avec au moins id et text."))] = None,
    json: JsonOption = False,
) -> None:
    """Count the segments of one text, or of a file of texts."""
    from sahan.segments import segments_batch, segments_once

    segments_batch(batch, text) if batch is not None else segments_once(text, json)


@command.command(help=_("Entraîner l'assistant avec les phrases du contenu."))
def train(
    if_needed: Annotated[bool, typer.Option(help=_("Ne rien faire si le modèle est à jour."))] = False,
) -> None:
    """Train Rasa and the urgency detector."""
    from sahan.training import train as run

    run(if_needed=if_needed)


@command.command(help=_("Tout en un : passerelle, console et un agent de réponse."))
def serve(demonstration: DemonstrationOption = False) -> None:
    """Gateway, console and one worker."""
    from sahan.supervisor import start_worker

    with start_worker(demonstration=demonstration) as worker:
        from sahan.serve import serve as run  # while the worker loads Rasa

        run(worker)


@command.command(help=_("La passerelle seule : reçoit les messages."))
def gateway(demonstration: DemonstrationOption = False) -> None:
    """The gateway alone."""
    from sahan.serve import gateway as run

    run(demonstration=demonstration)


@command.command(help=_("La console de l'équipe seule."))
def console(demonstration: DemonstrationOption = False) -> None:
    """The staff console alone."""
    from sahan.serve import console as run

    run(demonstration=demonstration)


@command.command(help=_("Un agent de réponse : lit les messages reçus, répond, envoie."))
def worker(
    demonstration: DemonstrationOption = False,
    stop_with_parent: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """One worker."""
    from sahan.worker import run_worker

    run_worker(demonstration=demonstration, stop_with_parent=stop_with_parent)


@command.command(help=_("Le serveur HTTP de Rasa, sur cette machine seulement, pour les outils de Rasa."))
def bot(port: Annotated[int, typer.Option(help=_("Port local."))] = 5005) -> None:
    """Rasa's own HTTP server, on the loopback address."""
    from sahan.rasa_tools import run_bot

    run_bot(port)


@command.command(help=_("Le serveur d'actions de Rasa, sur cette machine seulement, pour `rasa shell`."))
def actions(port: Annotated[int, typer.Option(help=_("Port local."))] = 5055) -> None:
    """Rasa's action server, on the loopback address."""
    from sahan.rasa_tools import run_actions

    run_actions(port)


@database_command.command("upgrade", help=_("Mettre les tables à la version du programme."))
def database_upgrade(demonstration: DemonstrationOption = False) -> None:
    """Bring the tables to this version."""
    from sahan.settings import read_settings
    from store.migrate import upgrade

    upgrade(read_settings(demonstration=demonstration).database_url)
    typer.echo(_("La base de données est à jour."))


@dead_letters_command.command("list", help=_("Une ligne chacune : numéro, pseudonyme, canal, code, heure UTC."))
def dead_letters_list(
    code: Annotated[str | None, typer.Option(help=_("Seulement celles de ce code."))] = None,
) -> None:
    """List the replies that were given up."""
    from sahan.dead_letters import show_dead_letters

    show_dead_letters(code)


@dead_letters_command.command("resend", help=_("Envoyer de nouveau des réponses abandonnées."))
def dead_letters_resend(
    ids: Annotated[list[int] | None, typer.Argument(help=_("Leurs numéros."))] = None,
    code: Annotated[str | None, typer.Option(help=_("Seulement celles de ce code."))] = None,
    every: Annotated[bool, typer.Option("--all", help=_("Toutes."))] = False,
) -> None:
    """Have replies that were given up sent again."""
    from sahan.dead_letters import resend_dead_letters

    resend_dead_letters(ids or [], code, every)


@database_command.command("purge", help=_("Effacer ce qui a passé l'âge, comme les agents le font chaque heure."))
def database_purge(
    rewrite: Annotated[bool, typer.Option(help=_("Réécrire aussi toute la base : les autres attendent."))] = False,
    demonstration: DemonstrationOption = False,
) -> None:
    """Delete what is too old."""
    from sahan.database import purge_now

    purge_now(rewrite=rewrite, demonstration=demonstration)


@keys_command.command("status", help=_("Ce qui dépend de quelle clé, et si une clé précédente peut être retirée."))
def keys_status() -> None:
    """Say which keys the database rests on."""
    from sahan.keys import show_status

    show_status()


@keys_command.command("rotate", help=_("Tout sceller avec la clé actuelle, sans arrêter le service."))
def keys_rotate() -> None:
    """Bring the database under the current key."""
    from sahan.keys import rotate_keys

    rotate_keys()


@language_command.command("train", help=_("Entraîner la reconnaissance des langues sur un dossier de corpus."))
def language_train(
    corpora: Annotated[Path, typer.Argument(help=_("Dossier avec MANIFEST.tsv."))],
    seed: Annotated[int, typer.Option(help=_("Graine du hasard."))] = 0,
) -> None:
    """Train the language identifier; its model is committed."""
    from bot.understanding.paths import LANGUAGE_MODEL, PHRASES
    from bot.understanding.training.language import train as run
    typer.echo(str(run(corpora, PHRASES, LANGUAGE_MODEL, seed)))


def main() -> None:
    """Run the command; an error that we foresee is one line, without a traceback."""
    try:
        command()
    except (SahanError, StoreError, ContentError, ConnectorError, AssistantError, UnderstandingError) as error:
        print(f"sahan: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:
        # The reader of our output has gone (`sahan ask ... | head`): nothing is wrong.
        sys.stderr.close()
        raise SystemExit(0) from None


if __name__ == "__main__":
    main()
