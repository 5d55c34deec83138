"""
The one door of a web process: websockets to Channels, everything else to Django's WSGI application in threads.

Pages and tills share a few threads. What streams has threads of its own, so that a slow download starves nobody;
other answers are handed to the event loop at once, so that a slow reader holds no thread either.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "merchant.settings")

from urllib.parse import urlsplit

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http.request import split_domain_port, validate_host

wsgi_application = get_wsgi_application()

from channels.routing import URLRouter

from merchant import lifespan
from merchant.core.body_guard import bytes_max
from merchant.request_body import BodyRefused, Receive, Scope, Send, SenderLeft, read_body, refuse, with_length
from merchant.routing import websocket_urlpatterns
from merchant.wsgi_threads import DownloadThreads, PageThreads

# Downloads at once in this process; more of them wait for each other, not for the tills.
EXPORT_THREADS = 2

_pages = PageThreads(wsgi_application, count=settings.WEB_THREADS)
_exports = DownloadThreads(wsgi_application, count=EXPORT_THREADS, parts_max=10)
_websockets = URLRouter(websocket_urlpatterns)
_export_paths = tuple(settings.EXPORT_PATHS)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one connection: a request, a websocket, or the process's own beginning and end."""
    if scope["type"] == "http":
        await _answer(scope, receive, send)
    elif scope["type"] == "websocket":
        await _open_websocket(scope, receive, send)
    else:
        await _live(receive, send)


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    path = scope["path"]
    try:
        body = await read_body(
            scope=scope, receive=receive, bytes_max=bytes_max(path), seconds_max=settings.BODY_SECONDS_MAX
        )
    except BodyRefused as refusal:
        await refuse(refusal, send)
        return
    except SenderLeft:
        return
    threads: DownloadThreads | PageThreads = _exports if path.startswith(_export_paths) else _pages
    try:
        await threads.answer(scope=with_length(scope, body.size), body=body, receive=receive, send=send)
    finally:
        body.close()


async def _open_websocket(scope: Scope, receive: Receive, send: Send) -> None:
    known = any(pattern.pattern.match(scope["path"].lstrip("/")) for pattern in websocket_urlpatterns)
    if known and is_own_origin(scope):
        await _websockets(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.close", "code": 4403 if known else 4404})


def is_own_origin(scope: Scope) -> bool:
    """
    Whether a page of ours opens the socket. Browsers always say where a page comes from; a till or a terminal
    agent is no browser, says nothing, and has to show its token instead.
    """
    headers = dict(scope["headers"])
    origin = headers.get(b"origin")
    if origin is None:
        return True
    told = origin.decode("latin1")
    if told in settings.CSRF_TRUSTED_ORIGINS:
        return True
    host = headers.get(b"host", b"").decode("latin1")
    domain, _ = split_domain_port(host)
    return urlsplit(told).netloc == host and bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await lifespan.run_starts()
            await send({"type": "lifespan.startup.complete"})
        else:
            await lifespan.run_stops()
            await send({"type": "lifespan.shutdown.complete"})
            return
