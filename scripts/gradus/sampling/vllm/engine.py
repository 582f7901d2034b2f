"""vLLM's offline engine: token ids in, completions out.

Unlike vLLM's own defaults:
1. the model runs in the precision that its config names (vLLM halves float32);
2. every request has its own seed, so an answer does not depend on what shares its batch, as far as rounding allows;
3. an adapter stays beside the weights it belongs to, and is not merged into them;
4. answers end where `stop_ids` say, and nothing of the model's generation config is mixed into the settings.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

# Before vLLM is imported: the engine in this process (a kill leaves nothing behind), no binding of cores (jobs run side
# by side), nothing sent anywhere or looked up on the hub.
os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", "nobind")
os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from torch import Tensor
from vllm import EngineArgs, LLMEngine, SamplingParams
from vllm.lora.request import LoRARequest
from vllm.model_executor.layers.vocab_parallel_embedding import ParallelLMHead

from gradus.models.config_names import decoder_config
from gradus.models.manifest import ADAPTER_CONFIG
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json
from gradus.sampling.checks import check_requests
from gradus.sampling.protocol import Completion, Decoding
from gradus.sampling.vllm.texts import as_decoder_of_texts

LORA_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""Ranks that vLLM makes room for; an adapter takes the next one up."""

CPU_POSITIONS = 8192
"""Longest request on a CPU: vLLM prepares for a prompt of this length, in one piece."""

CPU_CACHE_BYTES = (1 << 28, 1 << 32)
"""Least and most for keys and values on a CPU. On a GPU vLLM takes what is left of nine tenths of the memory."""

LONGEST_AT_ONCE = 8
"""So many requests of full length have room on a CPU, within these bounds; short ones more."""


class VllmEngine:
    """A model, and maybe one adapter on it, ready to answer.

    longest: tokens of the longest text, where that is known to be shorter than the model's positions. Others: vLLM's
    arguments, in place of the ones here.
    """

    def __init__(self, model: Path, adapter: Path | None = None, *, longest: int | None = None, **others: Any) -> None:
        config = read_json(model / "config.json")
        texts = decoder_config(config)
        self._positions: int = texts["max_position_embeddings"]
        arguments: dict[str, Any] = {
            "model": str(model),
            "skip_tokenizer_init": True,
            "dtype": texts.get("dtype") or config.get("dtype") or config.get("torch_dtype") or "auto",
            "hf_overrides": as_decoder_of_texts(config),
            "generation_config": "vllm",
            "logprobs_mode": "processed_logprobs",
            "enable_prefix_caching": True,  # samples of one problem share its prompt
            "disable_log_stats": True,
            "use_tqdm_on_load": False,
            "seed": 0,
        }
        arguments |= _for_a_gpu(longest) if torch.cuda.is_available() else _for_a_cpu(texts, longest)
        self._adapter: LoRARequest | None = None
        if adapter is not None:
            arguments |= {"enable_lora": True, "max_loras": 1, "max_lora_rank": room_for_adapter(adapter)}
        arguments |= others
        try:
            self._engine = LLMEngine.from_engine_args(EngineArgs(**arguments))
        except ValueError as error:
            raise GradusError(f"{model}: vLLM does not run this model here: {error}") from error
        self._limit: int = self._engine.model_config.max_model_len
        self._asked = 0
        if adapter is not None:
            self.use_adapter(adapter)

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        *,
        seeds: Sequence[int],
        decoding: Decoding,
        logprobs: bool = False,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> list[Completion]:
        """As `Engine` says. Log-probabilities are empty unless asked for."""
        self._check(prompts, seeds, decoding.max_tokens)
        first = self._asked
        self._asked += len(prompts)
        for number, (prompt, seed) in enumerate(zip(prompts, seeds, strict=True), start=first):
            settings = SamplingParams(
                temperature=decoding.temperature,
                top_p=decoding.top_p,
                top_k=decoding.top_k or 0,  # all
                min_p=decoding.min_p,
                seed=None if decoding.temperature == 0 else seed,
                max_tokens=min(decoding.max_tokens, self._limit - len(prompt)),
                stop_token_ids=list(decoding.stop_ids),
                ignore_eos=True,
                logprobs=0 if logprobs else None,  # 0 others besides the drawn token
                detokenize=False,
            )
            request = {"prompt_token_ids": list(prompt)}
            self._engine.add_request(str(number), request, settings, lora_request=self._adapter)
        results: dict[int, Completion] = {}
        while self._engine.has_unfinished_requests():
            finished = [output for output in self._engine.step() if output.finished]
            for output in finished:
                results[int(output.request_id) - first] = _completion(output.outputs[0])
            if on_progress and finished:
                on_progress(len(finished), sum(len(output.outputs[0].token_ids) for output in finished))
        return [results[index] for index in range(len(prompts))]

    def forget(self) -> None:
        """Answer what comes as a fresh engine does: the keys and values of earlier prompts round otherwise than new."""
        self._asked = 0
        self._engine.reset_prefix_cache()

    def use_adapter(self, adapter: Path) -> None:
        """Answer with this adapter, as its files are now, in place of the one before it."""
        number = 1
        if self._adapter is not None:
            number = self._adapter.lora_int_id + 1
            self._engine.remove_lora(self._adapter.lora_int_id)
        self._adapter = LoRARequest(f"{adapter.name}-{number}", number, str(adapter))
        self._engine.add_lora(self._adapter)
        self.forget()

    def use_weights(self, weights: Iterable[tuple[str, Tensor]]) -> None:
        """Answer by these weights, by their names in the model's files. They are copied."""
        self._engine.collective_rpc("reload_weights", kwargs={"weights_iterator": weights})
        self._engine.collective_rpc(_prepare_tied_head)
        self.forget()

    def sleep(self, keep_weights: bool) -> None:
        """Give a GPU's memory back; `keep_weights`: move them to the host, else they have to be given anew."""
        self._engine.reset_prefix_cache()
        self._engine.sleep(level=1 if keep_weights else 2)

    def wake(self, what: str) -> None:
        """Take memory again for "weights" or "kv_cache"."""
        self._engine.wake_up(tags=[what])

    def _check(self, prompts: Sequence[Sequence[int]], seeds: Sequence[int], max_tokens: int) -> None:
        check_requests(prompts, seeds, max_tokens, self._positions)
        for index, prompt in enumerate(prompts):
            wanted = min(len(prompt) + max_tokens, self._positions)
            if wanted > self._limit:
                raise GradusError(
                    f"prompt {index} and max_tokens = {max_tokens} need {wanted} positions, and vLLM has room for "
                    f"{self._limit} here: lower max_tokens, or take a machine with more GPU memory"
                )


