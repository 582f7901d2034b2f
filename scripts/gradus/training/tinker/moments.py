"""Whether the service gives a state back with its optimizer, as it is asked to, or the weights alone, in silence
(tinker-feedback#126 and #127)."""

from typing import Any

import numpy as np
from tinker import AdamParams, Datum, ModelInput

from gradus.tinker.service import Service
from gradus.training.tinker.steps import logprobs
from gradus.training.tinker.waiting import result

PROBE = "What is 17 + 25? The sum is 42."
"""What is looked at."""

LEARNING_RATE = 1e-2
"""Of the step that tells: large, so that it shows. What it changes is a copy, which nobody uses."""

LEAST = 1e-3
"""Nats by which some log-probability has to move. With moments whole nats are usual, without them it is rounding."""

NOISE = 10.0
"""And so many times what it moves by between two looks at the same weights."""

PASSES = 4
"""Over PROBE, each at the price of training."""


def optimizer_restored(service: Service, state: str, ids: list[int], settings: dict[str, Any]) -> bool:
    """Whether a copy of `state` has Adam's moments, looked at by the log-probabilities of the tokens `ids`.

    A step without any gradient tells: moments go on moving the weights, and an optimizer without any leaves them where
    they are. Raises Lost as `waiting.result` does.
    """
    what = "looking whether the optimizer came back"
    opened = service.client.create_training_client_from_state_with_optimizer(state)
    client = result(service, opened, what)
    data = [Datum(ModelInput.from_ints(ids[:-1]), {"target_tokens": ids[1:], "weights": [0.0] * (len(ids) - 1)})]
    adam = AdamParams(learning_rate=LEARNING_RATE, beta1=settings["betas"][0], beta2=settings["betas"][1], eps=1e-8)

    def seen() -> np.ndarray:
        return np.array(logprobs(result(service, client.forward(data, "cross_entropy"), what)))

    service.spending.charge(service.model, train=PASSES * len(ids))
    first, second = seen(), seen()
    passed, stepped = client.forward_backward(data, "cross_entropy"), client.optim_step(adam)
    result(service, passed, what)
    result(service, stepped, what)
    moved, noise = np.abs(seen() - second).max(), np.abs(second - first).max()
    return bool(moved > max(LEAST, NOISE * noise))
