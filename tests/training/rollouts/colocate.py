"""Short GRPO jobs whose rollouts come from vLLM in their process, by the Python of an environment with vLLM.

    PYTHON colocate.py FOLDER PACKAGES

PACKAGES: where packages are that this Python lacks: vLLM's environment for CPUs has no TRL. The last line that it
prints is JSON: the rows of metrics.jsonl of each run.
"""

import json
import os
import sys
from inspect import signature
from pathlib import Path
from typing import Any
from unittest import mock

os.environ |= {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "VLLM_NO_USAGE_STATS": "1"}
sys.path.append(sys.argv[2])

from parity import trl_job
from tiny import job_of, problems, save_tiny_model
from vllm import LLMEngine

from gradus.training.rollouts.vllm_colocate import VllmColocate
from gradus.training.torch import grpo as torch_grpo
from gradus.training.trl import grpo as trl_grpo
from model_folders import model_of

ROLLOUTS = {"engine": "vllm_colocate", "memory_share": 0.1, "correction": "token_truncate", "correction_cap": 2.0}
SHORT = {
    "steps": 3,
    "batch_size": 2,
    "group_size": 4,
    "max_tokens": 12,
    "checkpoint_every": 3,
    "learning_rate": 3e-2,
    "temperature": 0.8,
    "kl_coef": 0.0,
    "kl_guard": None,
    "rollouts": ROLLOUTS,
}


def run(root: Path, weights: Path, backend: str, **settings: Any) -> list[dict[str, Any]]:
    if backend == "trl":
        job, loop = trl_job(root, "random_reward", **SHORT | settings), trl_grpo
    else:
        job, loop = job_of(root, "random_reward", **SHORT | settings), torch_grpo
        backend, _, *others = job.modules
        job.modules = (backend, "gradus.training.torch.module.network", *others)
    (root / "state").mkdir(parents=True)
    return loop.train(job, model_of(weights), problems(), root / "state", root / "out")


def main(root: Path) -> None:
    # What is called besides on a GPU, between rollouts and updates.
    signature(LLMEngine.sleep).bind(None, level=2)
    signature(LLMEngine.wake_up).bind(None, tags=["weights"])
    # vLLM's attention on a CPU wants heads of 32 at least.
    weights = save_tiny_model(root / "model", std=0.1, head_dim=32)
    runs = {
        f"{backend} {method}": run(root / f"{backend}-{method}", weights, backend, method=method)
        for backend in ("torch", "trl")
        for method in ("full", "lora")
    }
    runs["overlap"] = run(root / "overlap", weights, "torch", method="full", overlap=1)
    push, pushed = VllmColocate.push, []

    def once(engine: VllmColocate) -> None:
        if not pushed:
            push(engine)
        pushed.append(engine)

    with mock.patch.object(VllmColocate, "push", once):
        runs["never pushed again"] = run(root / "once", weights, "torch", method="full")
    print(json.dumps(runs))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
