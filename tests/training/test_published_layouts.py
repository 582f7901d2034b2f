"""Tiny models with the publishers' tokenizers and layouts, from traces through SFT and GRPO to answers that end."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from parity import trl_job
from tiny import job_of

from gradus.grading.extraction import extract_answer
from gradus.models.architecture import Architecture
from gradus.models.qwen3 import init_weights
from gradus.models.store import save_model
from gradus.models.tokenizer import load_tokenizer
from gradus.problems.problem import Problem
from gradus.prompts.messages import messages_for
from gradus.provenance.errors import GradusError
from gradus.sampling.chat import ChatSampler
from gradus.sampling.protocol import Completion, Decoding
from gradus.sampling.sampler import Answer, Sampler
from gradus.sampling.torch.sampler import TorchEngine
from gradus.sampling.vllm.capabilities import ENVIRONMENT
from gradus.traces.lengths import token_lengths
from gradus.training.torch import grpo as torch_grpo
from gradus.training.torch import sft as torch_sft
from gradus.training.trl import grpo as trl_grpo
from gradus.training.trl import sft as trl_sft
from layouts import with_chat
from model_folders import model_of
from problems.published_sets import write_jsonl
from published_tokenizers import FILES, NAMES, published
from sampling.sample_jobs import PROMPT
from sampling.vllm.asking import ask_vllm
from thinking_layouts import LAYOUTS, save_layout
from traces.made_traces import read

pytestmark = pytest.mark.slow

PROBLEMS = [Problem("a", "2 + 3?", "5", 1, "", ""), Problem("b", "How much are four and four apples?", "8", 1, "", "")]
ROWS = [
    {"id": "a", "prompt": "2 + 3?", "reasoning_content": "\\boxed{5}? Yes.", "response": "\\boxed{5}", "answer": 5},
    {"id": "b", "instruction": "How much are four and four apples?", "input": "", "output": "\\boxed{8}", "answer": 8},
]
EVERYWHERE = ("qwen3", "gpt2", "r1_distill")
"""Those that go through trl and vLLM too: a publisher's template with thoughts, a model that has none, and a template
that opens the thought, with special tokens for the tags. What ends an answer is one function for all backends."""

MODELS = (*EVERYWHERE, *(name for name in (*NAMES, *LAYOUTS) if name not in EVERYWHERE))
TAUGHT = {
    "method": "full",
    "learning_rate": 0.02,
    "epochs": 1,
    "batch_size": 2,
    "held_out_share": 0.0,
    "max_length": 128,
}
REPEATED = 60
"""Times that a trace is read in the one epoch: each epoch keeps a checkpoint."""

ASKED = {"method": "full", "steps": 1, "group_size": 4, "max_tokens": 32, "checkpoint_every": 2}
ASKED |= {"kl_coef": 0.0, "kl_guard": None, "learning_rate": 1e-6, "temperature": 0.3}


def base_model(folder: Path, name: str) -> Path:
    """An untrained model of two layers with the tokenizer and the layout `name`; returns its weight file.

    Its config names another end than its template writes, as those of Qwen's bases do.
    """
    if name in LAYOUTS:
        save_layout(folder, name, [row.get("response", "") + row.get("reasoning_content", "") for row in ROWS])
    else:
        folder.mkdir()
        for file in FILES:
            (folder / file).write_bytes((published(name) / file).read_bytes())
    tokenizer = load_tokenizer(folder)
    special = [number for number, token in tokenizer.get_added_tokens_decoder().items() if token.special]
    arch = Architecture(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=32,  # the least that vLLM takes on a CPU
        max_position_embeddings=512,
        eos_token_id=min(special),
    )
    save_model(folder, arch, init_weights(arch, 0, std=0.1))
    with_chat(folder, "user_assistant" if name == "gpt2" else None)
    return folder / "model.safetensors"


@pytest.fixture(scope="module", autouse=True)
def _own_loggers() -> Iterator[None]:
    """As in the room of the trl backend."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (trl_sft, trl_grpo):
            patch.setattr(module, "quiet", lambda log: None)
        yield


@pytest.fixture(scope="module", params=MODELS)
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return base_model(tmp_path_factory.mktemp("base") / request.param, request.param)


