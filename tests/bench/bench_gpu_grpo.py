"""GRPO steps of a Qwen3-4B-shaped model with random weights: peak memory beside the memory plan, seconds, tokens/s.

    python tests/bench/bench_gpu_grpo.py                      # on a GPU the shape of Qwen3-4B, on a CPU a pocket one
    python tests/bench/bench_gpu_grpo.py --max-new 1024 --method lora
    python tests/bench/bench_gpu_grpo.py --fake               # no GPU: Qwen3-4B's update on tensors without bytes

Needs torch, transformers, peft and accelerate only; TRL and vLLM need not be there. A step is what TRL's GRPOTrainer
does with transformers' generation: rollouts by `generate`, old log-probabilities without gradients, then the update in
micro-batches with gradient checkpointing, bfloat16 by autocast, the output projection in tiles, and AdamW in one
kernel. Rewards are random and completions are never ended before `--max-new`, so every step is as large as can be.

Memory is what is in tensors: torch's own count on a GPU, on a CPU the bytes of all storages that are there (`Held`,
which costs time; speeds come from a step without it). The plan is `gradus.estimates.memory`'s, without its overhead.
"""

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from quick import parsed

from estimates.held import Held, fake, network
from estimates.tiled import TILE, TiledLogprobs
from gradus.estimates.flops import Work, peak_flops, training_flops
from gradus.estimates.generation import Generation
from gradus.estimates.known import KNOWN
from gradus.estimates.memory import GB, Memory, Training, training_memory
from gradus.estimates.shape import Shape

POCKET = Shape(512, 128, 384, 3, 4, 1, 32, tied=True)
TOLERANCE = 0.15


