"""A Telegram Bot API server for tests: strict, local, and driven by the test that starts it."""

from botapi.api import BotApi
from botapi.drivers import from_channel, from_hidden, from_user

__all__ = ["BotApi", "from_channel", "from_hidden", "from_user"]
