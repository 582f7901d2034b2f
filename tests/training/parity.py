"""The same batch on the same weights in both backends: log-probabilities, loss, gradient norm and other metrics.

The batch is made by hand: groups of unlike lengths, old log-probabilities that are not the model's, and one group whose
rewards are all the same. TRL's trainer gets it where its own rollouts would come from, so masks, reference and loss are
its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tiny import job_of, made_group, pocket_jobs, problems
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from gradus.provenance.job import Job
from gradus.sampling.protocol import Completion
from gradus.specs.training import TrainingSpec
from gradus.training.batches import Example
from gradus.training.causal_lm import load
from gradus.training.groups import Group
from gradus.training.optimizer import Optimizer
from gradus.training.rollouts.importance import corrects
from gradus.training.rows import collated
from gradus.training.step_batch import StepBatch, step_batch
from gradus.training.torch import grpo, sft
from gradus.training.torch.completions import Batch
from gradus.training.torch.embedded import Policy, Start
from gradus.training.trl import sft as trl_sft
from gradus.training.trl.grpo_trainer import GrpoTrainer
from model_folders import model_of

SFT_METRICS = ("loss", "grad_norm")
GRPO_METRICS = (*SFT_METRICS, "kl", "entropy", "clip_share", "importance_weight", "importance_weight_max", "teacher_kl")
OF_TRL = {
    "optimizer": "adamw",
    "bf16": False,
    "gradient_checkpointing": False,
    "micro_batch": None,
    "network": None,
}
"""What a spec of the torch backend lacks."""


@dataclass(frozen=True)
class Compared:
    """One quantity in both backends; logprobs are compared token by token, the values shown are their means."""

    quantity: str
    torch: float
    trl: float
    difference: float


def trl_job(root: Path, name: str, paths: dict[str, list[str]] | None = None, **settings: Any) -> Job[Any]:
    """A job of the trl backend with the settings of the pocket study's experiment, some changed."""
    ours = {"rollouts": {"engine": "transformers"}} if pocket_jobs()[f"models/{name}"].stage == "grpo" else {}
    return job_of(root, name, paths, **OF_TRL | ours | settings)


def groups_by_hand(vocabulary: int, seed: int = 0) -> list[Group]:
    """Three groups of two completions: the second without a signal, the third with one that is not of right answers."""
    generator = torch.Generator().manual_seed(seed)

    def completion(length: int) -> Completion:
        ids = torch.randint(3, vocabulary, (length,), generator=generator).tolist()
        return Completion(ids, (-5.5 - torch.rand(length, generator=generator)).tolist(), "stop")

    lengths, rewards = ((3, 5), (2, 4), (6, 1)), ([1.0, 0.0], [1.0, 1.0], [0.25, 0.75])
    return [
        Group(
            torch.randint(3, vocabulary, (4 + n,), generator=generator).tolist(),
            [completion(a), completion(b)],
            each,
            {},
            made_group([reward == 1.0 for reward in each]).verdicts,
        )
        for n, ((a, b), each) in enumerate(zip(lengths, rewards, strict=True))
    ]


def compare_grpo(weights: Path, root: Path, experiment: str, **settings: Any) -> list[Compared]:
    """GRPO by the loss of the pocket study's experiment."""
    size = {"batch_size": 3, "group_size": 2, "steps": 1, "dynamic_sampling": False}
    job = trl_job(root, experiment, **size | settings)
    if job.settings.method == "full" and not job.settings.kl_coef:
        # Refused when planned: trl keeps no start to measure from.
        job.settings = job.settings.model_copy(update={"kl_guard": None})
    groups = groups_by_hand(Start(model_of(weights)).arch.vocab_size)
    found = _grpo_in_torch(weights, groups, job.settings), _grpo_in_trl(weights, groups, job.settings, root)
    return _compared(*found, [name for name in GRPO_METRICS if found[1][1].get(name) is not None])


def compare_sft(weights: Path, root: Path, traces: list[dict[str, Any]], **settings: Any) -> list[Compared]:
    """SFT on one batch of traces."""
    job = trl_job(root, "sft_custom", **{"held_out_share": 0.0, "batch_size": len(traces)} | settings)
    start = Start(model_of(weights))
    rows, _ = trl_sft.training_rows(job, traces, start)
    examples = [example for row in rows for example in row]
    found = _sft_in_torch(start, examples, job.settings), _sft_in_trl(weights, rows, job.settings, root)
    return _compared(*found, SFT_METRICS)


Found = tuple[Tensor, dict[str, float]]
"""Log-probabilities, and metrics by name."""


