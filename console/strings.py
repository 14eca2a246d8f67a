"""The words that the simulator's scripts show, in the reader's language. ``{name}`` is filled in by the script."""

from __future__ import annotations

from collections.abc import Callable


def simulator_strings(_: Callable[[str], str]) -> dict[str, str]:
    """Key -> words, for the page's JSON block."""
    return {
        "you": _("Vous"),
        "sahan": _("Sahan"),
        "typing": _("Sahan écrit…"),
        "voice": _("Message vocal (simulé)"),
        "photo": _("Photo (simulée)"),
        "sticker": _("Autocollant (simulé)"),
        "location": _("Position : {place} (simulée)"),
        "segments": _("{encoding} · {segments} SMS"),
        "cost": _("coût : {cost}"),
        "forced_one": _("La lettre {letters} n'existe pas dans l'alphabet des SMS (GSM-7). Tout le message passe en "
                        "UCS-2 : 70 caractères par SMS au lieu de 160."),
        "forced_more": _("Ces caractères ne sont pas dans l'alphabet des SMS (GSM-7) : {letters}. Tout le message "
                         "passe en UCS-2 : 70 caractères par SMS au lieu de 160."),
        "counter_away": _("Le compteur ne répond pas pour le moment."),
        "server_away": _("Le serveur ne répond pas. Votre message n'est pas parti, il est gardé ici."),
        "refused": _("Votre message n'a pas été pris ({reason}). Il est gardé ici."),
        "answers_away": _("Impossible de recevoir les réponses pour le moment. Nouvel essai dans quelques secondes."),
        "retry": _("Réessayer"),
        "new_person": _("Nouvelle personne : la conversation précédente est oubliée sur cette page."),
    }
