"""The code keeps to its structure: who imports whom, short files, names that the field uses."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import retrieval

ROOT = Path(__file__).parent.parent
TREES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8"))
    for folder in ("bot", "retrieval")
    for path in sorted((ROOT / folder).rglob("*.py"))
}
MODULES = {name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in TREES}

# Each package imports only those in the lines above it, and those beside it without a circle.
PACKAGES = """
errors records
text models
storage sources
index
search ingest
library
evaluation proof
training
"""
LEVELS = {
    name: level
    for level, names in enumerate(PACKAGES.strip().splitlines())
    for name in names.split()
}

HOMES = {
    "faiss": "retrieval/index",
    "tantivy": "retrieval/index retrieval/text/terms.py",
    "onnxruntime": "retrieval/models",
    "onnx": "retrieval/models",
    "tokenizers": "retrieval/models retrieval/search retrieval/training",
    "torch": "retrieval/models retrieval/training",
    "transformers": "retrieval/models retrieval/training",
    "sentence_transformers": "retrieval/models retrieval/training",
    "sklearn": "retrieval/evaluation.py retrieval/training",
    "sqlalchemy": "retrieval/storage bot/telegram",
    "sqlite3": "retrieval/storage bot/telegram",
    "trafilatura": "retrieval/sources",
    "telegram": "bot/telegram",
    "babel": "bot/rendering/language.py",
    "mcp": "bot/mcp.py",
    "rich": "bot/rendering bot/reporting.py bot/console.py bot/decorators.py retrieval/training",
}

DIALECT = set(
    "told telling one there found kept anew instep following gathering asked leaning particulars"
    " standing desk keeping patience hurry offers".split()
)

FILES = sorted(TREES)


def imports(name: str) -> set[str]:
    """Return what a file imports anywhere in it: modules, or names in modules."""
    imported = set()
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported |= {f"{node.module}.{alias.name}" for alias in node.names}
    return imported


def package_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("bot/")])
def test_the_bot_imports_only_public_names_of_the_library(name):
    public = {f"retrieval.{public}" for public in retrieval.__all__}
    extras = ("retrieval.evaluation", "retrieval.proof")
    for imported in imports(name):
        if imported.startswith("retrieval") and imported not in {"retrieval", *public, *extras}:
            assert imported.rpartition(".")[0] in extras


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("retrieval/")])
def test_the_library_imports_no_bot_and_packages_only_import_downwards(name):
    level = LEVELS.get(package_of(name.removesuffix(".py").replace("/", ".")))
    for imported in imports(name):
        assert imported.split(".")[0] != "bot"
        if imported.startswith("retrieval.") and level is not None:
            assert LEVELS[package_of(imported)] <= level, imported


def test_no_imports_form_a_circle():
    graph = {}
    for name in FILES:
        module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        used = {i if i in MODULES else i.rpartition(".")[0] for i in imports(name)}
        graph[module] = used & MODULES - {module}
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("name", FILES)
def test_each_heavy_library_has_a_home(name):
    for library in {imported.split(".")[0] for imported in imports(name)} & HOMES.keys():
        assert name.startswith(tuple(HOMES[library].split())), library


@pytest.mark.parametrize("name", FILES)
def test_files_are_short_and_names_are_the_fields(name):
    assert len((ROOT / name).read_text("utf-8").splitlines()) <= 800
    names = {Path(name).stem}
    for node in ast.walk(TREES[name]):
        names |= {getattr(node, "name", None) or "", getattr(node, "arg", None) or ""}
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    words = {word.lower() for name in names for word in re.findall("[A-Z]?[a-z]+|[A-Z]+", name)}
    assert words & DIALECT == set()
