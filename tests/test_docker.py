"""The container: what its image is made of and how it is run; no Docker is needed to tell."""

import http.server
import json
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from docker.utils.build import exclude_paths
from dockerfile_parse import DockerfileParser
from dotenv import dotenv_values

ROOT = Path(__file__).parent.parent
DOCKERFILE = ROOT / "docker" / "Dockerfile"
COMPOSE = ROOT / "docker" / "compose.yaml"
HERE = Path(sys.executable).parent

Steps = list[tuple[str, str]]


def stages() -> dict[str, Steps]:
    """The steps of each stage, by its name; the last one is called "bot"."""
    found: dict[str, Steps] = {}
    for step in DockerfileParser(str(DOCKERFILE)).structure:
        name, value = step["instruction"], step["value"]
        if name == "FROM":
            steps: Steps = []
            found[value.partition(" AS ")[2] or "bot"] = steps
        elif name != "COMMENT":
            steps.append((name, value))
    return found


def only(stage: str, name: str) -> str:
    """The value of the one step of this name in a stage."""
    (value,) = [value for step, value in stages()[stage] if step == name]
    return value


def environment(steps: Steps) -> dict[str, str]:
    """What a stage's ENV steps set."""
    values = [value for name, value in steps if name == "ENV"]
    return dict(pair.split("=", 1) for pair in shlex.split(" ".join(values)))


def sent(root: Path) -> set[str]:
    """The files of a project's folder that are sent to a build, as the ignore file has it."""
    lines = (DOCKERFILE.parent / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    paths = exclude_paths(str(root), [line for line in lines if line and line[0] != "#"])
    return {path for path in paths if (root / path).is_file()}


def service() -> dict[str, Any]:
    """The bot, as compose.yaml describes it."""
    described: dict[str, Any] = yaml.safe_load(COMPOSE.read_text("utf-8"))
    assert list(described["services"]) == ["bot"]
    return dict(described["services"]["bot"])


def run(*command: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a program; both of its outputs come back as one text."""
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options
    )


def test_the_dockerfile_has_nothing_that_hadolint_objects_to():
    assert run(HERE / "hadolint", DOCKERFILE).stdout == ""


def test_compose_yaml_is_as_the_compose_specification_wants_it():
    checked = run(*(HERE / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE))
    assert (checked.returncode, checked.stdout) == (0, "ok -- validation done\n")


def test_the_bot_can_do_nothing_in_its_container_but_write_its_data():
    bot = service()
    assert bot["read_only"] is True
    assert bot["cap_drop"] == ["ALL"]
    assert bot["security_opt"] == ["no-new-privileges:true"]
    assert bot["volumes"] == [f"data:{environment(stages()['bot'])['QUOTEWISE_HOME']}"]
    assert only("bot", "USER") == "10001:10001"
    given = {"cap_add", "privileged", "ports", "network_mode", "pid", "devices", "user"}
    assert not given & set(bot)


def in_the_container(folder: Path, settings: dict[str, str]) -> dict[str, str]:
    """The variables in the container of a folder whose .env has these settings.

    As Docker Compose has it: the image's, in their place those of `env_file`, and in theirs those
    of `environment`, whose ${NAME:?message} must be in .env or the environment.
    """
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    variables: dict[str, Any] = environment(stages()["bot"])
    for file in service().get("env_file", ()):
        variables |= {
            name: value or "" for name, value in dotenv_values(folder / file["path"]).items()
        }
    for name, value in service()["environment"].items():
        needed = re.fullmatch(r"\$\{(\w+):\?(.*)\}", value)
        if needed and not settings.get(needed[1]):
            raise LookupError(needed[2])
        variables[name] = settings[needed[1]] if needed else value
    return variables


def test_each_documented_variable_reaches_the_bot_in_its_container(tmp_path):
    documented = (ROOT / "bot" / "OPERATIONS.md").read_text("utf-8")
    names = set(re.findall(r"^\|.*`(QUOTEWISE_\w+)` \|", documented, flags=re.MULTILINE))
    assert len(names) == 18
    given = {name: f"value-of-{name}" for name in names}
    variables = in_the_container(tmp_path, given)
    assert {name: variables[name] for name in names} == given | {"QUOTEWISE_HOME": "/data"}


def test_a_proxy_and_a_monitor_reach_the_bot_in_its_container_and_nobody_outside(tmp_path):
    variables = in_the_container(tmp_path, {"QUOTEWISE_TELEGRAM_TOKEN": "1:A"})
    hosts = ("QUOTEWISE_TELEGRAM_WEBHOOK_HOST", "QUOTEWISE_TELEGRAM_HEALTH_HOST")
    assert [variables[name] for name in hosts] == ["0.0.0.0", "0.0.0.0"]
    assert service()["expose"] == ["8080", variables["QUOTEWISE_TELEGRAM_HEALTH_PORT"]]
    assert "ports" not in service()
    assert "127.0.0.1" in only("bot", "HEALTHCHECK")


def test_no_file_for_docker_has_a_token_in_it():
    for path in DOCKERFILE.parent.iterdir():
        assert re.findall(r"\d{6,}:[\w-]{30,}", path.read_text("utf-8")) == [], path.name
    steps = [
        value for stage in stages().values() for name, value in stage if name in ("ARG", "ENV")
    ]
    assert [value for value in steps if re.search("TOKEN|SECRET|PASSWORD", value)] == []


def test_secrets_data_and_history_are_not_sent(tmp_path):
    kept = ["pyproject.toml", "bot/cli.py", "bot/samples/articles.jsonl", "retrieval/library.py"]
    left = [
        *(".env", "docker/.env", "bot/.env", ".git/config", ".venv/bin/python", "data/catalog.db"),
        *("catalog.sqlite", "models/copy.json", "bot/__pycache__/cli.pyc", "tests/test_cli.py"),
    ]
    for name in (*kept, *left):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert sent(tmp_path) == set(kept)


@contextmanager
def health(status: int) -> Iterator[int]:
    """A server whose /health has this status; its port is given."""

    class Told(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/health" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Told) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def healthy(port: int) -> bool:
    """What the image's health check makes of the bot, past a proxy that leads nowhere."""
    flags, _, command = only("bot", "HEALTHCHECK").partition("CMD ")
    assert "--timeout=5s" in flags
    python, *arguments = json.loads(command)
    assert python == "python"
    variables = {"QUOTEWISE_TELEGRAM_HEALTH_PORT": str(port), "http_proxy": "http://127.0.0.1:9"}
    return run(sys.executable, *arguments, env=variables).returncode == 0


@pytest.mark.parametrize(("status", "well"), [(200, True), (503, False)])
def test_a_container_is_healthy_as_long_as_the_bot_says_so(status, well):
    with health(status) as port:
        assert healthy(port) is well
