"""SFT and GRPO on a tiny model: against transformers, resumed, and kept in checkpoints."""

import itertools
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tiny import job_of, made_group, order_of, problems, traces, verdicts_by_text

import gradus.training.torch.grpo as grpo
import gradus.training.torch.sft as sft
from gradus.training import groups as made_groups
from gradus.training.collecting import collect
from gradus.training.examples import encode_traces
from gradus.training.optimizer import Optimizer
from gradus.training.problem_order import fresh_carried
from gradus.training.torch.embedded import Start
from model_folders import model_of

SHORT = {
    "steps": 4,
    "batch_size": 3,
    "group_size": 4,
    "max_tokens": 8,
    "checkpoint_every": 2,
    "rewards": {"random": {"weight": 1.0}},
}


def hugging_face(model: Path):
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(model.parent, dtype=torch.float32)


def test_sft_loss_is_transformers_loss_on_the_assistants_tokens(model):
    start = Start(model_of(model))
    encoded = encode_traces(traces(), start, 100)
    examples = encoded.examples
    assert (encoded.cut, encoded.lost) == (0, 0)
    policy = start.policy("full", 1, 1.0, [], 0)
    loss, count = sft.summed_loss(policy.weights(), policy, examples)
    network = hugging_face(model)
    total = 0.0
    for ids, mask in examples:
        labels = torch.tensor([[i if learned else -100 for i, learned in zip(ids, mask, strict=True)]])
        total += network(torch.tensor([ids]), labels=labels).loss.item() * sum(mask)
    assert count == sum(sum(mask) for _, mask in examples)
    assert loss.item() == pytest.approx(total, rel=1e-4)
    text = start.tokenizer.decode(
        [i for i, learned in zip(*examples[0], strict=True) if learned], skip_special_tokens=False
    )
    assert text.startswith("\\boxed{")
    assert text.endswith("<|im_end|>")


def run(loop, job, model, data, out, state, fail_at=None, monkeypatch=None):
    """Run a training loop; with `fail_at`, stop it in that step and run it again from its state."""
    state.mkdir(parents=True, exist_ok=True)
    if fail_at is None:
        return loop.train(job, model_of(model), data, state, out)
    steps = itertools.count(1)
    step = Optimizer.step

    def failing(self, rate):
        if next(steps) == fail_at:
            raise KeyboardInterrupt
        return step(self, rate)

    monkeypatch.setattr(Optimizer, "step", failing)
    with pytest.raises(KeyboardInterrupt):
        loop.train(job, model_of(model), data, state, out)
    monkeypatch.setattr(Optimizer, "step", step)
    return loop.train(job, model_of(model), data, state, out)


def without_times(rows):
    return [{k: v for k, v in row.items() if "second" not in k} for row in rows]


@pytest.mark.parametrize("name", ["direct_rl", "dapo", "grpo_full", "sft_custom"])
def test_a_resumed_run_ends_in_the_same_bytes(name, model, tmp_path, monkeypatch):
    monkeypatch.setattr("gradus.training.recording.MIN_SECONDS_BETWEEN_SAVES", 0.0)
    monkeypatch.setattr("gradus.training.recording.MAX_SHARE_OF_TIME_SAVING", 1.0)
    monkeypatch.setattr(made_groups, "grade_completions", verdicts_by_text)  # an untrained model is never right
    loop, data, short = (sft, traces(), {"batch_size": 4}) if name == "sft_custom" else (grpo, problems(), SHORT)
    job = job_of(tmp_path, name, **short)
    whole = run(loop, job, model, data, tmp_path / "whole", tmp_path / "s1")
    resumed = run(loop, job, model, data, tmp_path / "resumed", tmp_path / "s2", fail_at=3, monkeypatch=monkeypatch)
    assert without_times(whole) == without_times(resumed)
    files = sorted(p.relative_to(tmp_path / "whole") for p in (tmp_path / "whole").rglob("*") if p.is_file())
    assert any(p.name.endswith("model.safetensors") and "checkpoints" in p.parts for p in files)
    for file in files:
        assert (tmp_path / "whole" / file).read_bytes() == (tmp_path / "resumed" / file).read_bytes(), file


def test_checkpoints_load_in_peft_and_a_continued_adapter_starts_there(model, tmp_path):
    from peft import PeftModel

    job = job_of(tmp_path, "direct_rl", **SHORT)
    (tmp_path / "s").mkdir()
    grpo.train(job, model_of(model), problems(), tmp_path / "s", tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out/checkpoints").iterdir()) == ["step-0002", "step-0004"]
    adapter = tmp_path / "out" / "adapter_model.safetensors"
    ids = torch.tensor([[5, 6, 7, 8]])
    with torch.no_grad():
        merged = PeftModel.from_pretrained(hugging_face(model), tmp_path / "out")(ids).logits
    continued = Start(model_of(model, adapter)).policy("lora", 16, 32.0, [], 99)
    start = load_file(adapter)
    for name, tensor in continued.parameters.items():
        module, letter = name[:-2].removesuffix(".weight"), name[-1]
        key = f"base_model.model.{module}.lora_{letter}.weight"
        assert torch.equal(tensor, start[key])
    from gradus.models.qwen3 import hidden_states, logits

    ours = logits(continued.weights(), hidden_states(continued.weights(), continued.arch, ids))
    assert torch.allclose(ours, merged, atol=1e-4)


def test_dynamic_sampling_replaces_groups_without_a_signal(tmp_path):
    settings = job_of(
        tmp_path, "dapo", **SHORT | {"max_resamples": 3, "rewards": {"correct": {"weight": 1.0}}}
    ).settings

    def scripted(indices, batch):
        """In the first round only the first group is right once, later all are."""
        signals = [batch > 0 or place == 0 for place in range(len(indices))]
        return [made_group([x, False, False, False]) for x in signals]

    carried = fresh_carried()
    batch, row = collect(scripted, order_of(settings), carried)
    assert len(batch.groups) == settings.batch_size
    assert (row["groups"], row["groups_without_signal"], carried["drawn"], carried["batches"]) == (
        5,
        2,
        {"train": 5},
        2,
    )


def test_a_kl_spike_lowers_the_learning_rate(model, tmp_path):
    job = job_of(tmp_path, "direct_rl", **SHORT, kl_guard={"threshold": 1e-9, "factor": 0.5}, learning_rate=1e-2)
    (tmp_path / "s").mkdir()
    rows = grpo.train(job, model_of(model), problems(), tmp_path / "s", tmp_path / "out")
    rates = [row["learning_rate"] for row in rows]
    spikes = [row["kl"] is not None and row["kl"] > 1e-9 for row in rows]
    assert any(spikes)
    expected = 1e-2
    for rate, spike in zip(rates, spikes, strict=True):
        assert rate == pytest.approx(expected)
        expected *= 0.5 if spike else 1.0