def _compared(ours: Found, theirs: Found, names: Sequence[str]) -> list[Compared]:
    first, second = ours[0].detach(), theirs[0].detach()
    rows = [Compared("logprobs", float(first.mean()), float(second.mean()), float((first - second).abs().max()))]
    pairs = ((name, ours[1][name], theirs[1][name]) for name in names)
    return rows + [Compared(name, a, b, abs(a - b) / max(abs(a), 1e-2)) for name, a, b in pairs]


def _grpo_in_torch(weights: Path, groups: list[Group], settings: TrainingSpec) -> Found:
    policy, reference = _policy(Start(model_of(weights)), settings)
    drawn = [group.prompt_ids for group in groups], [group.completions for group in groups]
    batch = Batch(*drawn, [[0.0, 0.0] for _ in groups])
    with torch.no_grad():
        logprobs_N_C, _ = policy.completion_logprobs(policy.weights(), batch, settings.temperature)
    optimizer = Optimizer(policy.parameters, settings.betas, 0.0, 1e9)
    row = grpo.update(policy, reference, optimizer, step_batch(groups, settings), 0.0, settings)
    return logprobs_N_C[batch.mask_N_C.bool()], row


def _policy(start: Start, settings: TrainingSpec) -> tuple[Policy, dict[str, Tensor]]:
    """A policy that is not its reference."""
    lora = settings.lora
    policy = start.policy(settings.method, lora.rank, lora.alpha, lora.names, settings.seed)
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


def _grpo_in_trl(weights: Path, groups: list[Group], settings: TrainingSpec, root: Path) -> Found:
    trainer = GrpoTrainer(load(model_of(weights), settings, root), problems(1), root)
    _perturb_network(trainer.model)
    trainer.model.train()
    score, scored = trainer._generate_and_score_completions, []

    def with_old(inputs: list[dict[str, str]]) -> dict[str, Tensor]:
        answers = [answer for group in trainer.learned.groups for answer in group.completions]
        old_N_C = pad_sequence([torch.tensor(answer.logprobs) for answer in answers], batch_first=True)
        # Where TRL weighs tokens by how likely the sampler thought them, the old ones are the model's own.
        old = {} if corrects(settings) else {"old_per_token_logps": old_N_C}
        scored.append(score(inputs) | old)
        return scored[-1]

    trainer._generate_and_score_completions = with_old
    zeros = [[0.0, 0.0] for _ in groups]
    trainer.learn_from(StepBatch(groups, zeros, list(range(len(groups))), 0, 1, 1), {})
    batch = scored[0]
    ids_N_T, real_N_T = (torch.cat([batch[f"prompt_{x}"], batch[f"completion_{x}"]], dim=1) for x in ("ids", "mask"))
    width, own_N_C = batch["completion_mask"].shape[1], batch["completion_mask"] * batch.get("tool_mask", 1)
    with torch.no_grad():
        logprobs_N_C = trainer._get_per_token_logps_and_entropies(trainer.model, ids_N_T, real_N_T, width)[0]
    trainer.current_gradient_accumulation_steps = trainer.args.gradient_accumulation_steps
    trainer.learn_from(step_batch(groups, settings), {})
    for micro in trainer._buffered_inputs:
        trainer.compute_loss(trainer.model, micro).backward()
    row = trainer.step_metrics() | trainer.metrics | {"grad_norm": _norm(trainer.model)}
    return logprobs_N_C[own_N_C.bool()], row


def _perturb_network(model: nn.Module) -> None:
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                name = name.removeprefix("base_model.model.").replace(".lora_A.default.weight", ".weight.A")
                _perturb(name.replace(".lora_B.default.weight", ".weight.B"), parameter)


def _norm(model: nn.Module) -> float:
    squares = [parameter.grad.pow(2).sum() for parameter in model.parameters() if parameter.grad is not None]
    return float(torch.stack(squares).sum().sqrt())


def _sft_in_torch(start: Start, examples: list[Example], settings: TrainingSpec) -> Found:
    policy, _ = _policy(start, settings)
    each = [sft.summed_loss(policy.weights(), policy, [example])[0].detach() for example in examples]
    loss, learned = sft.summed_loss(policy.weights(), policy, examples)
    (loss / learned).backward()
    norm = Optimizer(policy.parameters, settings.betas, 0.0, 1e9).step(0.0)
    return -torch.stack(each), {"loss": loss.item() / learned, "grad_norm": norm}


def _sft_in_trl(weights: Path, rows: list[list[Example]], settings: TrainingSpec, root: Path) -> Found:
    trainer = trl_sft.SftTrainer(load(model_of(weights), settings, root), rows, root)
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
    return each_B, {"loss": sum(trainer.losses), "grad_norm": _norm(trainer.model)}
