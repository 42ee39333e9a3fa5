"""Put an article back that was removed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from retrieval import passages
from retrieval.catalog import Catalog, removed
from retrieval.errors import AnotherModel, QuotewiseError
from retrieval.models import Models


def restore(catalog: Catalog, models: Models, library: str, record: str) -> str:
    """Put the article in a record back into a library, and return its id.

    Raises QuotewiseError if there is an article with its id or its link by now.
    """
    one = removed.from_json(record)
    restored = None
    while restored is None:
        using = models.using()
        drafted = passages.drafted(library, one.article, one.added, using.encoder)
        (new,) = passages.embedded([drafted], using.encoder)
        with suppress(AnotherModel):
            restored = catalog.restore(
                replace(new, key=one.key), one.versions, model=using.encoder.fingerprint
            )
    if not restored:
        raise QuotewiseError(f"{one.article.title} is here again: nothing was changed.")
    models.catch_up([library])
    return one.article.id
