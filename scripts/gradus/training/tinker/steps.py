"""An optimizer step on the service, and what its answers say."""

from tinker import AdamParams, ForwardBackwardOutput, OptimStepResponse

from gradus.specs.training import TrainingSpec

EPSILON = 1e-8
"""Adam's, as in torch; Tinker's own default is 1e-12."""


def adam(settings: TrainingSpec, learning_rate: float) -> AdamParams:
    """AdamW as the settings say; the service takes its hyperparameters with every step, so schedules are ours."""
    return AdamParams(
        learning_rate=learning_rate,
        beta1=settings.betas[0],
        beta2=settings.betas[1],
        eps=EPSILON,
        weight_decay=settings.weight_decay,
        grad_clip_norm=settings.max_grad_norm,
    )


def grad_norm(step: OptimStepResponse) -> float | None:
    """The gradient's norm before it was clipped, where the service reports it: names differ between servers."""
    for name, value in sorted((step.metrics or {}).items()):
        if "grad" in name and ("norm" in name or "l2" in name):
            return float(value)
    return None


def logprobs(output: ForwardBackwardOutput) -> list[list[float]]:
    """The log-probability of each target of each datum."""
    return [row["logprobs"].to_numpy().tolist() for row in output.loss_fn_outputs]
