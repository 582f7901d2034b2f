"""Rollouts by a vLLM server on this machine's CPU, by the Python of an environment with vLLM.

    PYTHON ask_server.py FOLDER PACKAGES

PACKAGES: where packages are that this Python lacks. The last line that it prints is JSON: per call, [token_ids,
logprobs, finish_reason] of each completion.
"""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

os.environ |= {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "VLLM_NO_USAGE_STATS": "1"}
sys.path.append(sys.argv[2])

from tiny import job_of, save_tiny_model

from gradus.sampling.protocol import Decoding
from gradus.training.causal_lm import load
from gradus.training.rollouts.vllm_server import VllmServer
from model_folders import model_of

STOPS = [2, *range(20, 30)]
PROMPTS = [[1, 5, 6, 7], [1, 5, 6, 7], [1, 9, 6, 3, 8, 12, 14]]
SEEDS = [1, 2, 3]
TEMPERATURE = 0.7


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def main(root: Path) -> None:
    weights = save_tiny_model(root / "model", std=0.1, head_dim=32)
    port = free_port()
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(weights.parent)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--dtype", "float32", "--enforce-eager"]
    command += ["--logprobs-mode", "processed_logprobs", "--generation-config", "vllm", "--max-model-len", "64"]
    command += ["--no-enable-chunked-prefill"]
    with open(root / "server.log", "wb") as log:
        server = subprocess.Popen(command, env=os.environ | {"VLLM_SERVER_DEV_MODE": "1"}, stdout=log, stderr=log)
    try:
        print(json.dumps(answers(root, weights, f"http://127.0.0.1:{port}")))
    finally:
        server.terminate()
        server.wait()


def answers(root: Path, weights: Path, address: str) -> Any:
    rollouts = {"engine": "vllm_server", "server": address}
    job = job_of(root, "direct_rl", method="full", rollouts=rollouts)
    engine = VllmServer(load(model_of(weights), job.settings, root / "state"))
    decoding = Decoding(12, TEMPERATURE, STOPS)
    calls = [(PROMPTS, SEEDS), (PROMPTS[::-1], SEEDS[::-1]), (PROMPTS[2:], SEEDS[2:])]
    return [
        [(c.token_ids, c.logprobs, c.finish_reason) for c in engine.generate(asked, seeds=seeds, decoding=decoding)]
        for asked, seeds in calls
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
