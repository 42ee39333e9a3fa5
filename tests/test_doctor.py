"""`quotewise doctor` says how everything is, and what to do."""

import re

import pytest
from botapi import BotApi
from quotewise_command import new_home, run

from bot.cli import SAMPLES


@pytest.fixture(scope="module")
def home(tmp_path_factory, copies):
    home = new_home(tmp_path_factory.mktemp("doctor") / "home", copies)
    assert run(home, "add", SAMPLES).returncode == 0
    return home


def verdicts(done):
    """The verdict and the text of each check by its name."""
    lines = re.findall(r"^(\w+)  (\w+): (.*)$", done.stdout, re.MULTILINE)
    return {name: (verdict, text) for verdict, name, text in lines}


def telegram(api, **more):
    return {
        "QUOTEWISE_TELEGRAM_TOKEN": api.token,
        "QUOTEWISE_TELEGRAM_ADMINS": "17",
        "QUOTEWISE_TELEGRAM_API_URL": api.url,
        **more,
    }


def test_a_sound_installation_has_no_failures(home):
    with BotApi() as api:
        done = run(home, "doctor", **telegram(api))
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        checks = verdicts(done)
        assert {verdict for verdict, _ in checks.values()} == {"ok"}
        assert checks["articles"] == ("ok", "12, in libraries: 1")
        assert checks["telegram"][1].startswith(f"@quotewise_bot at {api.url}; in groups it reads ")
        assert checks["clock"] == ("ok", "agrees with Telegram's")
        assert checks["webhook"] == ("ok", "none; 0 updates wait")
        assert api.token not in done.stdout


def test_the_server_of_the_articles_is_described_or_cannot_be_reached(empty_home, databases):
    url = databases.new()
    done = run(empty_home, "doctor", QUOTEWISE_DATABASE=url)
    verdict, text = verdicts(done)["database"]
    assert (done.returncode, verdict) == (0, "ok"), done.stdout
    described = r"The database quotewise_\w+ on this machine: PostgreSQL \d+\.\d+, \d+ MB; a query "
    assert re.fullmatch(rf"{described}takes \d+\.\d ms", text)
    assert verdicts(done)["articles"] == ("ok", "0, in libraries: 0")
    done = run(empty_home, "doctor", QUOTEWISE_DATABASE=url.replace("quotewise_", "no_"))
    verdict, text = verdicts(done)["database"]
    assert (done.returncode, verdict) == (1, "failed")
    assert "check that PostgreSQL runs there" in text


def test_without_a_token_the_bot_is_a_warning_only(home, tmp_path):
    done = run(home, "doctor")
    assert done.returncode == 0
    verdict, text = verdicts(done)["bot"]
    assert verdict == "warning" and "get one from @BotFather" in text


def test_a_refused_token_and_a_server_out_of_reach_are_failures(home):
    with BotApi() as api:
        wrong = telegram(api, QUOTEWISE_TELEGRAM_TOKEN="1:" + "x" * 35)
        done = run(home, "doctor", **wrong)
        assert done.returncode == 1
        assert verdicts(done)["telegram"] == (
            "failed",
            "Telegram refuses the token: ask @BotFather for a new one.",
        )
        given = telegram(api)
    done = run(home, "doctor", **given)
    verdict, text = verdicts(done)["telegram"]
    assert (done.returncode, verdict) == (1, "failed")
    assert "cannot be reached (ConnectError): check the network" in text
    assert given["QUOTEWISE_TELEGRAM_TOKEN"] not in done.stdout + done.stderr


def test_damaged_articles_are_a_failure(empty_home):
    (empty_home / "catalog.sqlite").write_bytes(b"x" * 10_000)
    done = run(empty_home, "doctor")
    assert done.returncode == 1
    verdict, text = verdicts(done)["articles"]
    assert verdict == "failed" and "restore it from a backup" in text
