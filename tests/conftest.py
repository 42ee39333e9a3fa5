"""What the tests share: one copy of the model, libraries and homes, a site, a bot and its people.

What takes long to make is made once, by the first of the processes that run tests side by side.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botapi import BotApi, Chat, User
from filelock import FileLock
from postgresql_server import Databases, server_url
from quotewise_command import new_home
from telegram_bot import Bot, faultless_api
from tiny_models import TinyModels
from website import Internet, Website

from retrieval.library import Library

SAMPLES = Path(__file__).parent.parent / "bot" / "samples" / "articles.jsonl"

LONGEST_FILES = (
    *("cluster", "load", "steady", "operations", "cli", "watch", "damage", "hostile", "polling"),
    *("reembedding", "sandbox", "only", "migration", "copying"),
)
"""They begin first, in this order, so that no process is left with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a file stay together, as they share what was made for them."""

    def turn(item: pytest.Item) -> int:
        name = item.path.stem.rpartition("_")[2]
        return LONGEST_FILES.index(name) if name in LONGEST_FILES else len(LONGEST_FILES)

    items.sort(key=turn)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests `on_both_engines` twice, unless they use no database or are `in_files`."""
    has_mark = metafunc.definition.get_closest_marker
    if "new_database" in metafunc.fixturenames and has_mark("on_both_engines"):
        engines = ["sqlite"] if has_mark("in_files") else ["sqlite", "postgresql"]
        metafunc.parametrize("new_database", engines, indirect=True, scope="module")


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Bytes are called by their number: what gzip packs tells the second, and no two agree then."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A folder by its name: `made_once("copies", make)` calls `make(folder)` if nobody has yet."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def made(name: str, make: Callable[[Path], None]) -> Path:
        folder = shared / name
        with FileLock(folder.with_suffix(".lock")):
            if not folder.exists():
                making = folder.with_suffix(".part")
                make(making)
                making.rename(folder)
        return folder

    return made


@pytest.fixture(scope="session")
def copies(made_once: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the model's ONNX copy: `Library.open(home, copies=copies)` starts at once."""

    def make(folder: Path) -> None:
        with Library.open(tmp_path_factory.mktemp("unused"), copies=folder) as library:
            library.warm_up()
        assert list(folder.glob("*/copy.json")), "the model was not copied"

    return made_once("copies", make)


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> TinyModels:
    """Small models with random weights."""
    return TinyModels(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def other_model(tiny_models: TinyModels) -> str:
    """The folder of a model whose vectors have 64 numbers."""
    return tiny_models.embedding("other", 64)


@pytest.fixture(scope="session")
def postgresql() -> str:
    """The URL of a PostgreSQL server's first database; each process that runs tests has its own."""
    return server_url()


@pytest.fixture(scope="module")
def databases(postgresql: str) -> Iterator[Databases]:
    """Makes databases in PostgreSQL, which are dropped after the tests of the file."""
    databases = Databases(postgresql)
    yield databases
    databases.drop()


@pytest.fixture(scope="module")
def new_database(request: pytest.FixtureRequest) -> Callable[[], str | None]:
    """Gives the URL of a new database; None for files, but in tests run `on_both_engines`."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return lambda: None
    databases: Databases = request.getfixturevalue("databases")
    return databases.new


@pytest.fixture
def database(new_database: Callable[[], str | None]) -> str | None:
    """None for files, or the URL of a database of the test's own."""
    return new_database()


@pytest.fixture
def library(tmp_path: Path, copies: Path, database: str | None) -> Iterator[Library]:
    """An empty library, in files under `tmp_path / "home"` or in the database."""
    with Library.open(tmp_path / "home", copies=copies, database=database) as empty:
        yield empty


@pytest.fixture
def empty_home(tmp_path: Path, copies: Path) -> Path:
    """An empty home whose model is copied already."""
    return new_home(tmp_path / "home", copies)


@pytest.fixture(scope="session")
def stocked(made_once: Callable[..., Path], copies: Path) -> Callable[[Path], Path]:
    """Makes a folder into a home whose library `main` holds the sample articles, and returns it."""

    def make(folder: Path) -> None:
        folder.mkdir()
        (folder / "models").symlink_to(copies)
        with Library.open(folder, copies=copies) as library:
            for outcome in library.add(str(SAMPLES)):
                assert outcome.reason is None, outcome.reason

    kept = made_once("stocked", make)
    return lambda home: shutil.copytree(kept, home, symlinks=True)


@pytest.fixture(scope="session")
def samples(
    tmp_path_factory: pytest.TempPathFactory, stocked: Callable[[Path], Path], copies: Path
) -> Iterator[Library]:
    """A library that holds the sample articles, for all tests that only ask."""
    with Library.open(stocked(tmp_path_factory.mktemp("samples") / "home"), copies=copies) as one:
        yield one


@pytest.fixture
def site() -> Iterator[Website]:
    """A web site that notices requests which no well-behaved reader would make."""
    with Website() as site:
        yield site
    assert site.faults == []


@pytest.fixture
def internet(site: Website, monkeypatch: pytest.MonkeyPatch) -> Internet:
    """A name server and connections that all lead to the site."""
    return Internet(site, monkeypatch)


api = pytest.fixture(faultless_api)


@pytest.fixture(scope="module")
def prepared(
    stocked: Callable[[Path], Path], copies: Path, new_database: Callable[[], str | None]
) -> Callable[..., tuple[Path, dict[str, str]]]:
    """Makes a home for a bot and its settings; `samples` are in its library, or in its database."""

    def prepare(home: Path, *, samples: bool) -> tuple[Path, dict[str, str]]:
        home, url = stocked(home) if samples else new_home(home, copies), new_database()
        if url is None:
            return home, {}
        if samples:
            with Library.open(home, copies=copies, database=url) as library:
                list(library.add(str(SAMPLES)))
        return home, {"QUOTEWISE_DATABASE": url}

    return prepare


@pytest.fixture
def bot(api: BotApi, tmp_path: Path, prepared: Callable[..., Any]) -> Iterator[Bot]:
    """A Telegram bot that has not been started, with the sample articles."""
    bot = Bot(api, *prepared(tmp_path / "home", samples=True))
    yield bot
    bot.kill()


@pytest.fixture
def ada(bot: Bot) -> User:
    """The bot's administrator."""
    return bot.admin


@pytest.fixture
def own(bot: Bot) -> Chat:
    """The private chat of somebody new, called Pat, who has been let in."""
    return bot.newcomer("Pat")[1]


@pytest.fixture
def pat(own: Chat) -> User | None:
    return own.user


@pytest.fixture
def chat(api: BotApi, bot: Bot) -> Chat:
    """The administrator's own chat with the started bot, which reads the samples."""
    bot.start()
    return bot.granted()
