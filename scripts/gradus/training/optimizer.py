"""Optimizers over named tensors, with gradient clipping, and their state as plain tensors."""

import re
from collections.abc import Sequence

import torch
from torch import Tensor

from gradus.specs.training import TrainingSpec
from gradus.training.sliced_adamw import SlicedAdamW, divided_alike

Named = dict[str, Tensor]

EMBEDDING = re.compile("embed|[.]w[tp]e[.]")
"""In the names of embeddings; GPT-2's are wte, of tokens, and wpe, of positions."""


def kernel_of(parameters: Sequence[Tensor]) -> dict[str, bool]:
    """Which of AdamW's: one launch for all tensors on GPUs, else an operation at a time over all tensors."""
    fused = all(p.is_cuda for p in parameters)
    return {"fused": fused, "foreach": not fused}


class Optimizer:
    """torch's AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101), or Muon on the matrices inside the network.

    Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/, with the update scaled to AdamW's as in
    arXiv:2502.16982) is for pretraining: a pocket model reaches AdamW's loss in about a quarter of the steps.
    Embeddings and vectors stay with AdamW, and vectors are never decayed. Weights in bfloat16, and `paged` moments, are
    computed in slices, see `SlicedAdamW`, which draws from `seed`.
    """

    def __init__(
        self,
        parameters: Named,
        betas: Sequence[float],
        weight_decay: float,
        max_grad_norm: float,
        muon: bool = False,
        paged: bool = False,
        seed: int = 0,
    ) -> None:
        self.parameters = parameters
        self.max_grad_norm = max_grad_norm
        inner = [p for name, p in parameters.items() if muon and p.ndim == 2 and not EMBEDDING.search(name)]
        others = [p for p in parameters.values() if all(p is not q for q in inner)]
        groups = [
            {"params": [p for p in others if p.ndim > 1], "weight_decay": weight_decay},
            {"params": [p for p in others if p.ndim <= 1], "weight_decay": 0.0},
        ]
        groups = [group for group in groups if group["params"]]
        self._optimizers: list[torch.optim.Optimizer] = []
        pair = (betas[0], betas[1])
        if groups and (paged or any(p.dtype == torch.bfloat16 for p in others)):
            self._optimizers.append(SlicedAdamW(groups, pair, paged, seed))
        elif groups:
            self._optimizers.append(torch.optim.AdamW(groups, lr=0.0, betas=pair, eps=1e-8, **kernel_of(others)))
        if inner:
            scaled = "match_rms_adamw"
            self._optimizers.append(torch.optim.Muon(inner, lr=0.0, weight_decay=weight_decay, adjust_lr_fn=scaled))

    @classmethod
    def of(cls, settings: TrainingSpec, parameters: Named) -> "Optimizer":
        """That of an experiment."""
        paged, seed = settings.optimizer == "paged_adamw", settings.seed
        shared = settings.betas, settings.weight_decay, settings.max_grad_norm
        return cls(parameters, *shared, paged=paged, seed=seed)

    def step(self, learning_rate: float) -> float:
        """One update from the gradients in place, which are then dropped. Returns their norm before clipping."""
        norm = torch.nn.utils.clip_grad_norm_(self.parameters.values(), self.max_grad_norm, foreach=True)
        # Where parameters are divided among ranks all have clipped by the whole norm, and this is how it is read.
        norm = getattr(norm, "full_tensor", lambda: norm)()
        for optimizer in self._optimizers:
            for group in optimizer.param_groups:
                group["lr"] = learning_rate
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return float(norm)

    def state(self) -> Named:
        """Parameters and moments, for a file to resume from."""
        tensors = {f"parameter/{name}": p.detach() for name, p in self.parameters.items()}
        for optimizer in self._optimizers:
            for name, p in self.parameters.items():
                for key, value in optimizer.state.get(p, {}).items():
                    tensors[f"{key}/{name}"] = divided_alike(p, value.detach())
        return tensors

    def restore(self, tensors: Named) -> None:
        """Set parameters and moments to those of `state`, or of those parameters that are in it."""
        found: dict[str, Named] = {}
        for path, tensor in tensors.items():
            key, name = path.split("/", 1)
            found.setdefault(name, {})[key] = tensor
        for optimizer in self._optimizers:
            for group in optimizer.param_groups:
                for p in group["params"]:
                    name = next(n for n, q in self.parameters.items() if q is p)
                    # The fused kernel counts steps where the parameters are, others on the CPU.
                    counted = p.device if group.get("fused") else torch.device("cpu")
                    for key, tensor in found.get(name, {}).items():
                        if key == "parameter":
                            with torch.no_grad():
                                p.copy_(tensor)
                        else:
                            optimizer.state[p][key] = tensor.clone().to(counted if key == "step" else p.device)
                    if isinstance(optimizer, SlicedAdamW):
                        optimizer.page_out(p)  # before the next one's moments take the same room