@pytest.fixture(scope="module")
def traces(base: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("traces")
    think = "strip" if base.parent.name == "qwen3_5_direct" else "keep"
    made, _ = read(folder, "rows", write_jsonl(folder / "t.jsonl", ROWS), think=think, correct_only=True)
    assert len(made) == 2
    assert max(token_lengths(made, base.parent, "t.jsonl")) <= TAUGHT["max_length"]
    return made


everywhere = pytest.mark.parametrize("base", EVERYWHERE, indirect=True, scope="module")


def taught(loop: Any, root: Path, base: Path, traces: list[dict[str, Any]], **more: Any) -> Path:
    """The weight file of the model that SFT made."""
    (root / "state").mkdir(parents=True)
    job = (trl_job if loop is trl_sft else job_of)(root, "sft_custom", **TAUGHT, **more)
    rows = loop.train(job, model_of(base), traces * REPEATED, root / "state", root / "out")
    assert rows[-1]["loss"] < 0.1
    return root / "out" / "model.safetensors"


@pytest.fixture(scope="module")
def trained(base: Path, traces: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return taught(torch_sft, tmp_path_factory.mktemp("sft"), base, traces)


def answers(sampler: Sampler, max_tokens: int = 32) -> list[Answer]:
    conversations = [messages_for(problem.problem, PROMPT) for problem in PROBLEMS]
    return sampler.sample(conversations, seeds=[1, 2], max_tokens=max_tokens, temperature=0.0)


def sampler_of(weights: Path) -> Sampler:
    return ChatSampler(weights.parent, TorchEngine(weights.parent))


def check(found: list[Answer], traces: list[dict[str, Any]]) -> None:
    """Answers are those of the traces to the letter, with their thoughts, and end by themselves."""
    for answer, trace in zip(found, traces, strict=True):
        assert answer.finish_reason == "stop"
        assert answer.tokens < 32
        thought, _, said = trace["messages"][-1]["content"].rpartition("</think>")
        thinking, _, saying = answer.text.rpartition("</think>")
        assert saying.strip() == said.strip()
        assert thinking.rpartition("<think>")[2].strip() == thought.rpartition("<think>")[2].strip()
        assert extract_answer(answer.text) == trace["answer"]


def test_answers_end_and_show_their_thoughts(trained: Path, traces: list[dict[str, Any]]) -> None:
    check(answers(sampler_of(trained)), traces)


class Vllm:
    """vLLM's engine in its own environment."""

    def __init__(self, model: Path, folder: Path) -> None:
        try:
            ENVIRONMENT.expect()
        except GradusError as error:
            pytest.skip(str(error))
        self._model, self._folder = model, folder

    def generate(self, prompts: list[list[int]], *, seeds: list[int], decoding: Decoding, **_: Any) -> list[Completion]:
        call = {"prompts": prompts, "seeds": seeds, "decoding": asdict(decoding)}
        (found,) = ask_vllm(ENVIRONMENT.python, self._folder, self._model, None, [call])
        return [Completion(*each) for each in found]


@everywhere
def test_vllm_answers_alike(trained: Path, tmp_path: Path) -> None:
    assert answers(ChatSampler(trained.parent, Vllm(trained.parent, tmp_path))) == answers(sampler_of(trained))


def test_rewards_are_for_answers_after_thoughts(trained: Path, traces: list[dict[str, Any]], tmp_path: Path) -> None:
    check_rewards("torch", trained, traces, tmp_path)


@everywhere
def test_trl_rewards_answers_after_thoughts(trained: Path, traces: list[dict[str, Any]], tmp_path: Path) -> None:
    check_rewards("trl", trained, traces, tmp_path)


def check_rewards(backend: str, trained: Path, traces: list[dict[str, Any]], tmp_path: Path) -> None:
    whole = asked(backend, tmp_path / "whole", trained)
    assert whole["reward"] >= 0.75
    assert whole["truncated"] <= 0.25
    if "</think>" in traces[0]["messages"][-1]["content"]:
        sampler = sampler_of(trained)
        inside = next(n for n in range(1, 32) if "?" in answers(sampler, max_tokens=n)[0].text)
        (first, _) = answers(sampler, max_tokens=inside)
        assert "\\boxed{5}?" in first.text
        cut = asked(backend, tmp_path / "cut", trained, PROBLEMS[:1], max_tokens=inside)
        assert (cut["truncated"], cut["no_answer"], cut["reward"]) == (1.0, 1.0, 0.0)


@everywhere
def test_trl_teaches_the_same_answers(base: Path, traces: list[dict[str, Any]], tmp_path: Path) -> None:
    check(answers(sampler_of(taught(trl_sft, tmp_path, base, traces))), traces)


def asked(backend: str, root: Path, weights: Path, problems: list[Problem] = PROBLEMS, **more: Any) -> dict[str, Any]:
    """The metrics of a step of GRPO that hardly moves the model."""
    (root / "state").mkdir(parents=True)
    loop, job = (trl_grpo, trl_job) if backend == "trl" else (torch_grpo, job_of)
    made = job(root, "direct_rl", **ASKED | {"batch_size": len(problems)} | more)
    return loop.train(made, model_of(weights), problems, root / "state", root / "out")[0]
