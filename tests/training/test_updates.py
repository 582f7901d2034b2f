"""An update of GRPO on a tiny model: loss and gradient against the formula, over micro-batches, and what is cut."""

from dataclasses import replace

import pytest
import torch
from test_loops import SHORT, hugging_face
from tiny import answering, job_of, made_group, problems

import gradus.training.torch.grpo as grpo
from gradus.sampling.protocol import Completion
from gradus.training.groups import Group
from gradus.training.optimizer import Optimizer
from gradus.training.rollouts.sampler import GroupSampler
from gradus.training.step_batch import step_batch
from gradus.training.torch.embedded import Start
from model_folders import model_of


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
