import dataclasses

import pytest
import torch

from gradus.models.qwen3 import completion_hidden, hidden_states, init_weights, logits, token_logprobs
from gradus.models.store import save_model


def rows(*lengths: int, vocab: int = 300) -> list[list[int]]:
    generator = torch.Generator().manual_seed(sum(lengths))
    return [torch.randint(3, vocab, (length,), generator=generator).tolist() for length in lengths]


def padded(sequences: list[list[int]]) -> torch.Tensor:
    width = max(map(len, sequences))
    return torch.tensor([row + [0] * (width - len(row)) for row in sequences])


def test_logits_equal_transformers(tmp_path, arch, weights):
    from transformers import AutoModelForCausalLM

    save_model(tmp_path, arch, weights)
    reference = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert type(reference).__name__ == "Qwen3ForCausalLM"
    assert reference.num_parameters() == arch.parameter_count
    ids = padded(rows(9, 17, 1))
    lengths = [9, 17, 1]
    with torch.no_grad():
        expected = reference(ids).logits
        found = logits(weights, hidden_states(weights, arch, ids))
    for row, length in enumerate(lengths):
        torch.testing.assert_close(found[row, :length], expected[row, :length], atol=1e-4, rtol=1e-4)


def test_padding_on_the_right_changes_nothing(arch, weights):
    short, long = rows(5, 12)
    alone = hidden_states(weights, arch, torch.tensor([short]))
    together = hidden_states(weights, arch, padded([short, long]))
    torch.testing.assert_close(together[:1, :5], alone, atol=1e-5, rtol=1e-5)


def test_segments_leave_out_the_padding_only(arch, weights):
    sequences = rows(5, 12, 1)
    real = torch.arange(12) < torch.tensor([5, 12, 1])[:, None]
    every = hidden_states(weights, arch, padded(sequences))
    found = hidden_states(weights, arch, padded(sequences), torch.where(real, 0, -1))
    torch.testing.assert_close(found[real], every[real], atol=1e-5, rtol=1e-5)
    assert not found[~real].any()


def test_documents_in_a_row_do_not_see_each_other(arch, weights):
    first, second, third, fourth = rows(3, 4, 2, 6)
    ids = padded([first + second + third, fourth])
    segments = torch.tensor([[0, 0, 0, 1, 1, 1, 1, 2, 2], [0, 0, 0, 0, 0, 0, -1, -1, -1]])
    together = hidden_states(weights, arch, ids, segments)
    alone = [hidden_states(weights, arch, torch.tensor([row]))[0] for row in (first, second, third, fourth)]
    torch.testing.assert_close(together[segments >= 0], torch.cat(alone), atol=1e-5, rtol=1e-5)


def test_gradients_equal_transformers(tmp_path, arch, weights):
    from transformers import AutoModelForCausalLM

    save_model(tmp_path, arch, weights)
    reference = AutoModelForCausalLM.from_pretrained(tmp_path)
    own = trainable(weights)
    sequences = rows(9, 4)
    direction = torch.randn(13, arch.vocab_size, generator=torch.Generator().manual_seed(3)) / 13
    expected = torch.cat([reference(torch.tensor([row])).logits[0] for row in sequences])
    (expected * direction).sum().backward()
    real = torch.arange(9) < torch.tensor([9, 4])[:, None]
    states = hidden_states(own, arch, padded(sequences), torch.where(real, 0, -1))[real]
    (logits(own, states) * direction).sum().backward()
    for name, parameter in reference.named_parameters():
        torch.testing.assert_close(own[name].grad, parameter.grad, atol=1e-5, rtol=1e-3, msg=name)


def trainable(weights):
    return {name: tensor.clone().requires_grad_() for name, tensor in weights.items()}


def assert_shared_equals_separate(arch, weights, prompts, completions, prompt_of, with_lengths):
    first, second = trainable(weights), trainable(weights)
    prompt_lengths = torch.tensor([len(prompt) for prompt in prompts])
    lengths = torch.tensor([len(row) for row in completions]) if with_lengths else None
    shared = completion_hidden(
        first, arch, padded(prompts), prompt_lengths, padded(completions), torch.tensor(prompt_of), lengths
    )
    found = torch.cat([shared[n, : len(row)] for n, row in enumerate(completions)])
    separate = []
    for n, row in enumerate(completions):
        prompt = prompts[prompt_of[n]]
        states = hidden_states(second, arch, torch.tensor([prompt + row]))
        separate.append(states[0, len(prompt) - 1 : -1])
    expected = torch.cat(separate)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)

    direction = torch.randn(expected.shape, generator=torch.Generator().manual_seed(1)) / len(expected)
    (found * direction).sum().backward()
    (expected * direction).sum().backward()
    for name in weights:
        torch.testing.assert_close(first[name].grad, second[name].grad, atol=1e-5, rtol=1e-4, msg=name)


@pytest.mark.parametrize("with_lengths", [False, True])
@pytest.mark.parametrize(
    ("prompts", "completions", "prompt_of"),
    [
        pytest.param((5, 1, 11), (4, 7, 1, 3, 6, 2), [0, 0, 1, 1, 2, 2], id="groups"),
        pytest.param((3, 8, 2), (4, 1, 5, 2, 3), [2, 0, 2, 1, 2], id="any order and number"),
        pytest.param((3, 8), (1, 1, 1), [0, 1, 1], id="completions of one token"),
        pytest.param((4, 4), (5, 5, 5), [0, 1, 1], id="no padding"),
    ],
)
def test_shared_prompts_equal_separate_rows(arch, weights, prompts, completions, prompt_of, with_lengths):
    assert_shared_equals_separate(arch, weights, rows(*prompts), rows(*completions), prompt_of, with_lengths)


def test_one_key_value_head(arch):
    arch = dataclasses.replace(arch, num_key_value_heads=1)
    assert_shared_equals_separate(arch, init_weights(arch, 3, 0.3), rows(5, 2), rows(4, 1, 3), [0, 1, 1], True)


def test_token_logprobs_and_entropy_with_gradients(arch, weights):
    hidden = torch.randn(11, arch.hidden_size, generator=torch.Generator().manual_seed(2))
    targets = torch.arange(11) * 7
    results = []
    for own in (True, False):
        leaf, w = hidden.clone().requires_grad_(), trainable(weights)
        if own:
            chosen, entropy = token_logprobs(w, leaf, targets, temperature=0.7, entropy=True)
        else:
            log_probs = torch.log_softmax(leaf @ w["model.embed_tokens.weight"].T / 0.7, dim=-1)
            chosen, entropy = log_probs[torch.arange(11), targets], -(log_probs.exp() * log_probs).sum(-1)
        (chosen * torch.arange(11.0)).sum().backward()
        results.append((chosen, entropy, leaf.grad, w["model.embed_tokens.weight"].grad))
    for found, expected in zip(*results, strict=True):
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
    assert token_logprobs(weights, hidden, targets)[1] is None


def test_initial_weights_are_a_function_of_the_seed(arch):
    first, again, other = init_weights(arch, 1), init_weights(arch, 1), init_weights(arch, 2)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["model.embed_tokens.weight"], other["model.embed_tokens.weight"])
    assert sum(tensor.numel() for tensor in first.values()) == arch.parameter_count
