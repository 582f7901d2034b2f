"""A hub on loopback: the endpoints that huggingface_hub 1.33 and datasets 5.2 ask, over commits given as bytes.

It answers as the hub does where it matters here: commits by branch or hash, digests of large files and git's blob ids
of small ones, byte ranges, gated and private repositories, and (in `writing.py`) those who write. It never offers Xet.
It can be told to break off a download, and to take no more uploads.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from hub.digests import digests, git_blob
from hub.writing import answer_write, may_write
from loopback import serving

_API = re.compile(r"/api/(models|datasets)/([\w.-]+/[\w.-]+)(?:/(revision|tree|paths-info)/([^/]+)(?:/(.*))?)?")
_FILE = re.compile(r"/(datasets/)?([\w.-]+/[\w.-]+)/resolve/([^/]+)/(.+)")


@dataclass
class HubDouble:
    """What the hub holds, how it misbehaves, and what it was asked."""

    commits: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    """Files by path, by commit, by repository (`datasets/owner/name` or `models/owner/name`), oldest commit first."""
    gated: dict[str, str] = field(default_factory=dict)
    """The token that opens a repository."""
    cuts: dict[str, int] = field(default_factory=dict)
    """Files (by name) whose body breaks off after so many bytes; whoever asks again is answered with 503."""
    private: set[str] = field(default_factory=set)
    """Repositories that only the token of their owner sees."""
    writers: dict[str, str] = field(default_factory=dict)
    """The token that may write to the repositories of an owner."""
    stored: dict[str, bytes] = field(default_factory=dict)
    """Large files by SHA-256, whether a commit names them or not."""
    uploads: list[str] = field(default_factory=list)
    """Digests of the large files that were sent, in their order."""
    takes: int | None = None
    """How many uploads it takes in all; None: any number."""
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    """Method, path, and the token that came with it."""
    url: str = ""

    def commit(self, repo: str, files: Mapping[str, bytes | str]) -> str:
        """Add a commit with these files, and return its hash."""
        data = {name: text.encode() if isinstance(text, str) else text for name, text in files.items()}
        told = repr((repo, len(self.commits.get(repo, {})), sorted(data.items())))
        sha = hashlib.sha1(told.encode()).hexdigest()
        self.commits.setdefault(repo, {})[sha] = data
        return sha

    def newest(self, repo: str) -> dict[str, bytes]:
        """The files of a repository's newest commit."""
        return list(self.commits[repo].values())[-1]

    def downloads(self) -> list[str]:
        """Paths whose content was asked for."""
        return [path for method, path, _ in self.asked if method == "GET" and "/resolve/" in path]


@contextmanager
def running(hub: HubDouble) -> Iterator[HubDouble]:
    """Serve the double on a free port of loopback; its address is `hub.url`."""
    with serving(_handler(hub)) as hub.url:
        yield hub


def _entry(path: str, files: dict[str, bytes]) -> dict[str, Any]:
    if path in files:
        return {"type": "file", "path": path, **digests(path, files[path])}
    return {"type": "directory", "path": path, "oid": git_blob(path.encode()), "size": 0}


def _top(paths: list[str], prefix: str) -> list[str]:
    return [path for path in paths if "/" not in path.removeprefix(prefix)]


