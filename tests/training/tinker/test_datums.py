"""Examples and rollouts as the service reads them, and what comes back: values worked by hand."""

import pytest
import torch
from tinker import ForwardBackwardOutput, OptimStepResponse, TensorData

from gradus.sampling.protocol import Completion
from gradus.specs.training import GrpoSpec
from gradus.training.groups import Group
from gradus.training.loss import PolicyLoss
from gradus.training.step_batch import StepBatch, step_batch
from gradus.training.surrogate import Surrogate, token_losses
from gradus.training.tinker.datums import rollout_datums, sft_datum, token_advantages
from gradus.training.tinker.sft import mean_loss
from gradus.training.tinker.steps import adam, grad_norm, logprobs

SETTINGS = GrpoSpec.model_construct(
    algorithm="grpo",
    scale_advantages=False,
    normalisation="token",
    max_tokens=4,
    kl_coef=0.0,
)
PLAIN = [
    Group([5, 6, 7], [Completion([1, 2], [-1.0, -2.0], "stop"), Completion([3], [-0.5], "length")], [1.0, 0.0], {}),
    Group([8, 9], [Completion([4], [-0.25], "stop"), Completion([2, 2], [-3.0, -0.5], "stop")], [0.0, 3.0], {}),
]
WHOLE = StepBatch(PLAIN, [[0.5, -0.5], [-1.5, 1.5]], places=[0, 1], with_signal=2, completions=4, tokens=6)


def output(rows: list[list[float]]) -> ForwardBackwardOutput:
    return ForwardBackwardOutput("x", [{"logprobs": TensorData(data=row, dtype="float32")} for row in rows], {})


def inputs(datum, key):
    return datum.loss_fn_inputs[key].data


def test_an_example_is_shifted_and_only_answers_have_weight():
    datum = sft_datum(([7, 8, 9, 2], [False, False, True, True]), divisor=4)
    assert datum.model_input.to_ints() == [7, 8, 9]
    assert inputs(datum, "target_tokens") == [8, 9, 2]
    assert inputs(datum, "weights") == [0.0, 0.25, 0.25]


def test_the_mean_loss_is_over_the_answers_tokens():
    examples = [([7, 8, 9, 2], [False, False, True, True]), ([7, 2], [True, True])]
    assert mean_loss(examples, output([[-9.0, -1.0, -2.0], [-6.0]])) == pytest.approx(3.0)


def test_a_rollout_is_shifted_and_prompts_have_no_advantage():
    first, second, *_ = rollout_datums(PLAIN, [[0.5, 0.25], [-1.0], [0.0], [0.0, 0.0]])
    assert first.model_input.to_ints() == [5, 6, 7, 1]
    assert inputs(first, "target_tokens") == [6, 7, 1, 2]
    assert inputs(first, "logprobs") == [0.0, 0.0, -1.0, -2.0]
    assert inputs(first, "advantages") == [0.0, 0.0, 0.5, 0.25]
    assert second.model_input.to_ints() == [5, 6, 7]
    assert inputs(second, "advantages") == [0.0, 0.0, -1.0]


@pytest.mark.parametrize(
    ("normalisation", "shares"),
    [("token", [1 / 6] * 4), ("sequence", [1 / 8, 1 / 4, 1 / 4, 1 / 8]), ("constant", [1 / 16] * 4)],
)
def test_the_normalisation_is_in_the_advantages(normalisation, shares):
    rows = token_advantages(WHOLE, SETTINGS.model_copy(update={"normalisation": normalisation}))
    for row, advantage, share, length in zip(rows, [0.5, -0.5, -1.5, 1.5], shares, [2, 1, 1, 2], strict=True):
        assert row == pytest.approx([advantage * share] * length)


