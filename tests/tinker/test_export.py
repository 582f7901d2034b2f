"""What a training leaves here is the policy that the service has: in PEFT, in the torch sampler and in vLLM."""

import os
from pathlib import Path

import pytest
import tinker
import torch
from jobs import Jobs
from serving import KEY, NAME, PROJECT, Server
from tinker import types

from gradus.models.tokenizer import load_tokenizer

pytestmark = pytest.mark.slow
GREEDY = {"temperature": 0.0, "samples": 1}


@pytest.fixture(scope="module")
def trained(server: Server, tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Jobs:
    """A policy that is far from the base."""
    jobs = Jobs(tmp_path_factory.mktemp("export"), tiny_base, server.url)
    jobs.training(learning_rate=1e-2).succeed()
    return jobs


def test_peft_gives_the_logprobs_of_the_server(trained: Jobs, server: Server, tiny_base: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    service = tinker.ServiceClient(base_url=server.url, api_key=KEY)
    policy = service.create_sampling_client(model_path=trained.record()["sampler"]).result()
    base = service.create_sampling_client(base_model=NAME).result()
    network = AutoModelForCausalLM.from_pretrained(tiny_base, dtype=torch.float32)
    network = PeftModel.from_pretrained(network, trained.model())
    texts = ["Stan starts with 4 ribs. Then he drops 2.", "4-2=2\n\\boxed{2}"]
    for text in texts:
        ids = load_tokenizer(tiny_base).encode(text).ids
        theirs, before = (c.compute_logprobs(types.ModelInput.from_ints(ids)).result()[1:] for c in (policy, base))
        with torch.no_grad():
            logprobs_TV = torch.log_softmax(network(torch.tensor([ids])).logits[0], dim=-1)
        ours_T = logprobs_TV[:-1].gather(1, torch.tensor(ids[1:])[:, None])[:, 0]
        assert torch.allclose(ours_T, torch.tensor(theirs), atol=1e-3, rtol=0)
        assert (ours_T - torch.tensor(before)).abs().max() > 0.1  # or the adapter did nothing


@pytest.fixture(scope="module")
def there(trained: Jobs) -> list[str]:
    """The server's own greedy answers."""
    return answers(trained, "tinker")


def answers(trained: Jobs, sampler: str) -> list[str]:
    trained.configure(sampler=sampler)
    trained.sampling("rl", **GREEDY).succeed()
    return [sample.text for sample in trained.samples("rl")]


def test_the_torch_sampler_answers_as_the_server(trained: Jobs, there: list[str]) -> None:
    assert answers(trained, "torch") == there


def test_vllm_answers_as_the_server(trained: Jobs, there: list[str]) -> None:
    python = Path(os.environ.get("GRADUS_VLLM_PYTHON", PROJECT / ".venv-vllm/bin/python"))
    if not python.is_file():
        pytest.skip("no environment for vllm: make vllm-cpu, or name one in GRADUS_VLLM_PYTHON")
    assert answers(trained, "vllm") == there
