"""Check requests and answers against the description of the Bot API in api.json.

`python -m botapi.schema DESCRIPTION` renews api.json from a machine-readable description of the
whole API: it keeps the methods and types that api.json has, every field of them, and no prose. A
type that is not in api.json is refused wherever it is used.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

PATH = Path(__file__).with_name("api.json")
DESCRIPTION: dict[str, Any] = json.loads(PATH.read_text("utf-8"))
METHODS: dict[str, Any] = DESCRIPTION["methods"]
TYPES: dict[str, Any] = DESCRIPTION["types"]
SCALARS = {"Integer": int, "String": str, "Boolean": bool, "Float": (int, float)}
CONST = re.compile(r'(?:always|must be) ["“]?(\w+)["”]?\.?$')
"""The only value of a field, as its description gives it."""
EMPTY_ALLOWED = ("url", "results", "commands")


class Upload(NamedTuple):
    """A file in a request: an InputFile."""

    name: str
    content: bytes

    def __repr__(self) -> str:
        return f"{self.name} of {len(self.content)} bytes"


class Refused(Exception):
    """A request that gets an error for an answer, though a correct bot may send it."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


class Breach(Refused):
    """A request that the description of the API forbids: no correct bot sends it."""

    def __init__(self, description: str) -> None:
        super().__init__(400, f"Bad Request: {description}")


def bad_request(description: str, **parameters: Any) -> Refused:
    """A 400 that a correct bot may get."""
    return Refused(400, f"Bad Request: {description}", **parameters)


def read_parameters(method: str, raw: dict[str, str | Upload]) -> dict[str, Any]:
    """The parameters of a method, each converted to its type; raises Breach."""
    fields = METHODS[method]["fields"]
    for name in raw:
        if name not in fields:
            raise Breach(f'unknown parameter "{name}" of {method}')
    for name, field in fields.items():
        if field["required"] and not raw.get(name) and name not in EMPTY_ALLOWED:
            raise Breach(f'parameter "{name}" is required')
    return {name: _read(method, name, value) for name, value in raw.items()}


def problems(types: list[str], value: Any, where: str = "") -> Iterator[str]:
    """What is wrong with a value that should have one of these types."""
    by_type = [list(_problems(type, value, where)) for type in _candidates(types, value)]
    yield from min(by_type, key=len) if by_type else [f"{where}: none of {', '.join(types)}"]


def _read(method: str, name: str, value: str | Upload) -> Any:
    types = METHODS[method]["fields"][name]["types"]
    if isinstance(value, Upload):
        if "InputFile" not in types:
            raise Breach(f'parameter "{name}" of {method} is no file')
        return value
    if "Integer" in types and re.fullmatch(r"-?[0-9]+", value):
        return int(value)
    if "String" in types:
        return value
    try:
        read = json.loads(value.lower() if types == ["Boolean"] else value)
    except json.JSONDecodeError:
        raise Breach(f'parameter "{name}" of {method} is not {" or ".join(types)}') from None
    for problem in problems(types, read, name):
        raise Breach(f"{method}: {problem}")
    return read


def _candidates(types: list[str], value: Any) -> list[str]:
    """The types that a value may have; unions are resolved by their constant fields."""
    flat: list[str] = []
    for type in types:
        union = TYPES.get(type, {}).get("subtypes")
        flat += [type] if union is None else _candidates(union, value)
    if not isinstance(value, dict):
        return flat
    marked = [type for type in flat if (marks := _marks(type)) and marks.items() <= value.items()]
    return marked or [type for type in flat if not _marks(type)]


def _marks(type: str) -> dict[str, str]:
    fields = TYPES.get(type, {}).get("fields", {})
    return {name: field["const"] for name, field in fields.items() if "const" in field}


def _problems(type: str, value: Any, where: str) -> Iterator[str]:
    if type.startswith("Array of "):
        if not isinstance(value, list):
            yield f"{where} is not an array"
            return
        for number, item in enumerate(value):
            yield from problems([type.removeprefix("Array of ")], item, f"{where}[{number}]")
    elif type in SCALARS:
        if not isinstance(value, SCALARS[type]) or (isinstance(value, bool) != (type == "Boolean")):
            yield f"{where} is not {type}: {value!r}"
    elif type not in TYPES:
        yield f"{where} is a {type}, which this server does not know"
    elif not isinstance(value, dict):
        yield f"{where} is not a {type}: {value!r}"
    else:
        yield from _problems_of_object(type, value, where)


def _problems_of_object(type: str, value: dict[str, Any], where: str) -> Iterator[str]:
    fields = TYPES[type]["fields"]
    for name in value.keys() - fields.keys():
        yield f"{where}.{name}: {type} has no such field"
    for name, field in fields.items():
        if name in value:
            yield from problems(field["types"], value[name], f"{where}.{name}")
            if value[name] != field.get("const", value[name]):
                yield f'{where}.{name} must be "{field["const"]}"'
        elif field["required"]:
            yield f"{where}.{name} of {type} is missing"


def renew(description: str) -> None:
    """Rewrite api.json from a description of the whole API."""
    whole = json.loads(Path(description).read_text("utf-8"))
    new: dict[str, Any] = {"version": whole["version"], "methods": {}, "types": {}}
    for name in METHODS:
        method = whole["methods"][name]
        new["methods"][name] = {"returns": method["returns"], "fields": _fields(method)}
    for name in TYPES:
        kind = whole["types"][name]
        union = [type for type in kind.get("subtypes", []) if type in TYPES]
        new["types"][name] = {"subtypes": union} if union else {"fields": _fields(kind)}
    text = json.dumps(new, indent=1, ensure_ascii=False)
    on_one_line = re.sub(r"\{[^{}]*\}", lambda inner: json.dumps(json.loads(inner[0])), text)
    PATH.write_text(on_one_line + "\n", "utf-8")


def _fields(described: dict[str, Any]) -> dict[str, Any]:
    fields = {}
    for field in described.get("fields", []):
        fields[field["name"]] = {"types": field["types"], "required": field["required"]}
        const = CONST.search(field["description"])
        if const and field["types"] == ["String"]:
            fields[field["name"]]["const"] = const[1]
    return fields


if __name__ == "__main__":
    renew(sys.argv[1])
