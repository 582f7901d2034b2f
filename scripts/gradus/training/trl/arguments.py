"""The study's settings as TRL's arguments. Nothing that decides a result is left to TRL's defaults.

What TRL has no argument for is done by the trainers of this backend: the learning-rate schedule (`schedule.py`), the KL
guard and groups without a signal (`grpo_trainer.py`), rewards (`groups.py`), the order of the data.
"""

import os
from pathlib import Path
from typing import Any

import torch
from trl import DPOConfig, GRPOConfig, SFTConfig

from gradus.provenance.errors import GradusError
from gradus.specs.training import DpoSpec, GrpoSpec, SftSpec, TrainingSpec
from gradus.training.algorithm import load_algorithm
from gradus.training.learning_rate import peak_rate
from gradus.training.rollouts.importance import corrects
from gradus.training.trl.ratios import RATIO_LEVELS

LOSS_TYPES = {"sequence": "grpo", "token": "dapo", "constant": "dr_grpo"}
"""TRL's name for how token losses are averaged; the scale of advantages is a setting of its own, there as here."""

UNCLIPPED = 1e9
"""An upper clip that no ratio reaches."""

OPTIMIZERS = {"adamw": "adamw_torch", "paged_adamw": "adamw_torch"}
"""On a CPU, where paging is pointless: it is for the memory of a GPU, and the sums are the same."""

OPTIMIZERS_OF_GPUS = {
    "adamw": "adamw_torch_fused",  # one kernel, and no square roots of all moments at once
    "paged_adamw": "paged_adamw_32bit",
    "paged_adamw_8bit": "paged_adamw_8bit",
}


def sft_arguments(settings: SftSpec, state_folder: Path) -> SFTConfig:
    """TRL's arguments of supervised fine-tuning on rows that are tokens already."""
    return SFTConfig(
        **_shared(settings, state_folder, settings.batch_size),
        num_train_epochs=settings.epochs,
        max_length=None,  # the rows are cut
        packing=False,  # rows come packed, see `sft.py`
        loss_type="nll",
        dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False,
    )


def dpo_arguments(settings: DpoSpec, state_folder: Path) -> DPOConfig:
    """TRL's arguments of direct preference optimisation on pairs that are tokens already."""
    return DPOConfig(
        **_shared(settings, state_folder, settings.batch_size),
        num_train_epochs=settings.epochs,
        beta=settings.beta,
        loss_type=["sigmoid"],
        label_smoothing=0.0,
        f_divergence_type="reverse_kl",
        max_length=None,  # pairs that are too long are left out
        precompute_ref_log_probs=False,
        disable_dropout=False,  # `dpo.py` does, attention's own included
        pad_to_multiple_of=None,
    )


def grpo_arguments(settings: GrpoSpec, state_folder: Path, steps: int) -> GRPOConfig:
    """TRL's arguments of GRPO in so many steps: one optimizer step sees a whole batch of groups, in micro-batches."""
    return GRPOConfig(
        **_shared(settings, state_folder, settings.batch_size * settings.group_size),
        **_correction(settings),
        use_vllm=False,  # rollouts are ours
        max_steps=steps * settings.updates_per_batch,
        num_generations=settings.group_size,
        num_iterations=settings.updates_per_batch,
        max_completion_length=settings.max_tokens,
        temperature=settings.temperature,
        top_p=settings.top_p,
        top_k=settings.top_k or 0,
        min_p=settings.min_p,
        loss_type="cispo" if settings.loss == "cispo" else LOSS_TYPES[settings.normalisation],
        scale_rewards="group" if settings.scale_advantages else "none",
        **_clip(settings),
        delta=settings.clip_dual,
        beta=settings.kl_coef,
        use_bias_correction_kl=False,  # the plain estimate of arXiv:2402.03300, as in the torch backend
        importance_sampling_level=RATIO_LEVELS[load_algorithm(settings.algorithm).losses],
        shuffle_dataset=False,  # its rows only count the steps
        mask_truncated_completions=False,  # `step_batch.py` leaves them out, as it knows why each ended
        disable_dropout=False,  # `grpo_trainer.py` does, attention's own included
        pad_to_multiple_of=None,
    )


def expect_one_device(gpus: int, processes: int) -> None:
    """Raises GradusError where TRL would train on more than one device.

    Where several are visible and no launcher runs, transformers splits each micro-batch over all of them
    (`DataParallel`) and so multiplies the batch, silently.
    """
    if gpus > 1:
        raise GradusError(f"backend: trl trains on one GPU and sees {gpus}: set CUDA_VISIBLE_DEVICES to one of them")
    if processes > 1:
        raise GradusError(
            f"backend: trl trains in one process, a launcher started {processes}: run the job by snakemake alone"
        )


def _shared(settings: TrainingSpec, state_folder: Path, batch: int) -> dict[str, Any]:
    micro = settings.micro_batch or batch
    on_gpu = torch.cuda.is_available()
    expect_one_device(torch.cuda.device_count(), int(os.environ.get("WORLD_SIZE", "1")))
    optimizer = settings.optimizer
    assert optimizer is not None  # planning resolves it
    if optimizer == "paged_adamw_8bit" and not on_gpu:
        raise GradusError("optimizer: paged_adamw_8bit needs a GPU, and this machine shows none; take adamw")
    return {
        "output_dir": str(state_folder),
        "per_device_train_batch_size": micro,
        "gradient_accumulation_steps": batch // micro,
        "learning_rate": peak_rate(settings),
        "lr_scheduler_type": "constant",
        "warmup_steps": 0,
        "optim": (OPTIMIZERS_OF_GPUS if on_gpu else OPTIMIZERS)[optimizer],
        "adam_beta1": settings.betas[0],
        "adam_beta2": settings.betas[1],
        "adam_epsilon": 1e-8,
        "weight_decay": settings.weight_decay,
        "max_grad_norm": settings.max_grad_norm,
        "bf16": settings.bf16,
        "gradient_checkpointing": settings.gradient_checkpointing,
        "seed": settings.seed % 2**31,
        "use_cpu": not on_gpu,
        "save_strategy": "no",  # when to save is decided by what it costs, see `run.py`
        "logging_strategy": "no",
        "eval_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "dataloader_pin_memory": on_gpu,
    }


def _clip(settings: GrpoSpec) -> dict[str, float]:
    """TRL has no plain ratio: it is that of PPO, clipped nowhere. Its CISPO's upper clip is the largest ratio."""
    if settings.loss == "importance_sampling":
        return {"epsilon": 1.0, "epsilon_high": UNCLIPPED}
    return {"epsilon": settings.clip_low, "epsilon_high": settings.clip_high + (settings.loss == "cispo")}


def _correction(settings: GrpoSpec) -> dict[str, Any]:
    """Importance sampling, for which `grpo_trainer.py` gives the sampler's log-probabilities."""
    if not corrects(settings):
        return {"vllm_importance_sampling_correction": False}
    return {
        "vllm_importance_sampling_correction": True,
        "vllm_importance_sampling_mode": settings.rollouts.correction,
        "vllm_importance_sampling_clip_max": settings.rollouts.correction_cap,
    }
