"""The HTTP side: requests read, faults met, answers written."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
import traceback
from functools import partial
from typing import Any

from aiohttp import web

from botapi.chats import BIGGEST_DOWNLOAD
from botapi.faults import Faults
from botapi.methods import result
from botapi.refusals import Breach, Refused
from botapi.schema import NAMES, Upload, parameters
from botapi.world import Call, Refusal, World

TOKEN = re.compile(r"\d+:[\w-]{20,}")
BIGGEST_UPLOAD = 50 * 1024 * 1024
BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.18.0</center>\r\n"
    "</body>\r\n</html>\r\n"
)


class Server:
    """Serves a world from a thread and an event loop of its own."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self.faults = faults
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="botapi", daemon=True)

    def start(self) -> None:
        """Listen on a free port."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Listen no longer; what waits is cut off."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)
            self._loop.close()

    async def _serve(self) -> None:
        self._over = asyncio.Event()
        news = asyncio.Event()
        app = web.Application(client_max_size=BIGGEST_UPLOAD)
        app.router.add_route("*", "/bot{token}/{method}", self._request)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        self.world.updates.wake = partial(self._loop.call_soon_threadsafe, self._tell, news)
        pushing = asyncio.create_task(self.world.updates.push(news))
        self._ready.set()
        await self._over.wait()
        self.world.updates.wake = lambda: None
        self.world.updates.interrupt("the server stops")
        pushing.cancel()
        await asyncio.gather(pushing, return_exceptions=True)
        await runner.cleanup()

    def _tell(self, news: asyncio.Event) -> None:
        news.set()
        if self.world.updates.poll:
            self.world.updates.poll.news.set()

    async def _request(self, request: web.Request) -> web.StreamResponse:
        called = request.match_info["method"]
        try:
            self._check_token(request)
            method = NAMES.get(called.lower())
            if method is None:
                self.world.violations.append(f"unknown method {called}")
                raise Refused(404, "Not Found: method not found")
            asked = await self._asked(request, method)
            return await self._answered(request, method, asked)
        except Refused as refused:
            if refused.code == 409 and request.transport is None:
                return web.Response()  # a poll whose bot has gone; no one hears of the conflict
            return self._refusal(called, refused)
        except ConnectionResetError:
            return web.Response()  # the bot ended before it had asked to the end
        except Exception:
            self.world.mistakes.append(traceback.format_exc())
            return self._refusal(called, Refused(500, "Internal Server Error: a mistake"))
        finally:
            with self.world.lock:
                self.world.lock.notify_all()

    async def _asked(self, request: web.Request, method: str) -> dict[str, Any]:
        raw = await _raw(request)
        try:
            asked = parameters(method, raw)
        except Breach:
            self.world.calls.append(Call(time.time(), method, dict(raw)))
            raise
        self.world.calls.append(Call(time.time(), method, asked))
        return asked

    async def _answered(
        self, request: web.Request, method: str, asked: dict[str, Any]
    ) -> web.StreamResponse:
        met = self.faults.met(method, asked.get("chat_id"))
        for fault in met:
            await asyncio.sleep(fault.seconds)
            if fault.before:
                return _cut_off(request)
            if fault.refusal:
                raise fault.refusal
        answer = await result(self.world, method, asked)
        if any(fault.after for fault in met):
            return _cut_off(request)
        return web.json_response({"ok": True, "result": answer})

    def _refusal(self, method: str, refused: Refused) -> web.Response:
        world = self.world
        if refused.breach:
            world.violations.append(f"{method}: {refused.description}")
        world.refusals.append(Refusal(time.time(), method, refused.description))
        if refused.code == 502:
            return web.Response(status=502, text=BAD_GATEWAY, content_type="text/html")
        body = {"ok": False, "error_code": refused.code, "description": refused.description}
        if refused.parameters:
            body["parameters"] = refused.parameters
        return web.json_response(body, status=refused.code)

    async def _download(self, request: web.Request) -> web.Response:
        try:
            self._check_token(request)
        except Refused as refused:
            return self._refusal("file", refused)
        number = re.search(r"documents/file_(\d+)", request.match_info["path"])
        for file in list(self.world.files.values()):
            if number and int(file.id[:12]) == int(number[1]) and file.size <= BIGGEST_DOWNLOAD:
                return web.Response(body=file.content, content_type="application/octet-stream")
        return self._refusal("file", Refused(404, "Not Found"))

    def _check_token(self, request: web.Request) -> None:
        token = request.match_info["token"]
        if not TOKEN.fullmatch(token):
            raise Refused(404, "Not Found")
        if token != self.world.token:
            raise Refused(401, "Unauthorized")


async def _raw(request: web.Request) -> dict[str, str | Upload]:
    """The parameters as text, from the address and the body, whatever its form."""
    raw: dict[str, str | Upload] = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except json.JSONDecodeError:
            raise Breach("can't parse JSON object") from None
        if not isinstance(body, dict):
            raise Breach("can't parse request: JSON object expected")
        return raw | {name: _as_text(value) for name, value in body.items() if value is not None}
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            content = await asyncio.to_thread(value.file.read)
            raw[name] = Upload(value.filename, content, value.content_type)
        else:
            raw[name] = value if isinstance(value, str) else bytes(value).decode()
    for name, given in list(raw.items()):
        if isinstance(given, str) and given.startswith("attach://"):
            upload = raw.pop(given.removeprefix("attach://"), None)
            if not isinstance(upload, Upload):
                raise Breach(f'attachment of "{name}" is missing')
            raw[name] = upload
    return raw


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _cut_off(request: web.Request) -> web.Response:
    """Close the connection at once; the response goes nowhere."""
    if request.transport:
        request.transport.abort()
    return web.Response()
