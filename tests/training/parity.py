"""The same batch on the same weights in both backends: log-probabilities, loss and gradient norm.

The batch is made by hand: groups of unlike lengths, old log-probabilities that are not the model's, and one group whose
rewards are all the same. TRL's trainer gets it where its own rollouts would come from, so advantages, masks, reference
and loss are its own.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tiny import job_of, problems
from torch import Tensor, nn
from trl.trainer.utils import split_tensor_dict

from gradus.provenance.job import Job
from gradus.sampling.protocol import Completion
from gradus.training.batches import Example, padded
from gradus.training.groups import Group
from gradus.training.optimizer import Optimizer
from gradus.training.step_batch import step_batch
from gradus.training.torch import grpo, sft
from gradus.training.torch.policy import Policy, Start
from gradus.training.trl import sft as trl_sft
from gradus.training.trl.grpo_trainer import GrpoTrainer, Totals
from gradus.training.trl.model import load
from gradus.training.trl.rows import collated

QUANTITIES = ("logprobs", "loss", "gradient norm")
OF_TRL = {
    "optimizer": "adamw",
    "bf16": False,
    "gradient_checkpointing": False,
    "micro_batch": None,
    "rollouts": {"engine": "transformers"},
}
"""What a spec of the torch backend lacks."""


@dataclass(frozen=True)
class Compared:
    """One quantity in both backends; logprobs are compared token by token, the values shown are their means."""

    quantity: str
    torch: float
    trl: float
    difference: float


def trl_job(root: Path, name: str, **settings: Any) -> Job:
    """A job of the trl backend with the settings of the pocket study's experiment, some changed."""
    job = job_of(root, name, **OF_TRL | settings)
    job.settings["lora"] = {"dropout": 0.0} | job.settings["lora"]
    return job


def groups_by_hand(vocabulary: int, seed: int = 0) -> list[Group]:
    """Three groups of two completions, the second without a signal."""
    generator = torch.Generator().manual_seed(seed)

    def completion(length: int) -> Completion:
        ids = torch.randint(3, vocabulary, (length,), generator=generator).tolist()
        return Completion(ids, (-5.5 - torch.rand(length, generator=generator)).tolist(), "stop")

    lengths, rewards = ((3, 5), (2, 4), (6, 1)), ([1.0, 0.0], [1.0, 1.0], [0.25, 0.75])
    return [
        Group(
            torch.randint(3, vocabulary, (4 + n,), generator=generator).tolist(), [completion(a), completion(b)], r, {}
        )
        for n, ((a, b), r) in enumerate(zip(lengths, rewards, strict=True))
    ]


def compare_grpo(weights: Path, root: Path, experiment: str, **settings: Any) -> list[Compared]:
    """GRPO by the loss of the pocket study's experiment."""
    size = {"batch_size": 3, "group_size": 2, "steps": 1, "dynamic_sampling": False, "kl_guard": None}
    job = trl_job(root, experiment, **size | settings)
    groups = groups_by_hand(Start([weights]).arch.vocab_size)
    return _compared(_grpo_in_torch(weights, groups, job.settings), _grpo_in_trl(weights, groups, job.settings, root))


def compare_sft(weights: Path, root: Path, traces: list[dict[str, Any]], **settings: Any) -> list[Compared]:
    """SFT on one batch of traces."""
    job = trl_job(root, "sft_custom", **{"held_out_share": 0.0, "batch_size": len(traces)} | settings)
    start = Start([weights])
    rows, _ = trl_sft.training_rows(job, traces, start)
    examples = [example for row in rows for example in row]
    return _compared(_sft_in_torch(start, examples, job.settings), _sft_in_trl(weights, rows, job.settings, root))


def _compared(ours: tuple[Tensor, float, float], theirs: tuple[Tensor, float, float]) -> list[Compared]:
    first, second = ours[0].detach(), theirs[0].detach()
    rows = [Compared(QUANTITIES[0], float(first.mean()), float(second.mean()), float((first - second).abs().max()))]
    pairs = zip(QUANTITIES[1:], ours[1:], theirs[1:], strict=True)
    return rows + [Compared(name, a, b, abs(a - b) / max(abs(a), 1e-2)) for name, a, b in pairs]


def _grpo_in_torch(weights: Path, groups: list[Group], settings: dict[str, Any]) -> tuple[Tensor, float, float]:
    policy, reference = _policy(Start([weights]), settings)
    batch = grpo.Batch(groups, settings)
    with torch.no_grad():
        logprobs_N_C, _ = batch.logprobs(policy, policy.weights(), settings["temperature"])
    optimizer = Optimizer(policy.parameters, settings["betas"], 0.0, 1e9)
    row = grpo.update(policy, reference, optimizer, step_batch(groups, settings), 0.0, settings)
    return logprobs_N_C[batch.mask_N_C.bool()], row["loss"], row["grad_norm"]


