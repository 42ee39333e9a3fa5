"""`quotewise telegram`: the bot."""

from __future__ import annotations

import click

from bot.commands.options import settings_of, settings_options


@click.command()
@click.option("--token", help="The bot's token; safer in the environment or in .env.")
@click.option("--admins", help="User ids of the administrators, separated by commas.")
@click.option("--api-url", help="A Bot API server; else Telegram's own.")
@click.option("--webhook-url", help="Receive updates at this address instead of fetching them.")
@click.option("--webhook-host", help="The local host behind that address: 127.0.0.1.")
@click.option("--webhook-port", help="The local port behind that address.")
@click.option("--webhook-secret", help="The secret that Telegram sends along.")
@click.option("--health-host", help="The local host for /health and /metrics: 127.0.0.1.")
@click.option("--health-port", help="Serve /health and /metrics on this local port.")
@click.option("--log-level", help="How much is logged: DEBUG, INFO, WARNING or ERROR.")
@settings_options
@click.pass_context
def telegram(context: click.Context, /, **flags: str | None) -> None:
    """Run the Telegram bot. Each option has a variable, as in QUOTEWISE_TELEGRAM_API_URL."""
    from bot.telegram.application import run
    from bot.telegram.settings import TelegramSettings, values_given

    settings = settings_of(context)
    run(settings, TelegramSettings.of(values_given(flags)))