@dataclass
class Bench:
    """One model and what a step needs of the options."""

    model: nn.Module
    shape: Shape
    device: str
    options: argparse.Namespace

    @property
    def rows(self) -> int:
        return self.options.micro_batch * self.options.accumulate

    def rollouts(self) -> Tensor:
        """Prompts with completions [rows, prompt + new]: prompts are random, and every group has one."""
        o = self.options
        prompts = torch.randint(5, self.shape.vocabulary, (self.rows // o.group, o.prompt), device=self.device)
        prompts = prompts.repeat_interleave(o.group, 0)
        self.model.eval()
        with torch.no_grad():
            return self.model.generate(
                input_ids=prompts,
                attention_mask=torch.ones_like(prompts),
                do_sample=True,
                temperature=1.0,
                top_k=0,
                max_new_tokens=o.max_new,
                min_new_tokens=o.max_new,
                pad_token_id=0,
                use_cache=True,
            )

    def logprobs(self, texts: Tensor) -> Tensor:
        """Of the completions' tokens [rows, new]."""
        new = self.options.max_new
        whole = self.model.base_model.model if hasattr(self.model, "peft_config") else self.model
        with torch.autocast(self.device, torch.bfloat16):
            hidden = whole.model(input_ids=texts, attention_mask=torch.ones_like(texts), use_cache=False)
            kept = hidden.last_hidden_state[:, -new - 1 : -1]
            del hidden
            flat = TiledLogprobs.apply(
                kept.reshape(-1, kept.shape[-1]), whole.lm_head.weight, texts[:, -new:].reshape(-1), 1.0
            )
        return flat.view(len(texts), new)

    def score(self, texts: Tensor) -> Tensor:
        """Old log-probabilities, as GRPO with several updates a batch needs them."""
        self.model.train()
        with torch.no_grad():
            return torch.cat([self.logprobs(part) for part in texts.split(self.options.micro_batch)])

    def update(self, texts: Tensor, old: Tensor, optimizer: torch.optim.Optimizer) -> None:
        """One optimizer step on all rows: the clipped objective on random advantages within each group."""
        o = self.options
        self.model.train()
        rewards = torch.rand(self.rows // o.group, o.group, device=self.device)
        advantages = ((rewards - rewards.mean(1, keepdim=True)) / rewards.std(1, keepdim=True)).flatten()
        for at in range(0, self.rows, o.micro_batch):
            part = slice(at, at + o.micro_batch)
            ratio = (self.logprobs(texts[part]) - old[part]).exp()
            gain = torch.minimum(ratio * advantages[part, None], ratio.clamp(0.8, 1.2) * advantages[part, None])
            (-gain.mean() / o.accumulate).backward()
        nn.utils.clip_grad_norm_([p for p in self.model.parameters() if p.requires_grad], 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


class Meter:
    """Seconds and the peak of tensors of each phase."""

    def __init__(self, device: str, held: Held | None) -> None:
        self.device, self.held = device, held
        self.seconds: dict[str, float] = {}
        self.peaks: dict[str, int] = {}

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        if self.device == "cuda":
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
        elif self.held is not None:
            self.held.peak = self.held.now
        begin = time.perf_counter()
        yield
        if self.device == "cuda":
            torch.cuda.synchronize()
            self.peaks[name] = torch.cuda.max_memory_allocated()
        elif self.held is not None:
            self.peaks[name] = self.held.peak
        self.seconds[name] = time.perf_counter() - begin


def materialise(model: nn.Module, device: str) -> None:
    """Random weights in place of none; scales of norms stay at one, so that numbers stay in range."""
    generator = torch.Generator(device).manual_seed(0)
    for module in model.modules():
        for name, old in list(module._parameters.items()):
            if old is None:
                continue
            new = torch.empty(old.shape, dtype=old.dtype, device=device)
            with torch.no_grad():
                new.normal_(0, 0.02, generator=generator) if old.ndim > 1 else new.fill_(1)
            module._parameters[name] = nn.Parameter(new, requires_grad=old.requires_grad)
    whole = model.base_model.model if hasattr(model, "peft_config") else model
    whole.tie_weights()
    rotary = whole.model.rotary_emb
    whole.model.rotary_emb = type(rotary)(whole.config).to(device)


def planned(shape: Shape, method: str, options: argparse.Namespace) -> tuple[Memory, int]:
    """The plan, and what it says of rollouts."""
    rows, length = options.micro_batch * options.accumulate, options.prompt + options.max_new
    work = Training(
        shape=shape,
        method=method,  # type: ignore[arg-type] checked by argparse
        bf16=True,
        checkpointing=True,
        optimizer="adamw",
        rows=options.micro_batch,
        length=length,
        scored=options.max_new,
        accumulates=options.accumulate > 1,
        rank=64,
        targets=tuple(shape.projections),
        tile=TILE,
    )
    drawn = replace(work, generation=Generation("model", rows, length, options.prompt))
    update, both = training_memory(work, 0, overhead=0), training_memory(drawn, 0, overhead=0)
    return update, both.weights + both.adapter + both.optimizer + both.cache


def measure(shape: Shape, method: str, device: str, options: argparse.Namespace) -> bool:
    """Print one method's table; whether the plan held."""
    model = network(shape, 64, "bfloat16") if method == "lora" else network(shape, 0, "autocast")
    held = Held() if device == "cpu" else None
    with contextlib.ExitStack() as stack:
        if options.fake:
            stack.enter_context(fake(model))
        else:
            materialise(model, device)
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        if method == "lora":
            model.enable_input_require_grads()
        if held is not None:
            for tensor in (*model.parameters(), *model.buffers()):
                held.add(tensor)
        bench = Bench(model, shape, device, options)
        trained = [p for p in model.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(trained, lr=1e-6, fused=device == "cuda")
        meter = Meter(device, held)
        for number in range(options.steps):
            # On a CPU the count slows everything down: the last step is for the clock alone.
            counts = held is not None and (options.fake or number < options.steps - 1)
            meter.held = held if counts else None
            with held if counts and held is not None else contextlib.nullcontext():
                if options.fake:
                    texts = torch.zeros((bench.rows, options.prompt + options.max_new), dtype=torch.long)
                else:
                    with meter.phase("rollout"):
                        texts = bench.rollouts()
                with meter.phase("scoring"):
                    old = bench.score(texts)
                with meter.phase("update"):
                    bench.update(texts, old, optimizer)
    return show(method, shape, meter, options, *planned(shape, method, options))


def show(
    method: str, shape: Shape, meter: Meter, options: argparse.Namespace, plan: Memory, plan_rollouts: int
) -> bool:
    rows = options.micro_batch * options.accumulate
    new, texts = rows * options.max_new, rows * (options.prompt + options.max_new)
    print(
        f"\n{method}: {shape.parameters / 1e6:,.1f}M parameters, {options.accumulate} x {options.micro_batch} "
        f"completions in groups of {options.group}, {options.prompt} + {options.max_new} tokens, {meter.device}"
        f"{', tensors without bytes' if options.fake else ''}"
    )
    print(f"{'':10}{'seconds':>10}{'share':>8}{'tokens/s':>12}{'peak GB':>10}{'planned':>10}{'off by':>9}")
    total = sum(meter.seconds.values())
    kept = True
    for name, seconds in meter.seconds.items():
        peak = meter.peaks[name]
        expected = {"rollout": plan_rollouts, "update": plan.total}.get(name)
        speed = "" if options.fake else f"{(new if name == 'rollout' else texts) / seconds:,.0f}"
        off = "" if expected is None else f"{expected / peak - 1:+.1%}"
        kept &= expected is None or abs(expected / peak - 1) <= TOLERANCE
        print(
            f"{name:10}{seconds:10.2f}{seconds / total:8.0%}{speed:>12}{_gb(peak):>10}"
            f"{'' if expected is None else _gb(expected):>10}{off:>9}"
        )
    work = Work(texts, new, (options.prompt + options.max_new) / 2)
    rank, targets = (64, tuple(shape.projections)) if method == "lora" else (0, ())
    update = training_flops(shape, work, rank, targets) / meter.seconds["update"]
    peak = peak_flops(torch.cuda.get_device_name()) if torch.cuda.is_available() else None
    share = "" if peak is None else f", {update / peak:.1%} of the peak in bfloat16"
    print(f"update: {update / 1e12:,.2f} TFLOP/s{share}" * (not options.fake))
    parts = ("weights", "adapter", "gradients", "optimizer", "activations", "logits")
    print("of the update: " + ", ".join(f"{part} {_gb(getattr(plan, part))}" for part in parts))
    print(f"{new / total:,.0f} completion tokens a second over the whole step" * (not options.fake), flush=True)
    return kept


def _gb(value: int) -> str:
    return f"{value / GB:.2f}" if value > GB / 10 else f"{value / GB:.4f}"


def main() -> None:
    gpu = torch.cuda.is_available()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--method", choices=("lora", "full", "both"), default="both")
    parser.add_argument("--fake", action="store_true", help="only the update, on tensors without bytes")
    parser.add_argument("--micro-batch", type=int, default=8, help="completions of a pass")
    parser.add_argument("--accumulate", type=int, default=8, help="passes of a step")
    parser.add_argument("--group", type=int, default=8)
    parser.add_argument("--prompt", type=int, help="tokens (256; 64 on a CPU)")
    parser.add_argument("--max-new", type=int, help="tokens (2,048; 64 on a CPU)")
    parser.add_argument("--steps", type=int, default=2, help="the last one counts: the first has no moments yet")
    options = parsed(parser, method="lora", micro_batch=2, accumulate=2, group=2, prompt=16, max_new=8, steps=1)
    large = gpu or options.fake
    options.prompt = options.prompt or (256 if large else 64)
    options.max_new = options.max_new or (2048 if large else 64)
    if not gpu and not options.fake:
        options.steps += 1  # one for the clock
        torch.set_num_threads(1)
    shape = KNOWN["Qwen/Qwen3-4B"] if large else POCKET
    device = "cuda" if gpu and not options.fake else "cpu"
    methods = ("lora", "full") if options.method == "both" else (options.method,)
    kept = [measure(shape, method, device, options) for method in methods]
    print(f"\nwithin {TOLERANCE:.0%} of the plan: {'yes' if all(kept) else 'NO'}")


if __name__ == "__main__":
    main()
