"""Process-wide settings of torch for a tiny model on one core. Scripts call this once, before any computation."""

import torch

# A product of standard normal matrices over 256 terms is off by about 1e-5 in float32 and by 0.1 in bfloat16.
LARGEST_ERROR = 1e-3


def use_one_fast_thread() -> None:
    """One thread, and fast products. Two threads share a tiny model badly, so jobs run side by side instead."""
    torch.set_num_threads(1)
    use_fast_products()


def use_fast_products() -> None:
    """float32 matrix products by oneDNN.

    For float32 torch takes MKL, which uses half of the vector width on processors that are not Intel's: oneDNN was 2.2
    times faster on one. torch takes oneDNN only when reduced precision is allowed; oneDNN then still computes in
    float32 where the processor has no matrix units. That is measured here, and where it does not hold the setting is
    taken back.
    """
    generator = torch.Generator().manual_seed(0)
    a, b = torch.randn(256, 256, generator=generator), torch.randn(256, 256, generator=generator)
    torch.set_float32_matmul_precision("medium")
    exact = a.double() @ b.double()
    batched = torch.stack([a, b]) @ torch.stack([b, a])
    error = max((a @ b - exact).abs().max().item(), (batched[0] - exact).abs().max().item())
    if error > LARGEST_ERROR:
        torch.set_float32_matmul_precision("highest")
