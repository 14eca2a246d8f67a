"""`sahan segments`: how a text travels by SMS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from content.segments import Segmentation, segment
from sahan.language import _
from sahan.tables import needed, only_one, read_rows


def segments_once(text: str | None, as_json: bool) -> None:
    """Print the segmentation of one text."""
    found = segment(needed(text))
    if as_json:
        print(json.dumps(_fields(found), ensure_ascii=False))
        return
    print(_("Alphabet : {encoding}").format(encoding=found.encoding))
    print(_("Segments : {segments}").format(segments=found.segments))
    print(_("Caractères libres dans le dernier : {remaining}").format(remaining=found.remaining))
    if found.forced_by:
        print(_("Lettres qui imposent UCS-2 : {letters}").format(letters=" ".join(found.forced_by)))


def segments_batch(batch: Path, text: str | None) -> None:
    """Print one JSON object a row of the file."""
    only_one(batch, text)
    for identifier, each in read_rows(batch):
        print(json.dumps({"id": identifier, **_fields(segment(each))}, ensure_ascii=False))


def _fields(found: Segmentation) -> dict[str, Any]:
    return {"encoding": str(found.encoding), "segments": found.segments, "remaining": found.remaining,
            "forced_by": list(found.forced_by)}
