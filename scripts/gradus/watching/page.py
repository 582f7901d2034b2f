"""A local page that follows a build: the same as the view on the terminal, and the curves of what is trained."""

import json
import threading
from dataclasses import asdict
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from gradus.provenance.errors import GradusError
from gradus.reporting.page.render import joined
from gradus.watching.curves import Curves
from gradus.watching.state import BuildState

HOST = "127.0.0.1"
"""Not reachable from other machines: results hold problems and answers that may not be public."""

HERE = Path(__file__).parent


def serve(state: BuildState, results: Path, port: int) -> str:
    """The page's address. It is served by a thread that ends with the process. port: 0: any that is free.

    Raises GradusError where the port is taken.
    """
    curves = Curves(results)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/":
                self._answer("text/html", page().encode())
            elif self.path == "/build.json":
                build = state.snapshot()
                text = json.dumps({"build": asdict(build), "curves": [asdict(each) for each in curves.of(build)]})
                self._answer("application/json", text.encode())
            else:
                self.send_error(HTTPStatus.NOT_FOUND)

        def _answer(self, kind: str, body: bytes) -> None:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """The terminal is the build's."""

    try:
        server = ThreadingHTTPServer((HOST, port), Handler)
    except OSError as error:
        raise GradusError(f"port {port} cannot be used for the page ({error.strerror}); name another one") from None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://{HOST}:{server.server_port}/"


def page() -> str:
    """One file, which loads nothing but `build.json`."""
    style, script = joined(("colours.css",)) + _read("page.css"), _read("page.js")
    return _read("page.html").replace("/* style */", style).replace("/* script */", script)


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
