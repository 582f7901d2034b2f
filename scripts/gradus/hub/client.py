"""Requests to the hub: with the token of the environment, and with a short timeout where there is no network.

Everything else is huggingface_hub's own: HF_HOME, HF_ENDPOINT, HF_HUB_OFFLINE and the proxy variables mean what they
mean there.
"""

import os
from typing import Any

from huggingface_hub import HfApi, constants
from huggingface_hub.hf_api import DatasetInfo, ModelInfo
from huggingface_hub.utils import disable_progress_bars

from gradus.hub.errors import TOKEN
from gradus.hub.lock import Repo

FIRST_ANSWER_SECONDS = 6.0
"""How long to wait for the first answer. Once the hub has answered, huggingface_hub's own timeouts apply."""

disable_progress_bars()  # jobs log lines, many at a time


def token() -> str | bool:
    """The key, from the environment alone; False sends none, not even one that `hf auth login` stored."""
    return os.environ.get(TOKEN) or False


def repo_info(repo: Repo, revision: str, *, files: bool = False) -> ModelInfo | DatasetInfo:
    """What the hub says about a repository at a revision: one request, without retries. With `files`, their digests."""
    wanted: dict[str, Any] = {"files_metadata": True} if files else {}
    info = HfApi(token=token()).repo_info(
        repo.name, repo_type=repo.kind, revision=revision, timeout=FIRST_ANSWER_SECONDS, **wanted
    )
    assert isinstance(info, ModelInfo | DatasetInfo)  # a Repo is of one of these kinds
    return info


def is_offline() -> bool:
    return constants.HF_HUB_OFFLINE


def cache_folder() -> str:
    return constants.HF_HUB_CACHE
