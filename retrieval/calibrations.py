"""Which calibration holds for a question: that of a library, if it has one, or the shipped one."""

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
    """The calibrations that were fitted to libraries; what processes change is seen by all."""

    def __init__(self, catalog: Catalog, reader: str | None) -> None:
        self._catalog = catalog
        self._reader = reader

    def of(self, scope: Sequence[str]) -> Calibration:
        """The first calibration that one of these libraries has, or else the shipped one."""
        own = map(self.own, scope)
        return next((one for one in own if one), None) or calibration.default()

    def own(self, library: str) -> Calibration | None:
        """What was fitted to a library; None too where a model or the scores changed since."""
        told = self._catalog.calibration(library)
        if told is None:
            return None
        kept = _kept(told)
        if kept is None or kept[0] != self._made_with():
            log.info("the calibration of %s is of another model: calibrate it again", library)
            return None
        return kept[1]

    def keep(self, library: str, own: Calibration) -> None:
        """Use a calibration for a library from now on."""
        told = json.dumps({"made_with": self._made_with(), "calibration": own.to_json()})
        self._catalog.keep_calibration(library, told)

    def forget(self, library: str) -> bool:
        """Use the shipped calibration for a library again, and say whether it had its own."""
        return self._catalog.keep_calibration(library, None)

    def places(self, library: str) -> dict[str, Place]:
        """The articles of a library by id: what is left out of it when a story is."""
        return {id: Place(key, story) for key, id, story in self._catalog.tellings(library)}

    def _made_with(self) -> list[str | None]:
        """What raw confidences depend on: the models, and the scores, which come with a default."""
        model = self._catalog.models.in_use()
        return [model.fingerprint if model else None, self._reader, _digest()]


@lru_cache(maxsize=64)
def _kept(told: str) -> tuple[list[str | None], Calibration] | None:
    try:
        kept = json.loads(told)
        return kept["made_with"], Calibration.from_json(kept["calibration"])
    except (KeyError, TypeError, ValueError):
        return None


@lru_cache(maxsize=1)
def _digest() -> str:
    return hashlib.sha256(calibration.default().to_json().encode()).hexdigest()
