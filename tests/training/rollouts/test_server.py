"""Rollouts by a vLLM server: a real one on a CPU, and what is sent to one as weights."""

import json
import os
import subprocess
import sysconfig
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from tiny import job_of
from transformers import AutoModelForCausalLM
from trl.generation import vllm_client

from gradus.provenance.errors import GradusError
from gradus.sampling.vllm.capabilities import ENVIRONMENT
from gradus.training.causal_lm import Loaded, load
from gradus.training.rollouts.vllm_server import VllmServer
from linked_project import PROJECT
from model_folders import model_of

PLACES = ("scripts", "tests", "tests/training")
TEMPERATURE, PROMPTS = 0.7, [[1, 5, 6, 7], [1, 5, 6, 7], [1, 9, 6, 3, 8, 12, 14]]
"""As in `ask_server.py`."""


@pytest.mark.slow
def test_a_server_answers_each_request_by_its_own_seed_with_the_models_log_probabilities(tmp_path: Path) -> None:
    try:
        ENVIRONMENT.expect()
    except GradusError as error:
        pytest.skip(str(error))
    path = os.pathsep.join(str(PROJECT / place) for place in PLACES)
    script = PROJECT / "tests/training/rollouts/ask_server.py"
    command = [ENVIRONMENT.python, script, tmp_path, sysconfig.get_path("purelib")]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr[-5000:] + (tmp_path / "server.log").read_text()[-5000:]
    first, backwards, alone = json.loads(done.stdout.splitlines()[-1])
    assert [tokens for tokens, *_ in backwards[::-1]] == [tokens for tokens, *_ in first]
    assert alone[0][0] == first[2][0]
    assert first[0][0] != first[1][0]
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "model", dtype=torch.float32).eval()
    stops = {2, *range(20, 30)}
    for prompt, (tokens, logprobs, reason) in zip(PROMPTS, first, strict=True):
        with torch.no_grad():
            logits = model(torch.tensor([prompt + tokens])).logits[0, len(prompt) - 1 : -1] / TEMPERATURE
        own = logits.log_softmax(-1).gather(1, torch.tensor(tokens)[:, None]).squeeze(1)
        torch.testing.assert_close(torch.tensor(logprobs), own, atol=1e-4, rtol=0)
        assert reason == ("stop" if tokens[-1] in stops else "length")
        assert len(tokens) == 12 or reason == "stop"


class FakeClient:
    """TRL's client, without a server behind it."""

    config: ClassVar[dict[str, Any]] = {"logprobs_mode": "processed_logprobs", "max_model_len": 64}

    def __init__(self, base_url: str, connection_timeout: float) -> None:
        self.weights: list[dict[str, torch.Tensor]] = []
        self.resets = 0

    def get_server_info(self) -> dict[str, Any]:
        return {"model_config": self.config}

    def update_named_params(self, described: list[Any], named: Any) -> None:
        sent = {name: value.clone() for name, value in named}
        assert described == [(name, "float32", list(value.shape)) for name, value in sent.items()]
        self.weights.append(sent)

    def reset_prefix_cache(self) -> None:
        self.resets += 1


def loaded_of(model: Path, root: Path, **settings: Any) -> Loaded[Any]:
    rollouts = {"engine": "vllm_server", "server": "http://127.0.0.1:9"}
    return load(model_of(model), job_of(root, "direct_rl", rollouts=rollouts, **settings).settings, root / "state")


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_server_is_sent_the_dense_weights_as_they_are_now(
    method: str, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vllm_client, "VLLMClient", FakeClient)
    loaded = loaded_of(model, tmp_path, method=method)
    server = VllmServer(loaded)
    before = {name: p.detach().clone() for name, p in loaded.model.named_parameters()}
    server.push()
    with torch.no_grad():
        for parameter in loaded.model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.1)
    server.push()
    sent = server._client.weights  # ty: ignore[unresolved-attribute] the fake one's
    start = load_file(model)
    assert sent[0].keys() == start.keys()
    assert all(torch.allclose(sent[0][name], start[name], atol=1e-6) for name in start)
    loaded.save(tmp_path / "saved")
    now = AutoModelForCausalLM.from_pretrained(model.parent, dtype=torch.float32)
    if method == "lora":
        now = PeftModel.from_pretrained(now, tmp_path / "saved").merge_and_unload()
    else:
        now.load_state_dict(load_file(tmp_path / "saved/model.safetensors"), strict=False)
    for name, parameter in now.named_parameters():
        torch.testing.assert_close(sent[1][name], parameter.detach(), atol=1e-6, rtol=0)
    # Nothing of what is frozen changes by that, not by a rounding.
    frozen = {name: p for name, p in loaded.model.named_parameters() if not p.requires_grad}
    assert all(torch.equal(before[name], parameter) for name, parameter in frozen.items())
    assert server._client.resets == 2  # ty: ignore[unresolved-attribute]


def test_what_cannot_work_is_told_in_one_line(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vllm_client, "is_vllm_available", lambda: True)
    loaded = loaded_of(model, tmp_path)
    with pytest.raises(GradusError, match=r"http://127.0.0.1:9: no vLLM server answers .*trl vllm-serve"):
        VllmServer(loaded, patience=0)
    monkeypatch.setattr(vllm_client, "VLLMClient", FakeClient)
    with pytest.raises(GradusError, match="vllm_server needs a GPU"):
        VllmServer(loaded).connect()
    monkeypatch.setattr(FakeClient, "config", FakeClient.config | {"logprobs_mode": "raw_logprobs"})
    with pytest.raises(GradusError, match="log-probabilities before the temperature"):
        VllmServer(loaded)
