"""A short GRPO job whose rollouts come from vLLM in its process, by the Python of an environment with vLLM.

    PYTHON colocate.py FOLDER PACKAGES

PACKAGES: where packages are that this Python lacks: vLLM's environment for CPUs has no TRL. The last line it prints is
JSON: the rows of metrics.jsonl, and the importance weights of the first step.

On a CPU vLLM packs weights when it loads them and cannot take others afterwards, so it answers by the first ones.
"""

import json
import os
import sys
from contextlib import ExitStack
from inspect import signature
from pathlib import Path
from typing import Any
from unittest import mock

os.environ |= {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "VLLM_NO_USAGE_STATS": "1"}
sys.path.append(sys.argv[2])

import torch
from parity import trl_job
from tiny import problems, save_tiny_model
from trl.generation.vllm_generation import VLLMGeneration
from vllm import LLM

from gradus.training.trl import arguments, grpo
from gradus.training.trl.grpo_trainer import GrpoTrainer
from model_folders import model_of

ROLLOUTS = {"engine": "vllm_colocate", "memory_share": 0.1, "correction": "token_truncate", "correction_cap": 2.0}
SHORT = {"steps": 2, "batch_size": 2, "group_size": 4, "max_tokens": 12, "method": "lora"}


def main(root: Path) -> None:
    # What TRL calls besides on a GPU, between rollouts and updates.
    signature(LLM.sleep).bind(None, level=2)
    signature(LLM.wake_up).bind(None, tags=["weights"])
    has_gpu = torch.cuda.is_available()
    # vLLM's attention on a CPU wants heads of 32 at least.
    weights = save_tiny_model(root / "model", std=0.1, head_dim=32)
    (root / "state").mkdir()
    job = trl_job(root, "random_reward", **SHORT, rollouts=ROLLOUTS | {"sleep": has_gpu})
    weighed: list[Any] = []
    score, asked = GrpoTrainer._generate_and_score_completions, arguments._rollouts

    def scored(trainer: GrpoTrainer, inputs: Any) -> Any:
        batch = score(trainer, inputs)
        weighed.append(batch["importance_sampling_ratio"].flatten().tolist())
        return batch

    def allowed(*words: Any) -> dict[str, Any]:
        with mock.patch.object(torch.cuda, "is_available", return_value=True):
            return asked(*words)

    with ExitStack() as patched:
        patched.enter_context(mock.patch.object(GrpoTrainer, "_generate_and_score_completions", scored))
        if not has_gpu:
            patched.enter_context(mock.patch.object(arguments, "_rollouts", allowed))
            patched.enter_context(mock.patch.object(VLLMGeneration, "sync_weights"))
        rows = grpo.train(job, model_of(weights), problems(), root / "state", root / "out")
    print(json.dumps({"rows": rows, "weights": weighed[0]}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
