"""The calibrations of libraries, each fitted to its own articles, and the shipped one."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from retrieval import calibration
from retrieval.calibration import Calibration
from retrieval.catalog import Catalog

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """The key of an article, and the number of its story, which its copies share."""

    key: int
    story: int


class Calibrations:
    """The calibrations that were fitted to libraries, as all processes see them.

    `reader` is the fingerprint of the reader in use: a calibration holds for one reader only.
    """

    def __init__(self, catalog: Catalog, reader: str) -> None:
        self._catalog = catalog
        self._reader = reader

    def of(self, scope: Sequence[str]) -> Calibration:
        """The first calibration that one of these libraries has, or else the shipped one."""
        own = map(self.own, scope)
        return next((one for one in own if one), None) or calibration.default()

    def own(self, library: str) -> Calibration | None:
        """The calibration fitted to a library; None also if a model or the scores changed since."""
        text = self._catalog.calibration(library)
        if text is None:
            return None
        kept = _kept(text)
        if kept is None or kept[0] != self._made_with():
            log.info("the calibration of %s is of another model: calibrate it again", library)
            return None
        return kept[1]

    def keep(self, library: str, own: Calibration) -> None:
        """Use a calibration for a library from now on."""
        text = json.dumps({"made_with": self._made_with(), "calibration": own.to_json()})
        self._catalog.keep_calibration(library, text)

    def forget(self, library: str) -> bool:
        """Use the shipped calibration for a library again, and say whether it had its own."""
        return self._catalog.keep_calibration(library, None)

    def places(self, library: str) -> dict[str, Place]:
        """The articles of a library by id, so that a story can be left out."""
        return {id: Place(key, story) for key, id, story in self._catalog.tellings(library)}

    def _made_with(self) -> list[str | None]:
        """What raw confidences depend on: both models, and the scores (a new default tells)."""
        model = self._catalog.models.in_use()
        return [model.fingerprint if model else None, self._reader, _digest()]


@lru_cache(maxsize=64)
def _kept(text: str) -> tuple[list[str | None], Calibration] | None:
    try:
        kept = json.loads(text)
        return kept["made_with"], Calibration.from_json(kept["calibration"])
    except (KeyError, TypeError, ValueError):
        return None


@lru_cache(maxsize=1)
def _digest() -> str:
    return hashlib.sha256(calibration.default().to_json().encode()).hexdigest()
