"""A Telegram Bot API server for tests: strict, local, and driven by the test that starts it."""

from botapi.api import BotApi, from_channel, from_hidden, from_user
from botapi.text import Entity
from botapi.world import Chat, Message, User

__all__ = [
    "BotApi",
    "Chat",
    "Entity",
    "Message",
    "User",
    "from_channel",
    "from_hidden",
    "from_user",
]
