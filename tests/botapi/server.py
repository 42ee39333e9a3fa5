"""The HTTP server, and the faults that a test orders."""

import asyncio
import re
import threading
import traceback
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web

from botapi.methods import BIGGEST_DOWNLOAD, BIGGEST_UPLOAD, call
from botapi.schema import METHODS, Breach, Refused, Upload, read_parameters
from botapi.updates import OTHER_POLL
from botapi.world import Call, World

TOKEN = re.compile(r"\d+:[\w-]{20,}")
DESCRIPTIONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    409: f"Conflict: {OTHER_POLL}",
    500: "Internal Server Error",
    502: "Bad Gateway",
}
BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body>nginx/1.18.0</body></html>"


@dataclass(slots=True, kw_only=True)
class Fault:
    """What happens to the next requests of a method to a chat; to any, if it names none.

    `times` is None until healed. Of the requests it could meet, it meets each tenth if `every` is
    10.
    """

    method: str | None
    times: int | None = 1
    chat: int | None = None
    every: int = 1
    passed: int = 0
    refusal: Refused | None = None
    drops_before: bool = False
    drops_after: bool = False
    seconds: float = 0

    def meets(self, method: str, chat: object) -> bool:
        """Whether this request meets the fault, which counts it."""
        if self.method not in (None, method) or self.chat not in (None, chat) or self.times == 0:
            return False
        self.passed += 1
        if self.passed % self.every:
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Faults:
    """The faults that are still to happen."""

    def __init__(self) -> None:
        self.ordered: list[Fault] = []
        self.heal = self.ordered.clear

    def fail(
        self,
        method: str | None = None,
        *,
        code: int = 500,
        description: str | None = None,
        retry_after: int | None = None,
        **when: Any,
    ) -> None:
        """Answer with an error; a 502 comes as a proxy's page of HTML."""
        if code == 429:
            why = f"Too Many Requests: retry after {retry_after or 1}"
            refusal = Refused(code, why, retry_after=retry_after or 1)
        else:
            refusal = Refused(code, description or DESCRIPTIONS[code])
        self.ordered.append(Fault(method=method, refusal=refusal, **when))

    def drop_before(self, method: str | None = None, **when: Any) -> None:
        """Close the connection; the request has no effect."""
        self.ordered.append(Fault(method=method, drops_before=True, **when))

    def drop_after(self, method: str | None = None, **when: Any) -> None:
        """Close the connection without an answer; the request has its effect."""
        self.ordered.append(Fault(method=method, drops_after=True, **when))

    def slow(self, seconds: float, method: str | None = None, **when: Any) -> None:
        """Delay requests before they have their effect, until healed."""
        self.ordered.append(Fault(method=method, seconds=seconds, **{"times": None} | when))

    def met(self, method: str, chat: object) -> list[Fault]:
        """The faults that this request meets: delays add up, and one fault ends it."""
        met: list[Fault] = []
        for fault in list(self.ordered):
            ended = any(not other.seconds for other in met)
            if (fault.seconds or not ended) and fault.meets(method, chat):
                met.append(fault)
        return met


class Server:
    """Serves a world from its own thread and event loop."""

    def __init__(self, world: World, faults: Faults, token: str) -> None:
        self.world, self.updates, self.faults, self.token = world, world.updates, faults, token
        self.url = ""
        self._ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve()), name="botapi", daemon=True
        )

    def start(self) -> None:
        """Listen on a free port."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Stop; cut off what waits."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._over, news = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        app = web.Application(client_max_size=BIGGEST_UPLOAD + 2**20)
        app.router.add_route("*", "/bot{token}/{method}", self._request)
        app.router.add_get("/file/bot{token}/documents/{id}", self._download)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        self.updates.wake = partial(self._loop.call_soon_threadsafe, self._wake, news)
        pushing = asyncio.create_task(self.updates.push(news))
        self._ready.set()
        await self._over.wait()
        self.updates.wake = lambda: None
        self.updates.interrupt("the server stops")
        pushing.cancel()
        await asyncio.gather(pushing, return_exceptions=True)
        await runner.cleanup()

    def _wake(self, news: asyncio.Event) -> None:
        news.set()
        if self.updates.polling:
            self.updates.polling.news.set()

    async def _request(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        try:
            self._check_token(request)
            if name not in METHODS:
                self.world.violations.append(f"unknown method {name}")
                raise Refused(404, "Not Found: method not found")
            return await self._answer(request, name)
        except Refused as refused:
            if refused.code == 409 and request.transport is None:
                return web.Response()  # the bot that polled has gone: no conflict for anybody
            return self._refusal(name, refused)
        except ConnectionResetError:
            return web.Response()  # the bot ended in the middle of its request
        except Exception:
            self.world.mistakes.append(traceback.format_exc())
            return self._refusal(name, Refused(500, "Internal Server Error: a mistake"))
        finally:
            with self.world.lock:
                self.world.lock.notify_all()

    async def _answer(self, request: web.Request, method: str) -> web.StreamResponse:
        given: dict[str, Any] = await _raw_parameters(request)
        try:
            given = read_parameters(method, given)
        finally:
            self.world.calls.append(Call(method, given))
        met = self.faults.met(method, given.get("chat_id"))
        for fault in met:
            await asyncio.sleep(fault.seconds)
            if fault.drops_before:
                return _cut_off(request)
            if fault.refusal:
                raise fault.refusal
        result = await call(self.world, method, given)
        if any(fault.drops_after for fault in met):
            return _cut_off(request)
        return web.json_response({"ok": True, "result": result})

    def _refusal(self, method: str, refused: Refused) -> web.Response:
        if isinstance(refused, Breach):
            self.world.violations.append(f"{method}: {refused.description}")
        self.world.refusals.append(f"{method}: {refused.description}")
        if refused.code == 502:
            return web.Response(status=502, text=BAD_GATEWAY, content_type="text/html")
        body = {"ok": False, "error_code": refused.code, "description": refused.description}
        if refused.parameters:
            body["parameters"] = refused.parameters
        return web.json_response(body, status=refused.code)

    async def _download(self, request: web.Request) -> web.Response:
        file = self.world.files.get(request.match_info["id"])
        if request.match_info["token"] != self.token or not file or file.size > BIGGEST_DOWNLOAD:
            return self._refusal("file", Refused(404, "Not Found"))
        return web.Response(body=file.content, content_type="application/octet-stream")

    def _check_token(self, request: web.Request) -> None:
        token = request.match_info["token"]
        if not TOKEN.fullmatch(token):
            raise Refused(404, "Not Found")
        if token != self.token:
            raise Refused(401, "Unauthorized")


async def _raw_parameters(request: web.Request) -> dict[str, str | Upload]:
    """The parameters as text or files, from the address and the body, which may be no JSON."""
    raw: dict[str, str | Upload] = dict(request.query)
    for name, value in (await request.post()).items():
        is_file = isinstance(value, web.FileField)
        raw[name] = Upload(value.filename, value.file.read()) if is_file else str(value)
    return raw


def _cut_off(request: web.Request) -> web.Response:
    """Close the connection at once; the response goes nowhere."""
    if request.transport:
        request.transport.abort()
    return web.Response()
