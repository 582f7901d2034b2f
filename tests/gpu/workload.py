"""The work that the GPU check measures: a step of GRPO on a model with random weights, in the product's own pieces."""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from tiny import job_of, made_group, save_tiny_model
from transformers import Qwen3Config, Qwen3ForCausalLM

from gradus.estimates.known import KNOWN
from gradus.estimates.shape import Shape
from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.sampling.protocol import Completion, Decoding
from gradus.specs.training import GrpoSpec
from gradus.training.causal_lm import Loaded
from gradus.training.groups import Group
from gradus.training.optimizer import Optimizer
from gradus.training.ranks import ALONE
from gradus.training.rollouts.transformers import TransformersRollouts
from gradus.training.step_batch import step_batch
from gradus.training.torch import grpo
from gradus.training.torch.module.network import ModulePolicy

POCKET = Shape(512, 128, 384, 3, 4, 1, 32, tied=True)
SHAPES = {"pocket": POCKET, "4b": KNOWN["Qwen/Qwen3-4B"]}


@dataclass(frozen=True)
class Workload:
    """rows: completions of a step, in groups of `group`, of `prompt` + `new` tokens."""

    name: str
    shape: Shape
    rows: int
    group: int
    prompt: int
    new: int
    scratch: Path

    @classmethod
    def of(cls, name: str, scratch: Path) -> "Workload":
        sizes = (64, 8, 256, 256) if name == "4b" else (8, 4, 16, 16)
        save_tiny_model(scratch / "tokenizer")
        return cls(name, SHAPES[name], *sizes, scratch)

    @property
    def device(self) -> torch.device:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def about(self) -> str:
        device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
        size = f"{self.shape.parameters / 1e6:,.1f}M parameters, LoRA 64"
        return f"{device}: {self.name}, {size}, {self.rows} x ({self.prompt} + {self.new}) tokens a step"

    def settings(self, **changes: Any) -> GrpoSpec:
        """Of the step: Dr. GRPO with an adapter in bfloat16, without a reference."""
        fixed = {
            "network": "transformers",
            "method": "lora",
            "lora": {"rank": 64, "alpha": 64, "dropout": 0.0, "targets": list(self.shape.projections)},
            "bf16": True,
            "gradient_checkpointing": True,
            "batch_size": self.rows // self.group,
            "group_size": self.group,
            "max_tokens": self.new,
            "kl_guard": None,
            "rewards": {"random": {"weight": 1.0}},
            "learning_rate": 1e-6,
        }
        return job_of(self.scratch, "dr_grpo", **fixed | changes).settings

    def loaded(self, settings: GrpoSpec, device: torch.device | None = None) -> Loaded[GrpoSpec]:
        """A model with random weights, the same on every device where it is small enough to be made on the host."""
        shape, device = self.shape, device or self.device
        config = Qwen3Config(
            vocab_size=shape.vocabulary,
            hidden_size=shape.hidden,
            intermediate_size=shape.inner,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            num_key_value_heads=shape.kv_heads,
            head_dim=shape.head,
            tie_word_embeddings=shape.tied,
            max_position_embeddings=4096,
        )
        torch.manual_seed(0)
        with torch.device("cpu" if self.name == "pocket" else device):
            torch.set_default_dtype(torch.bfloat16 if settings.bf16 else torch.float32)
            try:
                model = Qwen3ForCausalLM(config)
            finally:
                torch.set_default_dtype(torch.float32)
            lora = LoraConfig(r=settings.lora.rank, lora_alpha=64, target_modules=list(settings.lora.targets))
            with_adapter = get_peft_model(model, lora)
            for name, parameter in with_adapter.named_parameters():
                if ".lora_B." in name:  # at zero nothing else of the adapter would have a gradient
                    torch.nn.init.normal_(parameter, std=0.01)
        folder = self.scratch / "tokenizer"
        tokenizer, template = load_tokenizer(folder), ChatTemplate.load(folder)
        return Loaded(with_adapter.to(device), tokenizer, template, folder, settings)

    def prompts(self) -> list[list[int]]:
        """Of all completions of a step, group by group."""
        generator = torch.Generator().manual_seed(1)
        groups = torch.randint(5, self.shape.vocabulary, (self.rows // self.group, self.prompt), generator=generator)
        return [prompt for prompt in groups.tolist() for _ in range(self.group)]

    def groups(self, completions: Sequence[Completion]) -> list[Group]:
        """With rewards that differ within each group, so that all of them are learned from."""
        prompts = self.prompts()
        rewards = [float(place % 2) for place in range(self.group)]
        verdicts = made_group([reward == 1.0 for reward in rewards]).verdicts
        starts = range(0, self.rows, self.group)
        return [Group(prompts[i], list(completions[i : i + self.group]), rewards, {}, verdicts) for i in starts]

    def made_groups(self) -> list[Group]:
        """Of random tokens, with log-probabilities that are nearly those of a model that knows nothing."""
        generator = torch.Generator().manual_seed(2)
        ids = torch.randint(5, self.shape.vocabulary, (self.rows, self.new), generator=generator).tolist()
        known = -torch.tensor(float(self.shape.vocabulary)).log() + 0.1 * torch.randn(
            self.rows, self.new, generator=generator
        )
        return self.groups([Completion(row, values, "length") for row, values in zip(ids, known.tolist(), strict=True)])


class Step:
    """The pieces of a step on a device."""

    def __init__(self, workload: Workload, settings: GrpoSpec, device: torch.device | None = None) -> None:
        self.workload, self.settings = workload, settings
        self.policy = ModulePolicy(workload.loaded(settings, device), ALONE)
        self.optimizer = Optimizer(self.policy.parameters, settings.betas, 0.0, settings.max_grad_norm)

    def engine(self) -> TransformersRollouts:
        loaded = self.policy.loaded
        return TransformersRollouts(loaded.model, self.settings.bf16, own_weights=bool(self.settings.overlap))

    def draw(self, engine: TransformersRollouts) -> list[Completion]:
        decoding = Decoding(self.workload.new, 1.0, ())  # no end: as long as can be
        engine.push()
        return engine.generate(self.workload.prompts(), seeds=list(range(self.workload.rows)), decoding=decoding)

    def update(self, groups: list[Group]) -> dict[str, Any]:
        batch = step_batch(groups, self.settings)
        return grpo.update(self.policy, None, self.optimizer, batch, self.settings.learning_rate, self.settings)


def timed(work: Callable[[], Any]) -> tuple[Any, float, int]:
    """What it returns, its seconds, and the most bytes in tensors on the GPU (0 on a CPU)."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    begin = time.perf_counter()
    result = work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return result, time.perf_counter() - begin, torch.cuda.max_memory_allocated() if torch.cuda.is_available() else 0


def free() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
