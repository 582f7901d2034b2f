"""Answers end, from training to sampling, for models in layouts of published ones that say so in different files."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from parity import trl_job
from tiny import answering, job_of, problems, traces
from transformers import AutoModelForCausalLM, AutoTokenizer

from gradus.models.ends import Ends
from gradus.prompts.messages import messages_for
from gradus.provenance.files import read_json
from gradus.sampling.chat import ChatSampler
from gradus.sampling.tinker.engine import TinkerEngine
from gradus.sampling.tinker.sampler import TinkerSampler
from gradus.sampling.torch.sampler import TorchEngine
from gradus.specs.prompts import PromptSpec
from gradus.tinker.requests import Question
from gradus.training.causal_lm import load
from gradus.training.groups import Group
from gradus.training.rollouts.sampler import GroupSampler, HeldOut
from gradus.training.tinker.start import Start as TinkerStart
from gradus.training.torch import sft
from gradus.training.torch.embedded import Start
from gradus.training.trl.grpo_trainer import GrpoTrainer
from layouts import CHOICES, save_layout, with_chat
from model_folders import model_of

TAUGHT = {
    "method": "full",
    "epochs": 12,
    "batch_size": 10,
    "learning_rate": 1e-2,
    "held_out_share": 0.0,
    "schedule": "constant",
}
SHORT = {"steps": 1, "batch_size": 3, "group_size": 4, "max_tokens": 60, "temperature": 1.0}
PROMPT = PromptSpec(system=None, few_shot=[], suffix="")


def taught(folder: Path, root: Path) -> Path:
    """The model after SFT on ten short answers; returns its weight file."""
    (root / "state").mkdir(parents=True)
    job = job_of(root, "sft_custom", **TAUGHT)
    sft.train(job, model_of(folder / "model.safetensors"), traces(10), root / "state", root / "out")
    return root / "out" / "model.safetensors"


@pytest.mark.parametrize(("layout", "named"), CHOICES)
def test_what_is_taught_to_end_is_sampled_to_its_end(layout: str, named: str | None, tmp_path: Path) -> None:
    folder = save_layout(tmp_path / "base", layout).parent
    with_chat(folder, named)
    model = taught(folder, tmp_path)
    assert Ends.load(model.parent).ids == Ends.load(folder).ids
    conversations = [messages_for(problem.problem, PROMPT) for problem in problems(12)]
    sampler = ChatSampler(model.parent, TorchEngine(model.parent))
    answers = sampler.sample(conversations, seeds=range(12), max_tokens=60, temperature=1.0)
    assert [answer.finish_reason for answer in answers] == ["stop"] * 12

    tokenizer, plain = AutoTokenizer.from_pretrained(model.parent), AutoModelForCausalLM.from_pretrained(model.parent)
    prompt = tokenizer.apply_chat_template(conversations[0], add_generation_prompt=True, tokenize=False)
    assert prompt == sampler.render(conversations[0])
    ids = torch.tensor([sampler.encode(conversations[:1])[0].ids])
    (written,) = plain.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=60, do_sample=False)
    (greedy,) = sampler.sample(conversations[:1], seeds=[0], max_tokens=60, temperature=0.0)
    assert len(written) - ids.shape[1] == greedy.tokens < 60


@pytest.fixture
def disagreeing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that ends its answers with `<|im_end|>`, as its tokenizer says; its config names `<|endoftext|>`."""
    root = tmp_path_factory.mktemp("disagreeing")
    base = save_layout(root / "base", "disagreeing").parent
    model = taught(base, root)
    shutil.copy(base / "config.json", model.parent)
    (model.parent / "generation_config.json").unlink()
    return model


def ends_of(completions: Iterable[Sequence[int]]) -> list[int]:
    """The last token of each; none is as long as answers may be."""
    completions = list(completions)
    assert max(map(len, completions)) < 60
    return [ids[-1] for ids in completions]


def test_rollouts_of_the_torch_backend_end(disagreeing: Path, tmp_path: Path) -> None:
    start = Start(model_of(disagreeing))
    settings = job_of(tmp_path, "direct_rl", **SHORT).settings
    sampler = GroupSampler(start, problems(), settings)
    completions = [c for group in sampler.draw(answering(start), [0, 1, 2], 0) for c in group.completions]
    assert ends_of(c.token_ids for c in completions) == [2] * 12
    assert {c.finish_reason for c in completions} == {"stop"}


def test_rollouts_and_held_out_answers_of_the_trl_backend_end(
    disagreeing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = trl_job(tmp_path, "direct_rl", **SHORT, rewards={"random": {"weight": 1.0}})
    loaded = load(model_of(disagreeing), job.settings, tmp_path)
    trainer = GrpoTrainer(loaded, problems(), tmp_path)
    drawn: list[Group] = []
    draw = GroupSampler.draw

    def noted(*arguments: Any) -> list[Group]:
        groups = draw(*arguments)
        drawn.extend(groups)
        return groups

    monkeypatch.setattr(GroupSampler, "draw", noted)
    trainer.rollouts.collect()
    trainer.rollouts.measure(HeldOut(loaded, problems(5), job.settings))
    completions = [c for group in drawn for c in group.completions]
    assert ends_of(c.token_ids for c in completions) == [2] * len(completions)
    assert len(completions) == SHORT["batch_size"] * SHORT["group_size"] + 5
    assert {c.finish_reason for c in completions} == {"stop"}


@pytest.mark.parametrize("method", ["lora", "full"])
def test_what_trl_saves_names_every_end(method: str, tmp_path: Path) -> None:
    folder = save_layout(tmp_path / "base", "disagreeing").parent
    with_chat(folder)
    loaded = load(
        model_of(folder / "model.safetensors"), trl_job(tmp_path, "sft_custom", method=method).settings, tmp_path
    )
    loaded.save(tmp_path / "out")
    for file in ("tokenizer_config.json", "chat_template.jinja"):
        assert (tmp_path / "out" / file).read_bytes() == (folder / file).read_bytes()
    if method == "full":
        assert read_json(tmp_path / "out/generation_config.json")["eos_token_id"] == [2, 0]


def test_the_service_is_told_every_end(disagreeing: Path) -> None:
    assert TinkerStart(model_of(disagreeing)).ends.ids == (2, 0)
    asked: list[Question] = []
    requests = SimpleNamespace(ask=lambda questions, _: asked.extend(questions) or SimpleNamespace(as_completed=list))
    sampler = TinkerSampler(disagreeing.parent, TinkerEngine(requests, 512))  # type: ignore[arg-type]
    wanted = {"keys": ["a"], "seeds": [0], "samples": 2, "max_tokens": 9, "temperature": 1.0}
    assert list(sampler.stream([messages_for("2 + 2", PROMPT)], **wanted, journal=disagreeing.parent / "j")) == []
    assert [question.stop for question in asked] == [(2, 0)]
