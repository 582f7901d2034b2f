"""Whether the service restores a state with its optimizer, as it is asked to, or silently the weights alone
(tinker-feedback#126 and #127)."""

import numpy as np
from tinker import AdamParams

from gradus.specs.training import TrainingSpec
from gradus.tinker.service import Service
from gradus.training.tinker.datums import datum
from gradus.training.tinker.steps import logprobs
from gradus.training.tinker.waiting import result

PROBE = "What is 17 + 25? The sum is 42."
"""The text whose log-probabilities are compared."""

PROBE_LEARNING_RATE = 1e-2
"""Of the test step: large, so that it shows. It changes a copy that is not used further."""

MIN_SHIFT_NATS = 1e-3
"""By which some log-probability has to move. With moments whole nats are usual, without them it is rounding."""

NOISE_FACTOR = 10.0
"""And at least this multiple of what it moves by between two passes with the same weights."""

PROBE_PASSES = 4
"""Forward passes over PROBE, each at the price of training."""


def optimizer_restored(service: Service, state: str, ids: list[int], settings: TrainingSpec) -> bool:
    """Whether a copy of `state` has Adam's moments, tested by the log-probabilities of the tokens `ids`.

    A step without any gradient shows it: moments keep moving the weights, and an optimizer without them leaves the
    weights as they are. Raises ClientLost as `waiting.result` does.
    """
    what = "testing whether the optimizer was restored"
    opened = service.client.create_training_client_from_state_with_optimizer(state)
    client = result(service, opened, what)
    data = [datum(ids, {"weights": [0.0] * (len(ids) - 1)})]
    adam = AdamParams(learning_rate=PROBE_LEARNING_RATE, beta1=settings.betas[0], beta2=settings.betas[1], eps=1e-8)

    def seen() -> np.ndarray:
        return np.array(logprobs(result(service, client.forward(data, "cross_entropy"), what)))

    service.spending.charge(service.model, train=PROBE_PASSES * len(ids))
    first, second = seen(), seen()
    passed, stepped = client.forward_backward(data, "cross_entropy"), client.optim_step(adam)
    result(service, passed, what)
    result(service, stepped, what)
    moved, noise = np.abs(seen() - second).max(), np.abs(second - first).max()
    return bool(moved > max(MIN_SHIFT_NATS, NOISE_FACTOR * noise))
