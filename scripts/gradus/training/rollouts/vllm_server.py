"""Rollouts by a vLLM server on another GPU, which `trl vllm-serve` starts (or `vllm serve`, as that prints it).

TRL's client finds the server and sends it weights by NCCL; an adapter is added to the weights that are sent. Requests
are ours, one a completion: TRL's have one seed for all.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import torch

from gradus.provenance.errors import GradusError
from gradus.sampling.checks import check_requests
from gradus.sampling.protocol import Completion, Decoding
from gradus.specs.training import GrpoSpec
from gradus.training.causal_lm import Loaded
from gradus.training.rollouts.dense import dense_weights

AT_ONCE = 64
"""Requests in flight; the server batches them."""

PATIENCE_SECONDS = 240.0
"""That a server has to come up in."""


class VllmServer:
    """A server that has been found, with the channel that weights go through where `device` is a GPU."""

    def __init__(self, loaded: Loaded[GrpoSpec], patience: float = PATIENCE_SECONDS) -> None:
        if loaded.settings.method == "qlora":
            raise GradusError(
                "rollouts.engine: vllm_server takes dense weights, which method: qlora has not; take lora"
            )
        self._loaded, self._address = loaded, loaded.settings.rollouts.server
        try:
            from trl.generation.vllm_client import VLLMClient

            self._client = VLLMClient(base_url=self._address, connection_timeout=patience)
            config = self._client.get_server_info()["model_config"]
        except ImportError as error:
            raise GradusError(f"rollouts.engine: vllm_server needs TRL beside vLLM ({error}); make gpu") from None
        except (OSError, RuntimeError) as error:
            what = "start one with trl vllm-serve, or set rollouts.server"
            raise GradusError(f"{self._address}: no vLLM server answers ({error}); {what}") from None
        if config["logprobs_mode"] != "processed_logprobs":
            raise GradusError(
                f"{self._address}: gives log-probabilities before the temperature; start it with trl vllm-serve, or "
                "with --logprobs-mode processed_logprobs"
            )
        self._limit: int = config["max_model_len"]
        self._described: list[tuple[str, str, list[int]]] = []

    def connect(self) -> None:
        """Open the channel for weights. Raises GradusError without a GPU, which NCCL needs."""
        if not torch.cuda.is_available():
            raise GradusError(
                "rollouts.engine: vllm_server needs a GPU, and this machine shows none; take transformers"
            )
        self._client.init_communicator(device=self._loaded.model.device)

    def push(self) -> None:
        if not self._described:
            self._described = [
                (name, str(value.dtype).removeprefix("torch."), list(value.shape))
                for name, value in dense_weights(self._loaded.model)
            ]
        on_gpu = ((name, value.to(self._loaded.model.device)) for name, value in dense_weights(self._loaded.model))
        self._client.update_named_params(self._described, on_gpu)
        self._client.reset_prefix_cache()

    def generate(
        self, prompts: Sequence[Sequence[int]], *, seeds: Sequence[int], decoding: Decoding
    ) -> list[Completion]:
        check_requests(prompts, seeds, decoding.max_tokens, self._limit)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(partial(self._ask, decoding), prompts, seeds))

    def _ask(self, decoding: Decoding, prompt: Sequence[int], seed: int) -> Completion:
        question = {
            "model": self._client.model,
            "prompt": list(prompt),
            "seed": seed,
            "temperature": decoding.temperature,
            "top_p": decoding.top_p,
            "top_k": decoding.top_k or 0,  # all
            "min_p": decoding.min_p,
            "max_tokens": min(decoding.max_tokens, self._limit - len(prompt)),
            "stop_token_ids": list(decoding.stop_ids),
            "ignore_eos": True,
            "logprobs": 0,  # others besides the drawn token
            "return_token_ids": True,
        }
        reply = self._client.session.post(f"{self._client.base_url}/v1/completions", json=question)
        if reply.status_code != 200:
            raise GradusError(f"{self._address}: status {reply.status_code}: {reply.text[:500]}")
        (choice,) = reply.json()["choices"]
        return _completion(choice, self._address)

    def sleep(self) -> None:
        """The GPU is the server's own."""


def _completion(choice: dict[str, Any], address: str) -> Completion:
    tokens, logprobs = choice["token_ids"], choice["logprobs"]["token_logprobs"]
    if choice["finish_reason"] not in ("stop", "length") or len(tokens) != len(logprobs):
        raise GradusError(f"{address}: an answer ended by {choice['finish_reason']}, after {len(tokens)} tokens")
    return Completion(tokens, logprobs, choice["finish_reason"])


def open_engine(loaded: Loaded[GrpoSpec], longest: int, state_folder: Path) -> VllmServer:
    server = VllmServer(loaded)
    server.connect()
    return server
