"""SFT and GRPO on a tiny model: against transformers, over micro-batches, resumed, and kept in checkpoints."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tiny import answering, job_of, made_group, order_of, problems, traces, verdicts_by_text

import gradus.training.torch.grpo as grpo
import gradus.training.torch.sft as sft
from gradus.sampling.protocol import Completion
from gradus.training import groups as made_groups
from gradus.training.collecting import collect
from gradus.training.examples import encode_traces
from gradus.training.groups import Group
from gradus.training.optimizer import Optimizer
from gradus.training.problem_order import fresh_carried
from gradus.training.rollouts.sampler import GroupSampler
from gradus.training.step_batch import step_batch
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


def groups_by_hand(start: Start, sizes=((3, 5), (2, 4), (6, 1), (7, 2))) -> list[Group]:
    """Groups of two completions with unlike lengths and rewards, the third without a signal; old log-probabilities are
    not those of the model."""
    generator = torch.Generator().manual_seed(0)

    def completion(length: int) -> Completion:
        ids = torch.randint(3, start.arch.vocab_size, (length,), generator=generator).tolist()
        return Completion(ids, (-4 - torch.rand(length, generator=generator)).tolist(), "stop")

    return [
        Group(
            torch.randint(3, 300, (4 + n,), generator=generator).tolist(),
            [completion(a), completion(b)],
            [3.0, float(n)],
            {},
        )
        for n, (a, b) in enumerate(sizes, start=1)
    ]


def keep_gradients(monkeypatch: pytest.MonkeyPatch) -> dict[str, torch.Tensor]:
    """Optimizer steps leave the parameters alone, and their gradients here."""
    taken: dict[str, torch.Tensor] = {}

    def keep(self: Optimizer, learning_rate: float) -> float:
        taken.update({name: p.grad.clone() for name, p in self.parameters.items()})
        return 1.0

    monkeypatch.setattr(Optimizer, "step", keep)
    return taken


@pytest.mark.parametrize("algorithm", ["grpo", "dr_grpo", "dapo"])
def test_the_loss_and_gradient_of_grpo_are_those_of_the_formula(algorithm, model, tmp_path, monkeypatch):
    """The reference computes each row alone with transformers, and the loss from the papers' formulas."""
    settings = job_of(tmp_path, algorithm if algorithm != "grpo" else "direct_rl").settings
    settings = settings.model_copy(update={"method": "full", "temperature": 0.8, "dynamic_sampling": False})
    start = Start(model_of(model))
    groups = groups_by_hand(start)
    policy = start.policy("full", 1, 1.0, [], 0)
    reference_policy = {name: tensor.detach() * 0.9 for name, tensor in policy.parameters.items()}
    taken = keep_gradients(monkeypatch)
    optimizer = Optimizer(policy.parameters, [0.9, 0.95], 0.0, 1.0)
    row = grpo.update(policy, reference_policy, optimizer, step_batch(groups, settings), 1e-3, settings)

    network, frozen = hugging_face(model), hugging_face(model)
    frozen.load_state_dict({n: t * 0.9 for n, t in network.state_dict().items()})

    def logprobs(net, prompt, ids):
        logits = net(torch.tensor([prompt + ids])).logits[0, len(prompt) - 1 : -1] / 0.8
        return logits.log_softmax(-1).gather(-1, torch.tensor(ids)[:, None]).squeeze(-1)

    per_completion, tokens = [], 0
    for group in groups:
        rewards = torch.tensor(group.rewards)
        advantages = rewards - rewards.mean()
        if algorithm != "dr_grpo":
            advantages = advantages / (rewards.std() + 1e-4)
        for advantage, c in zip(advantages, group.completions, strict=True):
            new = logprobs(network, group.prompt_ids, c.token_ids)
            ratio = (new - torch.tensor(c.logprobs)).exp()
            clipped = ratio.clamp(0.8, 1.28 if algorithm == "dapo" else 1.2)
            losses = -torch.minimum(ratio * advantage, clipped * advantage)
            if algorithm == "grpo":
                with torch.no_grad():
                    old = logprobs(frozen, group.prompt_ids, c.token_ids)
                losses = losses + 0.04 * ((old - new).exp() - (old - new) - 1)
            per_completion.append(losses)
            tokens += len(losses)
    if algorithm == "grpo":
        expected = sum(x.mean() for x in per_completion) / len(per_completion)
    elif algorithm == "dapo":
        expected = sum(x.sum() for x in per_completion) / tokens
    else:
        expected = sum(x.sum() for x in per_completion) / (len(per_completion) * settings.max_tokens)
    expected.backward()
    assert row["loss"] == pytest.approx(expected.item(), rel=1e-4, abs=1e-6)
    for name, parameter in network.named_parameters():
        if name in taken:
            assert torch.allclose(taken[name], parameter.grad, rtol=1e-3, atol=1e-5), name


