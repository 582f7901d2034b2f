"""Texts in one row, with prompts read once: beside each text by itself, in every family."""

import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from tiny import job_of, save_tiny_model
from torch import Tensor
from torch.nn import functional as F

from gradus.sampling.protocol import Completion
from gradus.training.torch.completions import Batch
from gradus.training.torch.embedded import Start
from gradus.training.torch.module import attention
from gradus.training.torch.module.network import ModulePolicy, open_start
from gradus.training.torch.module.segments import Segments
from model_folders import model_of
from training.module.families import FAMILIES, save_family

READS_ROWS = set(FAMILIES) - {"qwen3_5_text"}
"""A recurrent layer reads a row as one text."""

SIZES = [(24, [1, 40, 2, 19]), (3, [5, 5, 1, 1]), (11, [30, 12, 6, 7])]
"""Tokens of a prompt and of its completions: some longer than the sliding windows, some that need no pass."""


@pytest.fixture(scope="module", params=list(FAMILIES))
def policy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ModulePolicy:
    root = tmp_path_factory.mktemp(request.param)
    weights = save_family(root / "model", request.param)
    settings = job_of(root, "direct_rl", method="full").settings
    policy = open_start(model_of(weights), settings, root).policy_of(None)
    assert policy.packed == (request.param in READS_ROWS)
    return policy


def batch() -> Batch:
    draw = random.Random(0)

    def tokens(count: int) -> list[int]:
        return [draw.randrange(3, 100) for _ in range(count)]

    completions = [[Completion(tokens(n), [-1.0] * n, "stop") for n in lengths] for _, lengths in SIZES]
    return Batch([tokens(prompt) for prompt, _ in SIZES], completions, [[0.0] * len(own) for own in completions])


def gradients(policy: ModulePolicy, packed: bool) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    policy.packed, before = packed, policy.packed
    made = batch()
    logprobs, entropy = policy.completion_logprobs("trained", made, 0.7)
    weight = torch.linspace(0.5, 1.5, logprobs.numel()).view(logprobs.shape)
    (logprobs * weight * made.mask_N_C).sum().div(100).backward()
    policy.packed = before
    found = {name: p.grad.clone() for name, p in policy.parameters.items() if p.grad is not None}
    for parameter in policy.parameters.values():
        parameter.grad = None
    return logprobs.detach(), entropy, found


def assert_same(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    torch.testing.assert_close(one[0], other[0], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(one[1], other[1], atol=1e-5, rtol=1e-5)
    assert one[2].keys() == other[2].keys()
    for name, gradient in one[2].items():
        torch.testing.assert_close(gradient, other[2][name], atol=1e-5, rtol=1e-4, msg=lambda m, n=name: f"{n}: {m}")


def test_a_prompt_that_is_read_once_has_the_gradient_of_rows(policy: ModulePolicy) -> None:
    if not policy.packed:
        pytest.skip("reads no rows")
    assert_same(gradients(policy, packed=True), gradients(policy, packed=False))


def test_the_fused_kernel_of_long_texts_has_the_same_gradient(
    policy: ModulePolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not policy.packed:
        pytest.skip("reads no rows")
    short = gradients(policy, packed=True)
    monkeypatch.setattr(attention, "MOST_SCORES", 0)
    assert_same(short, gradients(policy, packed=True))


def test_nothing_is_read_twice_and_no_padding(policy: ModulePolicy) -> None:
    read: list[int] = []
    hook = policy.scorer.model.get_input_embeddings().register_forward_hook(
        lambda module, arguments, result: read.append(arguments[0].numel())
    )
    policy.completion_logprobs("trained", batch(), 1.0)
    hook.remove()
    shared = sum(prompt + sum(n - 1 for n in lengths) for prompt, lengths in SIZES)
    rows = [prompt + n for prompt, lengths in SIZES for n in lengths]
    assert read == [shared if policy.packed else len(rows) * max(rows)]


@pytest.mark.parametrize("checkpointing", [False, True])
def test_both_networks_have_the_same_gradient(checkpointing: bool, tmp_path: Path) -> None:
    model = model_of(save_tiny_model(tmp_path / "model"))
    settings = job_of(tmp_path, "direct_rl", method="full", gradient_checkpointing=checkpointing).settings
    made, embedded = batch(), Start(model).policy("full", 1, 1.0, [], 0)
    logprobs, entropy = embedded.completion_logprobs(embedded.weights(), made, 0.7)
    weight = torch.linspace(0.5, 1.5, logprobs.numel()).view(logprobs.shape)
    (logprobs * weight * made.mask_N_C).sum().div(100).backward()
    expected = {name: p.grad for name, p in embedded.parameters.items()}
    policy = open_start(model, settings, tmp_path).policy_of(settings)
    assert policy.packed
    assert_same(gradients(policy, packed=True), (logprobs.detach(), entropy, expected))


@pytest.mark.parametrize("window", [None, 6])
def test_what_a_kernel_of_variable_lengths_is_told(window: int | None) -> None:
    """The flash kernel of a GPU, written out: queries end where their keys end."""
    segments = Segments([9, 4, 12, 5, 1], [None, None, 0, 1, 0], torch.device("cpu"))
    heads = SimpleNamespace(num_attention_heads=4, num_key_value_heads=2, head_dim=8)
    q, k, v = torch.randn(31, 8, 8).split([4, 2, 2], dim=1)
    found = attention._by_buckets(torch.cat([q, k, v], dim=1).flatten(1), heads, segments, window, 0.0)
    runs = segments.runs
    assert (runs.longest_query, runs.longest_key) == (12, 21)
    keys, values = k[runs.key_places], v[runs.key_places]
    expected = []
    ends = zip(runs.query_ends, runs.query_ends[1:], runs.key_ends, runs.key_ends[1:], strict=False)
    for query, query_end, key, key_end in ends:
        size = int(key_end - key), int(query_end - query)
        distance = torch.arange(size[0] - size[1], size[0])[:, None] - torch.arange(size[0])
        seen = (distance >= 0) & (distance < (window or 100))
        rows = (q[query:query_end], keys[key:key_end], values[key:key_end])
        parts = (x.transpose(0, 1).repeat_interleave(4 // x.shape[1], dim=0) for x in rows)
        expected.append(F.scaled_dot_product_attention(*parts, seen, scale=1.0).transpose(0, 1).flatten(1))
    torch.testing.assert_close(found, torch.cat(expected), atol=1e-6, rtol=1e-5)