def room_for_adapter(adapter: Path) -> int:
    """The rank that vLLM has to make room for. Raises GradusError where it has none large enough."""
    config = read_json(adapter / ADAPTER_CONFIG)
    return room_for_rank(max(config["r"], *config.get("rank_pattern", {}).values(), 0), adapter)


def room_for_rank(rank: int, adapter: Path) -> int:
    """The same for an adapter of this rank; `adapter` is for the message."""
    for room in LORA_RANKS:
        if rank <= room:
            return room
    raise GradusError(f"{adapter}: rank {rank}, vLLM takes adapters up to {LORA_RANKS[-1]}: export the merged model")


def _for_a_cpu(config: dict[str, Any], longest: int | None) -> dict[str, Any]:
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    limit = min(config["max_position_embeddings"], longest or CPU_POSITIONS)
    least, most = CPU_CACHE_BYTES
    return {
        "enforce_eager": True,
        "kv_cache_memory_bytes": min(max(LONGEST_AT_ONCE * limit * _bytes_a_position(config), least), most),
        "max_model_len": limit,
        # vLLM 0.31 rewinds the generator of a request whose prompt comes in pieces, which a CPU's cannot. States of
        # linear attention are shared among prompts only in pieces.
        "enable_chunked_prefill": False,
        "enable_prefix_caching": "linear_attention" not in config.get("layer_types", ()),
        "max_num_batched_tokens": max(limit, 4096),
    }


def _bytes_a_position(config: dict[str, Any]) -> int:
    """Of keys and values, at float32 at most."""
    heads = config.get("num_key_value_heads") or config["num_attention_heads"]
    size = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    return 2 * config["num_hidden_layers"] * heads * size * 4


def _for_a_gpu(longest: int | None) -> dict[str, Any]:
    return {"max_model_len": longest or -1}  # as many positions as the memory has room for, at most the model's own


def _prepare_tied_head(worker: Any) -> None:
    """On a CPU vLLM 0.31 computes by packed copies of weights, and makes that of a tied head only when it starts."""
    for module in worker.model_runner.get_model().modules():
        if isinstance(module, ParallelLMHead):
            module.quant_method.process_weights_after_loading(module)


def _completion(output: Any) -> Completion:
    tokens = list(output.token_ids)
    if output.finish_reason not in ("stop", "length"):
        raise GradusError(f"vLLM aborted an answer after {len(tokens)} tokens ({output.finish_reason}): sample again")
    logprobs = [each[token].logprob for each, token in zip(output.logprobs or [], tokens)]
    return Completion(tokens, logprobs, output.finish_reason)