def test_micro_batches_add_up_to_the_batch(model, tmp_path, monkeypatch):
    settings = job_of(tmp_path, "direct_rl").settings
    start = Start(model_of(model))
    gradients = []
    for most in (1, 10_000):
        policy = start.policy("full", 1, 1.0, [], 0)
        policy.micro_batch_tokens = most
        taken = keep_gradients(monkeypatch)
        optimizer = Optimizer(policy.parameters, [0.9, 0.95], 0.0, 1.0)
        batch = step_batch(groups_by_hand(start), settings)
        grpo.update(policy, policy.frozen_weights(), optimizer, batch, 1e-3, settings)
        gradients.append(taken)
    for name in gradients[0]:
        assert torch.allclose(gradients[0][name], gradients[1][name], atol=1e-6), name


def test_what_was_cut_has_no_gradient_and_leaves_that_of_the_others_as_it_is(model, tmp_path, monkeypatch):
    """Beside the same batch with an advantage of zero, where losses are averaged over completions."""
    settings = job_of(tmp_path, "direct_rl", kl_coef=0.0, mask_truncated=True).settings
    start = Start(model_of(model))
    groups = groups_by_hand(start)
    whole = step_batch(groups, settings)
    cut = [replace(group, verdicts=made_group([True, False]).verdicts) for group in groups]
    cut[0].completions[1] = replace(cut[0].completions[1], finish_reason="length")
    for advantages in whole.advantages[:1]:
        advantages[1] = 0.0
    gradients = []
    for batch, most in ((whole, 10_000), (step_batch(cut, settings), 10_000), (step_batch(cut, settings), 1)):
        policy = start.policy("full", 1, 1.0, [], 0)
        policy.micro_batch_tokens = most
        taken = keep_gradients(monkeypatch)
        optimizer = Optimizer(policy.parameters, [0.9, 0.95], 0.0, 1.0)
        grpo.update(policy, policy.frozen_weights(), optimizer, batch, 1e-3, settings)
        gradients.append(taken)
    for name, gradient in gradients[0].items():
        assert all(torch.allclose(gradient, other[name], atol=1e-6) for other in gradients[1:]), name
    assert max(gradient.abs().max() for gradient in gradients[0].values()) > 1e-3


def test_the_kl_that_the_guard_reads_is_that_of_the_first_groups_however_the_batch_is_split(
    model, tmp_path, monkeypatch
):
    settings = job_of(tmp_path, "dr_grpo").settings
    settings = settings.model_copy(update={"batch_size": 6, "group_size": 2})
    start = Start(model_of(model))
    groups = groups_by_hand(start, sizes=((3, 5), (2, 4), (9, 1), (7, 2), (1, 8), (4, 4)))
    groups[2] = replace(groups[2], rewards=[0.0, 1.0])
    policy = start.policy("full", 1, 1.0, [], 0)
    reference = {name: tensor.detach() * 0.9 for name, tensor in policy.parameters.items()}
    keep_gradients(monkeypatch)
    optimizer = Optimizer(policy.parameters, [0.9, 0.95], 0.0, 1.0)

    def kl(groups, most):
        policy.micro_batch_tokens = most
        return grpo.update(policy, reference, optimizer, step_batch(groups, settings), 1e-3, settings)["kl"]

    whole = kl(groups, 10_000)
    assert [kl(groups, most) for most in (1, 20, 40)] == pytest.approx([whole] * 3, rel=1e-5)
    assert kl(groups[:4], 10_000) == pytest.approx(whole, rel=1e-5)
    assert kl(groups[:3], 10_000) != pytest.approx(whole, rel=1e-3)


def test_the_first_update_has_ratio_one_and_no_kl(model, tmp_path):
    settings = job_of(tmp_path, "direct_rl", **SHORT).settings
    start = Start(model_of(model))
    policy = start.policy("lora", 4, 8.0, ["q_proj", "up_proj"], 0)
    groups = GroupSampler(start, problems(), settings).draw(answering(start), [0, 1, 2], 0)
    optimizer = Optimizer(policy.parameters, [0.9, 0.95], 0.0, 1.0)
    row = grpo.update(policy, policy.frozen_weights(), optimizer, step_batch(groups, settings), 1e-3, settings)
    assert row["kl"] == pytest.approx(0, abs=1e-6)
    assert row["loss"] == pytest.approx(0, abs=1e-5)  # advantages add up to zero, each completion counts alike
    assert row["clip_share"] == 0


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
