"""Rollouts by vLLM in the process that trains, on the same device.

Weights go from the model into vLLM's in place; of an adapter only the adapter does, beside the base that vLLM read
itself. On a GPU vLLM sleeps while the model trains (`rollouts.sleep`), but not under overlap, where it writes then.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel

from gradus.provenance.errors import GradusError
from gradus.sampling.protocol import Completion, Decoding
from gradus.sampling.vllm.engine import VllmEngine, room_for_rank
from gradus.specs.training import GrpoSpec
from gradus.training.causal_lm import Loaded
from gradus.training.rollouts.dense import dense_weights


class VllmColocate:
    """vLLM's engine beside a model in training; `longest`: tokens of the longest text."""

    def __init__(self, loaded: Loaded[GrpoSpec], longest: int, adapter: Path) -> None:
        self._loaded, self._adapter = loaded, adapter
        settings, self._adapted = loaded.settings, isinstance(loaded.model, PeftModel)
        # In the precision that trains.
        arguments: dict[str, Any] = {"dtype": "bfloat16" if settings.bf16 else "float32"}
        if isinstance(loaded.model, PeftModel):
            config = loaded.model.peft_config["default"]
            assert isinstance(config, LoraConfig)
            arguments |= {"enable_lora": True, "max_loras": 1, "max_lora_rank": room_for_rank(config.r, loaded.folder)}
        on_gpu = torch.cuda.is_available()
        self._sleeps = on_gpu and settings.rollouts.sleep and not settings.overlap
        self._asleep = False
        if on_gpu:
            arguments |= {"gpu_memory_utilization": settings.rollouts.memory_share, "enable_sleep_mode": self._sleeps}
        if settings.method == "qlora":
            if not on_gpu:
                raise GradusError("rollouts.engine: vllm_colocate with method: qlora needs a GPU; take method: lora")
            arguments["quantization"] = "bitsandbytes"  # the base in 4 bits, as it trains
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            arguments["distributed_executor_backend"] = "external_launcher"  # one engine a rank
        self._engine = VllmEngine(loaded.folder, longest=longest, **arguments)
        self.sleep()

    def push(self) -> None:
        if self._asleep:
            torch.cuda.empty_cache()  # what torch keeps for later is vLLM's now
            self._engine.wake("weights")
        if self._adapted:
            self._loaded.save(self._adapter)
            self._engine.use_adapter(self._adapter)
        else:
            self._engine.use_weights(dense_weights(self._loaded.model))
        if self._asleep:
            self._engine.wake("kv_cache")
            self._asleep = False

    def generate(
        self, prompts: Sequence[Sequence[int]], *, seeds: Sequence[int], decoding: Decoding
    ) -> list[Completion]:
        return self._engine.generate(prompts, seeds=seeds, decoding=decoding, logprobs=True)

    def sleep(self) -> None:
        if self._sleeps and not self._asleep:
            # The base of an adapter is kept on the host; other weights are pushed anew and need not be.
            self._engine.sleep(keep_weights=self._adapted)
            self._asleep = True


def open_engine(loaded: Loaded[GrpoSpec], longest: int, state_folder: Path) -> VllmColocate:
    return VllmColocate(loaded, longest, state_folder / "rollouts_adapter")
