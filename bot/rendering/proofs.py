"""What became of quotes that were checked, as lines for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from bot.rendering.characters import plain, shortened, shown
from bot.rendering.sources import counted, source_line
from retrieval.proof import Checked, Verdict

LONGEST = 80  # UTF-16 units of a quote, which is only to be known by them


def proof_line(one: Checked, *, of_several: bool = False) -> Text:
    """One line that says what became of a quote, and why."""
    stands = one.verdict is Verdict.STANDS
    text = Text(one.verdict, style="bold green" if stands else "bold red")
    place = f"answer {one.answer}, {one.place}" if of_several else one.place
    text.append(f"  {plain(shown(place))}", style="default not bold")
    if one.text:
        text.append(f": “{shortened(one.text, LONGEST)}”", style="default not bold")
    if one.article:
        told = f"{source_line(one.article)}, SHA-256 {one.article.sha256}"
        text.append(f"\n   {plain(told)}", style="green not bold")
    if one.reason:
        text.append(f"\n   {plain(shown(one.reason))}", style="default not bold")
    return text


def proof_total(found: Sequence[Checked], *, enclosed: bool) -> str:
    """How many quotes stand, and in what."""
    where = "the articles that the file brings along" if enclosed else "the articles kept here"
    standing = sum(one.verdict is Verdict.STANDS for one in found)
    if standing < len(found):
        verb = "does" if len(found) - standing == 1 else "do"
        return f"{len(found) - standing} of {counted(len(found), 'quote')} {verb} not stand."
    verb = "stands" if standing == 1 else "stand"
    return f"{counted(standing, 'quote')} {verb}, word for word, in {where}."


def proof_fields(one: Checked) -> dict[str, Any]:
    """What became of a quote, as `proof --json` prints it."""
    return {
        "answer": one.answer,
        "place": shown(one.place),
        "verdict": one.verdict,
        "reason": shown(one.reason) or None,
        "text": shown(one.text),
        "article": one.article.id if one.article else None,
        "sha256": one.article.sha256 if one.article else None,
    }
