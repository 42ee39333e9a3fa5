"""What commands print on standard output: text for people, or JSON for programs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from bot.streams import holds_all_characters

if TYPE_CHECKING:
    from rich.console import Console


def console() -> Console:
    """Standard output as it is, without colours for what looks like a number or a path."""
    from rich.console import Console

    return Console(highlight=False)


def print_json(fields: dict[str, Any]) -> None:
    """Print one JSON object on a line of its own, at once."""
    click.echo(json.dumps(fields, ensure_ascii=not holds_all_characters(sys.stdout)))
