"""The server as a test holds it."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from botapi.drivers import Drivers
from botapi.faults import Faults
from botapi.observers import PATIENCE, InlineAnswer, Observers
from botapi.people import User
from botapi.server import Server
from botapi.world import FIRST_USER, World

TOKEN = "5000000000:AAFakeTokenOfABotThatLivesInTests00"


class BotApi(Drivers, Observers):
    """A Bot API server on 127.0.0.1, with the people and chats of one test."""

    def __init__(
        self, *, username: str = "quotewise_bot", privacy: bool = True, inline: bool = True
    ) -> None:
        bot = User(FIRST_USER, "Quotewise", is_bot=True, more={"username": username})
        super().__init__(World(bot, TOKEN, privacy, inline, users={bot.id: bot}))
        self.faults = Faults()
        self.fail = self.faults.fail
        self.drop_before = self.faults.drop_before
        self.drop_after = self.faults.drop_after
        self.slow = self.faults.slow
        self.flood = self.faults.flood
        self.heal = self.faults.heal
        self.token = TOKEN
        self._server = Server(self.world, self.faults)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.stop()
        if kind is None:
            self.raise_mistakes()

    @property
    def url(self) -> str:
        """Methods are at `<url>/bot<token>/<method>`, files at `<url>/file/bot<token>/<path>`."""
        return self._server.url

    @property
    def privacy(self) -> bool:
        """Whether the bot sees no more of groups than what is meant for it."""
        return self.world.privacy

    @privacy.setter
    def privacy(self, on: bool) -> None:
        self.world.privacy = on

    def proxy(self, public: str, local: str) -> None:
        """Deliver updates for a public https address to a server on this machine."""
        self.world.updates.proxies[public] = local

    def inline(
        self, user: User, query: str, offset: str = "", timeout: float = PATIENCE
    ) -> InlineAnswer:
        """A user writes after the bot's name, and sees this answer."""
        return self.wait_for_inline(self.ask_inline(user, query, offset), timeout)

    def pending(self) -> list[dict[str, Any]]:
        """The updates that the bot has not confirmed."""
        return list(self.world.updates.waiting)
