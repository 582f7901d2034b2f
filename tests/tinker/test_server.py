"""The server of the tests answers the real client as the service would, so that tests on it mean something."""

import math
from itertools import pairwise
from typing import Any

import pytest
import tinker
from faults import Faults
from serving import NAME, Server
from tinker import types

pytestmark = pytest.mark.slow
PROMPT = types.ModelInput.from_ints([5, 6, 7, 8])
ADAM = types.AdamParams(learning_rate=1e-2, beta1=0.9, beta2=0.95, eps=1e-8)


def client_of(url: str) -> tinker.ServiceClient:
    return tinker.ServiceClient(base_url=url)


def sampled(client: Any, seed: int, count: int = 2) -> list[list[int]]:
    wanted = types.SamplingParams(max_tokens=16, temperature=1.0, seed=seed)
    return [sequence.tokens for sequence in client.sample(PROMPT, count, wanted).result().sequences]


def row(first: int, length: int) -> types.Datum:
    """Tokens that count upwards."""
    tokens = list(range(first, first + length))
    return types.Datum(
        model_input=types.ModelInput.from_ints(tokens),
        loss_fn_inputs={"target_tokens": [token + 1 for token in tokens], "weights": [1.0] * length},
    )


def step(client: Any) -> float:
    """One SFT step; returns the loss before it."""
    passed, stepped = client.forward_backward([row(5, 10), row(9, 7)], "cross_entropy"), client.optim_step(ADAM)
    stepped.result()
    return float(passed.result().metrics["loss:sum"])


def loss(client: Any) -> float:
    return float(client.forward([row(5, 10), row(9, 7)], "cross_entropy").result().metrics["loss:sum"])


def trained(service: tinker.ServiceClient) -> Any:
    return service.create_lora_training_client(base_model=NAME, rank=8, seed=1, train_unembed=False).result()


def test_sampling_depends_on_seed_and_weights_alone(server: Server) -> None:
    service = client_of(server.url)
    base = service.create_sampling_client(base_model=NAME).result()
    once, again, other = sampled(base, 1), sampled(base, 1), sampled(base, 2)
    assert once == again != other
    assert once[0] != once[1]


def test_a_checkpoint_goes_on_with_or_without_the_optimizer(server: Server) -> None:
    service = client_of(server.url)
    client = trained(service)
    losses = [step(client) for _ in range(4)]
    assert all(later < earlier for earlier, later in pairwise(losses))
    state = client.save_state("after-four").result().path
    before = loss(client)
    whole = service.create_training_client_from_state_with_optimizer(state).result()
    weights = service.create_training_client_from_state(state).result()
    for copy in (whole, weights):
        assert math.isclose(loss(copy), before, rel_tol=1e-5)
        step(copy)
    step(client)
    after = loss(client)
    assert math.isclose(loss(whole), after, rel_tol=1e-4)
    assert not math.isclose(loss(weights), after, rel_tol=1e-3)


def test_old_checkpoints_can_be_sampled_while_training_goes_on(server: Server) -> None:
    service = client_of(server.url)
    client = trained(service)
    step(client)
    path = client.save_weights_for_sampler("early").result().path
    assert path == f"tinker://{client.model_id}/sampler_weights/early"
    early = service.create_sampling_client(model_path=path).result()
    before = sampled(early, 3)
    expected = loss(client)
    for _ in range(9):  # more trainings than there are slots
        step(trained(service))
    assert sampled(early, 3) == before
    # The longest idle adapter made room, as one does whose client is gone; its weights are still to be had.
    with pytest.raises(tinker.RequestFailedError, match="not loaded"):
        loss(client)
    assert expected > 0


def test_a_call_that_comes_twice_runs_once(server: Server, faults: Faults) -> None:
    service = client_of(faults.url)
    client = trained(service)
    faults.inject("forward_backward", "fail")
    faults.inject("optim_step", "cut")
    through = [step(client), loss(client)]
    straight = trained(client_of(server.url))
    assert through == pytest.approx([step(straight), loss(straight)], rel=1e-5)
    assert faults.happened == {"fail forward_backward": 1, "cut optim_step": 1}
    assert server.steps_of(client.save_state("after-one").result().path) == 1
