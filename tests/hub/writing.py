"""What the double answers to those who write: new repositories, large files by LFS, and commits.

huggingface_hub 1.33 sends them so without Xet (HF_HUB_DISABLE_XET=1); the hub takes both.
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from hub.digests import LARGE, digests

if TYPE_CHECKING:
    from hub.double import HubDouble

_WRITE = re.compile(r"/api/(models|datasets)/([\w.-]+/[\w.-]+)/(preupload|commit)/main")
_BATCH = re.compile(r"/(datasets/)?([\w.-]+/[\w.-]+)\.git/info/lfs/objects/batch")
_STORE = re.compile(r"/store/([0-9a-f]{64})")


@dataclass(frozen=True)
class Answer:
    """Status, and the JSON that comes with it."""

    code: int
    value: Any


def answer_write(hub: "HubDouble", method: str, path: str, body: bytes, token: str | None) -> Answer | None:
    """None for a request that writes nothing."""
    if method == "PUT" and (stored := _STORE.fullmatch(path)):
        return _store(hub, stored[1], body)
    if method != "POST":
        return None
    if path == "/api/validate-yaml":
        return _validate(json.loads(body)["content"])
    if path == "/api/repos/create":
        return _create(hub, json.loads(body), token)
    if found := _BATCH.fullmatch(path):
        repo = f"{'datasets' if found[1] else 'models'}/{found[2]}"
        return _refusal(hub, repo, token) or _batch(hub, json.loads(body))
    if found := _WRITE.fullmatch(path):
        repo = f"{found[1]}/{found[2]}"
        refused = _refusal(hub, repo, token)
        return refused or (
            _preupload(hub, repo, json.loads(body)) if found[3] == "preupload" else _commit(hub, repo, body)
        )
    return None


def may_write(hub: "HubDouble", repo: str, token: str | None) -> bool:
    return token is not None and hub.writers.get(repo.split("/")[1]) == token


def _refusal(hub: "HubDouble", repo: str, token: str | None) -> Answer | None:
    if may_write(hub, repo, token):
        return None
    return Answer(403 if token else 401, {"error": "You don't have the rights to write here"})


def _validate(card: str) -> Answer:
    head = yaml.safe_load(card.split("---")[1]) if card.startswith("---") else None
    wrong = [] if isinstance(head, dict) else [{"message": "no metadata"}]
    return Answer(400 if wrong else 200, {"errors": wrong, "warnings": []})


def _create(hub: "HubDouble", asked: dict[str, Any], token: str | None) -> Answer:
    repo = f"{asked.get('type', 'model')}s/{asked['organization']}/{asked['name']}"
    if refused := _refusal(hub, repo, token):
        return refused
    if repo in hub.commits:
        return Answer(409, {"error": "You already created this model repo"})
    hub.commit(repo, {".gitattributes": "*.safetensors filter=lfs diff=lfs merge=lfs -text\n"})
    if asked.get("visibility") == "private":
        hub.private.add(repo)
    return Answer(200, {"url": f"{hub.url}/{asked['organization']}/{asked['name']}"})


def _preupload(hub: "HubDouble", repo: str, asked: dict[str, Any]) -> Answer:
    there = hub.newest(repo)

    def mode(file: dict[str, Any]) -> dict[str, Any]:
        path = file["path"]
        told = {"path": path, "uploadMode": "lfs" if path.endswith(LARGE) else "regular", "shouldIgnore": False}
        return told | ({"oid": digests(path, there[path])["oid"]} if path in there else {})

    return Answer(200, {"files": [mode(file) for file in asked["files"]]})


def _batch(hub: "HubDouble", asked: dict[str, Any]) -> Answer:
    def instruction(file: dict[str, Any]) -> dict[str, Any]:
        upload = {"upload": {"href": f"{hub.url}/store/{file['oid']}", "header": {}}}
        return {"oid": file["oid"], "size": file["size"]} | ({} if file["oid"] in hub.stored else {"actions": upload})

    return Answer(200, {"transfer": "basic", "objects": [instruction(file) for file in asked["objects"]]})


def _store(hub: "HubDouble", digest: str, body: bytes) -> Answer:
    if hub.takes is not None and len(hub.uploads) >= hub.takes:
        return Answer(403, {"error": "storage is full"})
    assert hashlib.sha256(body).hexdigest() == digest
    hub.uploads.append(digest)
    hub.stored[digest] = body
    return Answer(200, {})


def _commit(hub: "HubDouble", repo: str, body: bytes) -> Answer:
    lines = [json.loads(line) for line in body.splitlines()]
    (header,) = [line["value"] for line in lines if line["key"] == "header"]
    head = list(hub.commits[repo])[-1]
    if header.get("parentCommit", head) != head:
        return Answer(412, {"error": "A commit has happened since. Please refresh and try again."})
    files = dict(hub.newest(repo))
    for line in lines:
        value = line["value"]
        if line["key"] == "file":
            files[value["path"]] = base64.b64decode(value["content"])
        elif line["key"] == "lfsFile":
            files[value["path"]] = hub.stored[value["oid"]]
        elif line["key"] == "deletedFile":
            del files[value["path"]]
    sha = hub.commit(repo, files)
    return Answer(200, {"success": True, "commitOid": sha, "commitUrl": f"{hub.url}/{repo}/commit/{sha}"})
