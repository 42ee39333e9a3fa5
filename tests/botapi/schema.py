"""Requests and answers held against the description of the API in api.json."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botapi.refusals import Breach

DESCRIPTION: dict[str, Any] = json.loads(Path(__file__).with_name("api.json").read_text("utf-8"))
METHODS: dict[str, Any] = DESCRIPTION["methods"]
TYPES: dict[str, Any] = DESCRIPTION["types"]
SCALARS = ("Integer", "String", "Boolean", "Float", "InputFile")
NAMES = {name.lower(): name for name in METHODS}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a request."""

    name: str
    content: bytes
    mime: str


Raw = Mapping[str, str | Upload]
"""Parameters as they came: every value is a string, whatever form the request had."""


def parameters(method: str, raw: Raw) -> dict[str, Any]:
    """The parameters of a method by their names, each of its type; raises Breach."""
    fields = METHODS[method]["fields"]
    for name in raw:
        if name not in fields:
            raise Breach(f'unknown parameter "{name}" of {method}')
    for name, field in fields.items():
        if field["required"] and raw.get(name, "") == "" and name not in EMPTY_ALLOWED:
            raise Breach(MISSING.get(name, f'parameter "{name}" is required'))
    return {name: _read(method, name, value) for name, value in raw.items()}


EMPTY_ALLOWED = ("url", "results", "commands")
MISSING = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "user_id": "invalid user_id specified",
    "message_id": "message identifier is not specified",
}


def problems(types: str | list[str], value: Any, where: str = "") -> Iterator[str]:
    """What about a value is not as the description of its type, or of all its types, says."""
    if isinstance(types, str):
        types = [types]
    found = [list(_problems(type, value, where)) for type in _candidates(types, value)]
    yield from min(found, key=len) if found else [f"{where}: none of {', '.join(types)}"]


def _read(method: str, name: str, value: str | Upload) -> Any:
    types = METHODS[method]["fields"][name]["types"]
    if isinstance(value, Upload):
        if "InputFile" not in types:
            raise Breach(f'parameter "{name}" of {method} is not a file')
        return value
    read = next((one for type in types if (one := _scalar(type, value)) is not None), None)
    if read is None:
        try:
            read = json.loads(value)
        except json.JSONDecodeError:
            raise Breach(f'parameter "{name}" of {method} is not {" or ".join(types)}') from None
        if "String" in types and not isinstance(read, dict | list):
            read = value
        for problem in problems(types, read, name):
            raise Breach(f"{method}: {problem}")
    return read


def _scalar(type: str, value: str) -> Any:
    if type == "Integer" and re.fullmatch(r"-?[0-9]+", value):
        return int(value)
    if type == "Boolean" and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if type == "String":
        return value
    return None


def _candidates(types: list[str], value: Any) -> list[str]:
    """The types that a value may have, with every union resolved as far as its marks allow."""
    flat: list[str] = []
    for type in types:
        flat += _candidates(TYPES[type]["subtypes"], value) if _is_union(type) else [type]
    if isinstance(value, dict):
        marked = [type for type in flat if _marks(type) and _bears(value, _marks(type))]
        unmarked = [type for type in flat if not _marks(type)]
        return marked or unmarked
    return flat


def _is_union(type: str) -> bool:
    return "subtypes" in TYPES.get(type, {})


def _marks(type: str) -> dict[str, str]:
    fields = TYPES.get(type, {}).get("fields", {})
    return {name: field["const"] for name, field in fields.items() if "const" in field}


def _bears(value: dict[str, Any], marks: dict[str, str]) -> bool:
    return all(value.get(name) == const for name, const in marks.items())


def _problems(type: str, value: Any, where: str) -> Iterator[str]:
    if type.startswith("Array of "):
        if not isinstance(value, list):
            yield f"{where} is not an array"
            return
        for number, one in enumerate(value):
            yield from problems(type.removeprefix("Array of "), one, f"{where}[{number}]")
    elif type in SCALARS:
        if not _is_scalar(type, value):
            yield f"{where} is not {type}: {value!r}"
    elif type not in TYPES:
        yield f"{where} is a {type}, which this server does not know"
    elif not isinstance(value, dict):
        yield f"{where} is not a {type}: {value!r}"
    else:
        yield from _in_object(type, value, where)


def _in_object(type: str, value: dict[str, Any], where: str) -> Iterator[str]:
    fields = TYPES[type]["fields"]
    for name in value:
        if name not in fields:
            yield f"{where}.{name}: {type} has no such field"
    for name, field in fields.items():
        if name in value:
            yield from problems(field["types"], value[name], f"{where}.{name}")
            if "const" in field and value[name] != field["const"]:
                yield f'{where}.{name} must be "{field["const"]}"'
        elif field["required"]:
            yield f"{where}.{name} of {type} is missing"


def _is_scalar(type: str, value: Any) -> bool:
    if type == "Integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if type == "Float":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if type == "Boolean":
        return isinstance(value, bool)
    return isinstance(value, str)