def _handler(hub: HubDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Nothing is printed: what was asked is in `hub.asked`."""

        def do_GET(self) -> None:
            self._answer()

        def do_HEAD(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer(self._body())

        def do_PUT(self) -> None:
            self._answer(self._body())

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def _answer(self, body: bytes = b"") -> None:
            path = unquote(urlsplit(self.path).path)
            given = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
            hub.asked.append((self.command, path, given))
            if written := answer_write(hub, self.command, path, body, given):
                self._json(written.value, written.code)
            elif api := _API.fullmatch(path):
                kind, name, what, revision, below = api.groups()
                self._api(f"{kind}/{name}", name, what, revision or "main", below or "", body, given)
            elif file := _FILE.fullmatch(path):
                datasets, name, revision, wanted = file.groups()
                self._file(f"{'datasets' if datasets else 'models'}/{name}", revision, wanted, given)
            else:
                self._error(404, "EntryNotFound", f"no such page: {path}")

        def _commit(self, repo: str, revision: str, given: str | None) -> tuple[str, dict[str, bytes]] | None:
            commits = hub.commits.get(repo)
            if commits is None or (repo in hub.private and not may_write(hub, repo, given)):
                self._error(404, "RepoNotFound", "Repository not found")
                return None
            sha = list(commits)[-1] if revision == "main" else revision
            if sha not in commits:
                self._error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
                return None
            return sha, commits[sha]

        def _api(
            self, repo: str, name: str, what: str | None, revision: str, below: str, body: bytes, given: str | None
        ) -> None:
            found = self._commit(repo, revision, given)
            if found is None:
                return
            sha, files = found
            if what == "tree":
                self._tree(files, below, "recursive=True" in self.path or "recursive=true" in self.path)
                return
            if what == "paths-info":
                wanted = json.loads(body)["paths"] if body[:1] == b"{" else parse_qs(body.decode())["paths"]
                chosen = [path for path in files if path in wanted]
            else:
                siblings = [{"rfilename": path, **digests(path, data)} for path, data in files.items()]
                siblings = [{**file, "blobId": file.pop("oid")} for file in siblings]
                gated = "manual" if repo in hub.gated else False
                private = repo in hub.private
                self._json(
                    {"id": name, "sha": sha, "siblings": siblings, "gated": gated, "private": private, "tags": []}
                )
                return
            self._json([_entry(path, files) for path in sorted(chosen)])

        def _tree(self, files: dict[str, bytes], folder: str, recursive: bool) -> None:
            prefix = f"{folder}/" if folder else ""
            inside = [path for path in files if path.startswith(prefix)]
            folders = {path.rpartition("/")[0] for path in inside}
            if not inside:
                self._error(404, "EntryNotFound", f"{folder} does not exist")
                return
            if not recursive:
                folders = {
                    prefix + path.removeprefix(prefix).split("/")[0]
                    for path in inside
                    if path not in _top(inside, prefix)
                }
                inside = _top(inside, prefix)
            self._json([_entry(path, files) for path in sorted({*inside, *folders} - {"", folder})])

        def _file(self, repo: str, revision: str, name: str, given: str | None) -> None:
            found = self._commit(repo, revision, given)
            if found is None:
                return
            sha, files = found
            if repo in hub.gated and hub.gated[repo] != given:
                self._error(403 if given else 401, "GatedRepo", f"Access to {repo} is restricted.", sha)
            elif name not in files:
                self._error(404, "EntryNotFound", "Entry not found", sha)
            else:
                told = digests(name, files[name])
                self._bytes(name, files[name], {"ETag": f'"{told.get("lfs", told)["oid"]}"', "X-Repo-Commit": sha})

        def _bytes(self, name: str, data: bytes, headers: dict[str, str]) -> None:
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
            start = int(asked[1]) if asked else 0
            cut = hub.cuts.get(name) if self.command == "GET" else None
            if cut == 0:
                self._error(503, "ServiceUnavailable", "down")
                return
            end = min(int(asked[2]) + 1, len(data)) if asked and asked[2] else len(data)
            self.send_response(206 if asked else 200)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(end - start))
            if asked:
                self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(data)}")
            self.end_headers()
            if self.command == "HEAD":
                return
            self.wfile.write(data[start : end if cut is None else min(cut, end)])
            if cut is not None:
                # The rest never comes: the client sees a connection that closes in the middle.
                self.close_connection = True
                hub.cuts[name] = 0

        def _json(self, value: Any, code: int = 200) -> None:
            self._whole(code, json.dumps(value).encode(), {"Content-Type": "application/json"})

        def _error(self, code: int, kind: str, message: str, sha: str | None = None) -> None:
            headers = {"X-Error-Code": kind, "X-Error-Message": message, "Content-Type": "application/json"}
            headers |= {"X-Repo-Commit": sha} if sha else {}
            self._whole(code, json.dumps({"error": message}).encode(), headers)

        def _whole(self, code: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(code)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    return Handler
