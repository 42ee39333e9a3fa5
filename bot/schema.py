"""JSON Schemas of what commands print as JSON, made from the records that they print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ConfigDict, TypeAdapter, with_config
from pydantic.json_schema import GenerateJsonSchema

from bot.rendering.fields import (
    AnswerFields,
    ArticleFields,
    ArticleTextFields,
    ExportFields,
    ProofFields,
    RefusedFields,
)
from retrieval import FollowedFeed
from retrieval.evaluation import DialogueFigures, Figures

# Fields with defaults are printed, too.
EXACT = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


@with_config(EXACT)
@dataclass(frozen=True)
class FeedFields(FollowedFeed):
    __doc__ = FollowedFeed.__doc__


@with_config(EXACT)
@dataclass(frozen=True)
class FiguresFields(Figures):
    __doc__ = Figures.__doc__

    set: str


@with_config(EXACT)
@dataclass(frozen=True)
class DialogueFiguresFields(DialogueFigures):
    __doc__ = DialogueFigures.__doc__

    set: str


RECORDS: dict[str, Any] = {
    "ask": AnswerFields | RefusedFields,
    "export": ExportFields,
    "articles": ArticleFields,
    "show": ArticleTextFields,
    "feed": FeedFields,
    "proof": ProofFields,
    "evaluate": FiguresFields | DialogueFiguresFields,
}
"""The records by the names that `quotewise schema` gives them."""


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a record."""
    described = TypeAdapter(RECORDS[name]).json_schema(mode="serialization")
    return {"$schema": GenerateJsonSchema.schema_dialect, **described}
