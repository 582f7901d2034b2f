"""Micro-batches of completions as tensors. What an environment said within one is read, and not learned.

Shape suffixes: P prompts, S prompt positions, G completions of a group, N completions, C completion positions,
R tokens of completions without padding.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from gradus.sampling.protocol import Completion
from gradus.training.batches import padded
from gradus.training.groups import Group
from gradus.training.ranks import ALONE, Ranks
from gradus.training.torch.network import Policy


def micro_batches(
    groups: Sequence[Group], advantages: Sequence[Sequence[float]], policy: Policy, ranks: Ranks = ALONE
) -> list["Batch"]:
    """Groups, or parts of them, as the policy splits them into passes, those of this rank; none for no groups."""
    if not groups:
        return []
    prompts = [len(group.prompt_ids) for group in groups]
    completions = [[len(c.token_ids) for c in group.completions] for group in groups]
    return [
        Batch(
            [groups[i].prompt_ids for i, _ in part],
            [[groups[i].completions[place] for place in places] for i, places in part],
            [[advantages[i][place] for place in places] for i, places in part],
            policy.device,
            counts,
        )
        for part, counts in ranks.deal(policy.split_groups(prompts, completions))
    ]


class Batch:
    """Tensors of a micro-batch: P prompts, N completions of at most C tokens; those of N and C are on the device.

    counts: False where it goes through the model for other ranks' sake only, see `Ranks.deal`.
    """

    def __init__(
        self,
        prompts: Sequence[list[int]],
        completions: Sequence[Sequence[Completion]],
        advantages: Sequence[Sequence[float]],
        device: torch.device | str = "cpu",
        counts: bool = True,
    ) -> None:
        self.counts = counts
        self.advantages = torch.tensor([advantage for row in advantages for advantage in row])
        """[N], or [N, C] once a teacher has added to those of the tokens."""
        self.prompts_P_S = padded(prompts, fill=0)
        self.prompt_lengths_P = torch.tensor([len(ids) for ids in prompts])
        sizes_P = torch.tensor([len(own) for own in completions])
        self.prompt_of_N = torch.arange(len(prompts)).repeat_interleave(sizes_P)
        every = [c for own in completions for c in own]
        self.tokens_N_C = padded([c.token_ids for c in every], fill=0)
        self.lengths_N = torch.tensor([len(c.token_ids) for c in every])
        real_N_C = torch.arange(self.tokens_N_C.shape[1]) < self.lengths_N[:, None]
        self.old_N_C = torch.zeros(self.tokens_N_C.shape)
        self.old_N_C[real_N_C] = torch.tensor([x for c in every for x in c.logprobs])
        self.mask_N_C = real_N_C.float()
        self.written_R: Tensor | None = None
        if any(c.given for c in every):
            self.written_R = torch.tensor([flag for c in every for flag in c.written])
            self.mask_N_C[real_N_C] = self.written_R.float()
        self.reference_N_C: Tensor | None = None
        self.weights: Tensor | None = None
        """Importance weights [N, C] or [N, 1] where the sampler is not quite the model: `rollouts/importance.py`."""
        self.texts = [(ids, [c.token_ids for c in own]) for ids, own in zip(prompts, completions, strict=True)]
        for name in ("advantages", "tokens_N_C", "mask_N_C", "old_N_C"):
            setattr(self, name, getattr(self, name).to(device))
