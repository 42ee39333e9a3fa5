"""Valid values of the types of the Bot API, generated from a machine-readable description."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botapi.schema import CONST

DESCRIPTION = Path(__file__).parents[2] / "shared" / "telegram" / "botapi-10.1.json"
DEEPEST = 3
"""Objects within each other from which on only required fields are filled."""

SCALARS: dict[str, Any] = {"Integer": 1, "Float": 0.5, "String": "x", "Boolean": True}
SPECIAL: dict[tuple[str, str], Any] = {
    ("Chat", "id"): -4_000_000_777,
    ("Chat", "type"): "group",
    ("InaccessibleMessage", "date"): 0,
    ("MessageEntity", "type"): "bold",
    ("MessageEntity", "offset"): 0,
}
"""Values of fields that are not valid with just any value of their type."""


class Values:
    """Makes objects with their required fields only, or with all fields."""

    def __init__(self) -> None:
        self._types: dict[str, Any] = json.loads(DESCRIPTION.read_text("utf-8"))["types"]

    def fields(self, type: str) -> list[str]:
        """The names of the fields of an object."""
        return [field["name"] for field in self._types[type]["fields"]]

    def of_field(self, type: str, name: str, *, full: bool) -> Iterator[Any]:
        """Values of a field of an object: one for each type that the field may have."""
        (field,) = (item for item in self._types[type]["fields"] if item["name"] == name)
        if (type, name) in SPECIAL:
            yield SPECIAL[type, name]
            return
        for possible in field["types"]:
            union = self._types.get(possible, {}).get("subtypes", [possible])
            yield from (self.of_type(concrete, full=full) for concrete in union)

    def of_type(self, type: str, *, full: bool, depth: int = 0) -> Any:
        """A value of a type; of a union, the first type that it stands for."""
        if type in SCALARS:
            return SCALARS[type]
        if type.startswith("Array of "):
            return [self.of_type(type.removeprefix("Array of "), full=full, depth=depth)]
        kind = self._types[type]
        if "subtypes" in kind:
            return self.of_type(kind["subtypes"][0], full=full, depth=depth)
        value = {}
        for field in kind.get("fields", []):
            name, const = field["name"], CONST.search(field["description"])
            if (type, name) in SPECIAL:
                value[name] = SPECIAL[type, name]
            elif const and field["types"] == ["String"]:
                value[name] = const[1]
            elif field["required"] or (full and depth < DEEPEST):
                value[name] = self.of_type(field["types"][0], full=full, depth=depth + 1)
        return value