@pytest.mark.parametrize(
    ("normalisation", "shares"),
    [("token", [1 / 9] * 4), ("sequence", [1 / 12, 1 / 6, 1 / 6, 1 / 12]), ("constant", [1 / 24] * 4)],
)
def test_groups_without_a_signal_are_not_sent_and_count_all_the_same(normalisation, shares):
    settings = SETTINGS.model_copy(
        update={
            "normalisation": normalisation,
            "dynamic_sampling": False,
            "batch_size": 3,
            "average_over": "all_groups",
        }
    )
    constant = Group([5], [Completion([1, 2], [-1.0, -2.0], "stop"), Completion([3], [-0.5], "stop")], [1.0, 1.0], {})
    batch = step_batch([PLAIN[0], constant, PLAIN[1]], settings)
    assert (batch.groups, batch.completions, batch.tokens) == (PLAIN, 6, 9)
    for row, advantage, share in zip(token_advantages(batch, settings), [0.5, -0.5, -1.5, 1.5], shares, strict=True):
        assert row == pytest.approx([advantage * share] * len(row))


def test_the_kl_penalty_is_centred_over_the_tokens_and_pulls_towards_the_start():
    reference = [[-1.0, -2.0], [-0.5], [-0.25], [-6.0, -0.5]]  # the start finds one token less likely, by 3 nats
    rows = token_advantages(WHOLE, SETTINGS.model_copy(update={"kl_coef": 0.1}), reference)
    plain = token_advantages(WHOLE, SETTINGS)
    changes = [6 * (a - b) for row, base in zip(rows, plain, strict=True) for a, b in zip(row, base, strict=True)]
    assert changes == pytest.approx([0.05, 0.05, 0.05, 0.05, -0.25, 0.05])
    assert sum(changes) == pytest.approx(0.0)


@pytest.mark.parametrize("loss", ["ppo", "importance_sampling", "cispo"])
@pytest.mark.parametrize("normalisation", ["token", "sequence", "constant"])
def test_the_service_adds_up_to_the_loss_of_the_torch_backend(loss, normalisation):
    """The service's sum over tokens, with our advantages, is `PolicyLoss` with its own normalisation."""
    settings = SETTINGS.model_copy(update={"normalisation": normalisation})
    policy_loss = PolicyLoss(token_losses, Surrogate(loss, 0.2, 0.2), 0.0, None, normalisation, 4)
    now = [[-0.9, -2.5], [-0.4], [-0.1], [-3.0, -0.9]]
    lengths, old = [2, 1, 1, 2], [c.logprobs for group in PLAIN for c in group.completions]
    mask = torch.tensor([[1.0] * n + [0.0] * (2 - n) for n in lengths])
    square = [torch.tensor([row + [0.0] * (2 - len(row)) for row in rows]) for rows in (now, old)]
    expected, clipped = policy_loss(*square, None, torch.tensor([0.5, -0.5, -1.5, 1.5]), mask, 4, 6)
    ours = (now, old, token_advantages(WHOLE, settings))
    flat = [torch.tensor([value for row in rows for value in row]) for rows in ours]
    losses, is_clipped = policy_loss.token_losses(*flat, torch.ones_like(flat[0]))
    assert losses.sum().item() == pytest.approx(expected.item())
    assert is_clipped.sum() == clipped


def test_adam_is_torchs_and_takes_the_learning_rate_of_the_step():
    params = adam(GrpoSpec.model_construct(betas=[0.9, 0.95], weight_decay=0.1, max_grad_norm=0.5), 3e-4)
    assert (params.learning_rate, params.beta1, params.beta2, params.eps) == (3e-4, 0.9, 0.95, 1e-8)
    assert (params.weight_decay, params.grad_clip_norm) == (0.1, 0.5)


def test_figures_of_a_step_come_from_what_the_server_reports():
    assert logprobs(output([[-0.5, -0.25]])) == [[-0.5, -0.25]]
    assert grad_norm(OptimStepResponse(metrics={"skyrl.ai/grad_norm": 2.5, "skyrl.ai/learning_rate": 1.0})) == 2.5
    assert grad_norm(OptimStepResponse(metrics={"unclipped_grad_l2:mean": 1.5})) == 1.5
    assert grad_norm(OptimStepResponse(metrics=None)) is None
