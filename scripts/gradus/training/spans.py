"""Named ranges of a training step: NVTX ranges on a GPU, which `nsys` and `ncu` read, and records of `torch.profiler`
wherever one runs.

Of a step of group-relative policy optimisation: `rollout_generation`, `reward_computation`, `advantage_computation`
and `policy_update`, which has `policy_loss_backward` (with a `forward` and a `backward` for each micro-batch) and
`optimizer_step`. Rollouts of the next step that are drawn meanwhile are `async_next_rollout`. A step of supervised
fine-tuning is `forward`, `backward` and `optimizer_step`.
"""

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Literal

import torch
from torch.autograd import profiler

Range = Literal[
    "forward",
    "backward",
    "optimizer_step",
    "rollout_generation",
    "reward_computation",
    "advantage_computation",
    "policy_loss_backward",
    "async_next_rollout",
    "policy_update",
]

_NOTHING = nullcontext()


def span(name: Range) -> AbstractContextManager[object]:
    """What runs within `with span(name):` is a range of this name; without a profiler it costs a microsecond."""
    # A build of torch without CUDA raises on NVTX, and never initialises it.
    if profiler._is_profiler_enabled or torch.cuda.is_initialized():
        return _recorded(name)
    return _NOTHING


@contextmanager
def _recorded(name: Range) -> Generator[None]:
    nvtx = torch.cuda.is_initialized()
    if nvtx:
        torch.cuda.nvtx.range_push(name)
    try:
        with profiler.record_function(name):
            yield
    finally:
        if nvtx:
            torch.cuda.nvtx.range_pop()
