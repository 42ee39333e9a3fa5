"""The container: what its image is made of and how it runs; no Docker is needed to check."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from docker.utils.build import exclude_paths
from dotenv import dotenv_values
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from replay_image import image_variables, left_out, steps
from website import Reply, Website

ROOT = Path(__file__).parent.parent
DOCKERFILE = ROOT / "docker" / "Dockerfile"
COMPOSE = ROOT / "docker" / "compose.yaml"
HERE = Path(sys.executable).parent


def only(name):
    """The value of the one step of this name in the bot's stage."""
    (value,) = [value for step, value in steps("") if step == name]
    return value


def service(name="bot"):
    """The bot, or another service, as compose.yaml describes it."""
    return yaml.safe_load(COMPOSE.read_text("utf-8"))["services"][name]


def run(*command, **options):
    """Run a program; both of its outputs come back as one text."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.run(command, check=False, **pipes, **options)


def test_hadolint_accepts_the_dockerfile_and_compose_yaml_follows_its_specification():
    assert run(HERE / "hadolint", DOCKERFILE).stdout == ""
    checked = run(HERE / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)
    assert (checked.returncode, checked.stdout) == (0, "ok -- validation done\n")


def test_the_lock_file_has_each_package_the_project_needs_and_none_that_loads_original_models():
    lines = (ROOT / "docker" / "requirements.lock").read_text("utf-8").replace("\\\n", "")
    locked, hashes = {}, {}
    for line in lines.splitlines():
        pin, *found = line.split("--hash=")
        requirement = Requirement(pin)
        locked[canonicalize_name(requirement.name)] = requirement.specifier
        hashes[requirement.name] = found
    assert all(
        found and all(one.startswith("sha256:") for one in found) for found in hashes.values()
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    of_several = project["optional-dependencies"]["cluster"]
    needed = {
        canonicalize_name(each.name): each
        for each in map(Requirement, [*project["dependencies"], *of_several])
    }
    assert needed.keys() - locked.keys() == left_out()
    assert not {"scipy", "sympy", *left_out()} & locked.keys()
    for name in needed.keys() - left_out():
        (pin,) = locked[name]
        assert pin.operator == "==" and needed[name].specifier.contains(pin.version), name


def test_a_cluster_is_two_equal_bots_with_folders_of_their_own_and_a_database():
    bot, other, server = map(service, ("bot", "bot2", "postgres"))
    assert "profiles" not in bot and other["profiles"] == server["profiles"] == ["cluster"]
    same = bot.keys() - {"volumes"}
    assert {name: other[name] for name in same} == {name: bot[name] for name in same}
    assert other["volumes"] == ["data2:/data"]
    assert server["image"].startswith("pgvector/") and "ports" not in server


def test_the_bot_can_do_nothing_in_its_container_but_write_its_data():
    bot = service()
    assert bot["read_only"] is True
    assert bot["cap_drop"] == ["ALL"]
    assert bot["security_opt"] == ["no-new-privileges:true"]
    assert bot["volumes"] == [f"data:{image_variables()['QUOTEWISE_HOME']}"]
    assert only("USER") == "10001:10001"
    given = {"cap_add", "privileged", "ports", "network_mode", "pid", "devices", "user"}
    assert not given & set(bot)


def in_the_container(folder, settings):
    """The variables in the container of a folder whose .env has these settings.

    As Docker Compose has it: the image's, in their place those of `env_file`, and in theirs those
    of `environment`, whose ${NAME:?message} must be in .env or the environment.
    """
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    variables = image_variables()
    for file in service().get("env_file", ()):
        values = dotenv_values(folder / file["path"])
        variables |= {name: value or "" for name, value in values.items()}
    for name, value in service()["environment"].items():
        needed = re.fullmatch(r"\$\{(\w+):\?(.*)\}", value)
        if needed and not settings.get(needed[1]):
            raise LookupError(needed[2])
        variables[name] = settings[needed[1]] if needed else value
    return variables


def test_each_documented_variable_reaches_the_bot_in_its_container(tmp_path):
    documented = (ROOT / "bot" / "OPERATIONS.md").read_text("utf-8")
    names = set(re.findall(r"^\|.*`(QUOTEWISE_\w+)` \|", documented, flags=re.MULTILINE))
    assert len(names) > 10
    given = {name: f"value-of-{name}" for name in names}
    variables = in_the_container(tmp_path, given)
    assert {name: variables[name] for name in names} == given | {"QUOTEWISE_HOME": "/data"}
    variables = in_the_container(tmp_path, {"QUOTEWISE_TELEGRAM_TOKEN": "1:A"})
    hosts = ("QUOTEWISE_TELEGRAM_WEBHOOK_HOST", "QUOTEWISE_TELEGRAM_HEALTH_HOST")
    assert [variables[name] for name in hosts] == ["0.0.0.0", "0.0.0.0"]
    with pytest.raises(LookupError, match=r"^set it in \.env$"):
        in_the_container(tmp_path, {"QUOTEWISE_TELEGRAM_ADMINS": "1"})


def test_no_file_for_docker_has_a_secret_and_none_is_sent_to_a_build(tmp_path):
    for path in DOCKERFILE.parent.iterdir():
        assert re.findall(r"\d{6,}:[\w-]{30,}", path.read_text("utf-8")) == [], path.name
    for stage in ("", "packages"):
        given = [value for name, value in steps(stage) if name in "ARG ENV"]
        assert [value for value in given if re.search("TOKEN|SECRET|PASSWORD", value)] == []
    kept = ["pyproject.toml", "bot/cli.py", "bot/samples/articles.jsonl", "retrieval/library.py"]
    left = [
        *(".env", "docker/.env", "bot/.env", ".git/config", ".venv/bin/python", "data/catalog.db"),
        *("catalog.sqlite", "models/copy.json", "bot/__pycache__/cli.pyc", "tests/test_cli.py"),
    ]
    for name in (*kept, *left):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    lines = (DOCKERFILE.parent / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    paths = exclude_paths(str(tmp_path), [line for line in lines if line and line[0] != "#"])
    assert {path for path in paths if (tmp_path / path).is_file()} == set(kept)


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_a_container_is_healthy_as_long_as_the_bot_says_so(status, healthy):
    flags, _, command = only("HEALTHCHECK").partition("CMD ")
    assert "--timeout=5s" in flags
    python, *arguments = json.loads(command)
    assert python == "python"
    with Website() as bot:
        bot.set("/health", Reply(status=status))
        # past a proxy that leads nowhere
        variables = {"http_proxy": "http://[::1]:9"}
        variables["QUOTEWISE_TELEGRAM_HEALTH_PORT"] = str(bot.port)
        assert (run(sys.executable, *arguments, env=variables).returncode == 0) is healthy


def test_the_workflow_runs_what_a_developer_runs():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    assert {"run": "bash .ci/run"} in workflow["jobs"]["check"]["steps"]
    path = ROOT / ".github" / "workflows" / "ci.yml"
    schema = run(HERE / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", path)
    assert (schema.returncode, schema.stdout) == (0, "ok -- validation done\n")
