"""The same training by transformers and torch's own AdamW, row by row, for tests that follow a loop step by step."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import AutoModelForCausalLM

from gradus.training.optimizer import Optimizer

Weights = dict[str, Tensor]


def weights_after_updates(monkeypatch: pytest.MonkeyPatch) -> list[Weights]:
    """A list that every update of our loops appends the weights to that it ends in."""
    updated: list[Weights] = []
    step = Optimizer.step

    def stepped(self: Optimizer, learning_rate: float) -> float:
        norm = step(self, learning_rate)
        updated.append({name: p.detach().clone() for name, p in self.parameters.items()})
        return norm

    monkeypatch.setattr(Optimizer, "step", stepped)
    return updated


def same(first: Weights, second: Weights) -> bool:
    return all(torch.equal(tensor, second[name]) for name, tensor in first.items())


class Network:
    """A model as transformers has it, every parameter trained by torch's AdamW (its settings are those of a spec)."""

    def __init__(self, weights: Path, settings: dict[str, Any]) -> None:
        self.model = AutoModelForCausalLM.from_pretrained(weights.parent, dtype=torch.float32).eval()
        self.parameters = dict(self.model.named_parameters())
        self.max_grad_norm = settings.max_grad_norm
        matrices = [p for p in self.parameters.values() if p.ndim > 1]
        vectors = [p for p in self.parameters.values() if p.ndim == 1]
        decay = [{"params": matrices, "weight_decay": settings.weight_decay}, {"params": vectors, "weight_decay": 0}]
        self.optimizer = torch.optim.AdamW(decay, betas=tuple(settings.betas), eps=1e-8)

    def logprobs(self, prompt: list[int], ids: list[int], temperature: float = 1.0) -> Tensor:
        """Log-probabilities [C, V] from which each of the ids is drawn."""
        logits = self.model(torch.tensor([prompt + ids])).logits[0, len(prompt) - 1 : -1]
        return (logits / temperature).log_softmax(-1)

    def of(self, prompt: list[int], ids: list[int], temperature: float = 1.0) -> Tensor:
        """Log-probability [C] of each of the ids."""
        return self.logprobs(prompt, ids, temperature).gather(-1, torch.tensor(ids)[:, None]).squeeze(-1)

    def greedy(self, prompt: list[int], most: int, ends: set[int]) -> list[int]:
        """The likeliest tokens, one by one, up to an end."""
        ids: list[int] = []
        with torch.no_grad():
            while len(ids) < most and (not ids or ids[-1] not in ends):
                ids.append(int(self.model(torch.tensor([prompt + ids])).logits[0, -1].argmax()))
        return ids

    def step(self, loss: Tensor, learning_rate: float) -> float:
        """One update; returns the norm of its gradient."""
        self.optimizer.zero_grad()
        loss.backward()
        norm = float(torch.stack([p.grad.pow(2).sum() for p in self.parameters.values()]).sum().sqrt())
        if norm > self.max_grad_norm:
            for p in self.parameters.values():
                p.grad *= self.max_grad_norm / norm
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        self.optimizer.step()
        return norm

    def take_up(self, weights: Weights) -> None:
        with torch.no_grad():
            for name, p in self.parameters.items():
                p.copy_(weights[name])

    def distance(self, weights: Weights, part: str = "model.layers.") -> float:
        """Of these weights to the network's own, in parameters whose names begin with `part`.

        AdamW makes whole steps of the rounding in gradients that are next to nothing, as embeddings of tokens that
        nobody wrote have; inside the network there are none.
        """
        pairs = [(p.detach(), weights[name]) for name, p in self.parameters.items() if name.startswith(part)]
        return float(torch.stack([(ours - theirs).pow(2).sum() for ours, theirs in pairs]).sum().sqrt())