def _policy(start: Start, settings: dict[str, Any]) -> tuple[Policy, dict[str, Tensor]]:
    """A policy that is not its reference."""
    lora = settings["lora"]
    policy = start.policy(settings["method"], lora["rank"], lora["alpha"], lora["targets"], settings["seed"])
    reference = policy.frozen_weights()
    with torch.no_grad():
        for name, parameter in policy.parameters.items():
            _perturb(name, parameter)
    return policy, reference


def _perturb(name: str, parameter: Tensor) -> None:
    """Change a matrix in a way that depends on its name only."""
    if parameter.ndim > 1:
        generator = torch.Generator().manual_seed(sum(name.encode()))
        parameter += 0.02 * torch.randn(parameter.shape, generator=generator)


def _grpo_in_trl(
    weights: Path, groups: list[Group], settings: dict[str, Any], root: Path
) -> tuple[Tensor, float, float]:
    trainer = GrpoTrainer(load([weights], settings, root), problems(1), root)
    _perturb_network(trainer.model)
    drawn = [c for group in groups for c in group.completions]
    trainer._generate = lambda prompts: (
        [group.prompt_ids for group in groups for _ in group.completions],
        *([c.token_ids for c in drawn], None, [""] * len(drawn), None, {}, None, []),
    )
    trainer.reward_funcs = [lambda **_: [reward for group in groups for reward in group.rewards]]
    trainer.groups = groups
    trainer.model.train()
    batch = trainer._generate_and_score_completions([{"prompt": "0", "problem": 0} for _ in drawn])
    tokens_N_C = padded([c.token_ids for c in drawn], fill=0)
    batch["old_per_token_logps"] = torch.zeros(tokens_N_C.shape)
    for row, completion in zip(batch["old_per_token_logps"], drawn, strict=True):
        row[: len(completion.logprobs)] = torch.tensor(completion.logprobs)
    ids_N_T = torch.cat([batch["prompt_ids"], batch["completion_ids"]], dim=1)
    # The group without a signal is masked in the batch, but its tokens are scored all the same.
    written_N_C = torch.arange(tokens_N_C.shape[1]) < torch.tensor([len(c.token_ids) for c in drawn])[:, None]
    real_N_T = torch.cat([batch["prompt_mask"], written_N_C.long()], dim=1)
    with torch.no_grad():
        scored = trainer._get_per_token_logps_and_entropies(trainer.model, ids_N_T, real_N_T, tokens_N_C.shape[1])
    parts = trainer.args.gradient_accumulation_steps
    trainer.current_gradient_accumulation_steps, trainer.totals = parts, Totals()
    for micro in split_tensor_dict(batch, parts):
        trainer.compute_loss(trainer.model, micro).backward()
    return scored[0][written_N_C], trainer.totals.loss, _norm(trainer.model)


def _perturb_network(model: nn.Module) -> None:
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                name = name.removeprefix("base_model.model.").replace(".lora_A.default.weight", ".weight.A")
                _perturb(name.replace(".lora_B.default.weight", ".weight.B"), parameter)


def _norm(model: nn.Module) -> float:
    squares = [parameter.grad.pow(2).sum() for parameter in model.parameters() if parameter.grad is not None]
    return float(torch.stack(squares).sum().sqrt())


def _sft_in_torch(start: Start, examples: list[Example], settings: dict[str, Any]) -> tuple[Tensor, float, float]:
    policy, _ = _policy(start, settings)
    each = [sft.summed_loss(policy.weights(), policy, [example])[0].detach() for example in examples]
    loss, learned = sft.summed_loss(policy.weights(), policy, examples)
    (loss / learned).backward()
    norm = Optimizer(policy.parameters, settings["betas"], 0.0, 1e9).step(0.0)
    return -torch.stack(each), loss.item() / learned, norm


def _sft_in_trl(
    weights: Path, rows: list[list[Example]], settings: dict[str, Any], root: Path
) -> tuple[Tensor, float, float]:
    trainer = trl_sft.SftTrainer(load([weights], settings, root), rows, root)
    _perturb_network(trainer.model)
    trainer.model.train()
    with torch.no_grad():
        inputs = collated([example for row in rows for example in row])
        del inputs["tokens"]
        each_B = trainer.model(**inputs, fused_lm_head=True).log_probs.sum(dim=1)
    parts, batches = trainer.args.gradient_accumulation_steps, iter(trainer.get_train_dataloader())
    samples, learned = trainer.get_batch_samples(batches, parts, torch.device("cpu"))
    trainer.current_gradient_accumulation_steps = len(samples)
    for micro in samples:
        trainer.training_step(trainer.model, micro, learned)
    return each_B, sum(trainer.losses), _norm(trainer.model)
