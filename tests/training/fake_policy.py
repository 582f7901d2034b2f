"""A service in this process whose model is one row of logits: what it samples, scores and trains is exact, and kept.

Its losses are those of https://tinker-docs.thinkingmachines.ai/losses, written anew; its optimizer is torch's AdamW.
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from fake_service import done, failed
from tinker import AdamParams, Datum, ForwardBackwardOutput, OptimStepResponse, SampledSequence, TensorData
from tinker.types import SampleResponse
from torch import Tensor

from gradus.provenance.files import write_json
from gradus.provenance.job import Job
from gradus.tinker.requests import Question
from gradus.training.tinker import grpo
from gradus.training.tinker import run as run_module


@dataclass
class Pass:
    """A forward and backward pass that was asked for: with what, and the policy's log-probabilities before it."""

    data: list[Datum]
    loss: str
    config: dict[str, float] | None
    logits: Tensor

    def inputs(self, name: str) -> Tensor:
        """One of the inputs of the loss, for all tokens."""
        return torch.cat([datum.loss_fn_inputs[name].to_torch() for datum in self.data])

    def now(self) -> Tensor:
        return self.logits.log_softmax(-1)[self.inputs("target_tokens")]


@dataclass
class PolicyService:
    """tempered: the sampler returns the log-probabilities of what it draws from, not those at temperature 1. restores:
    a state comes back with its optimizer. fail: the passes, by their numbers, that fail; each once."""

    vocabulary: int
    tempered: bool = False
    restores: bool = True
    fail: set[int] = field(default_factory=set)
    adams: list[AdamParams] = field(default_factory=list)
    passes: list[Pass] = field(default_factory=list)
    asked: list[tuple[str, Question]] = field(default_factory=list)
    charges: list[dict[str, int]] = field(default_factory=list)
    sessions: dict[str, Tensor] = field(default_factory=dict)
    """Logits that are sampled from: `base`, and `policy-N` after N steps of the client that saved them."""
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    clients: list["PolicyClient"] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start = torch.randn(self.vocabulary, generator=torch.Generator().manual_seed(4))
        self.sessions["base"] = self.start
        self.spending = SimpleNamespace(expect=lambda *_: None, cost=lambda *_, **__: 0.0, charge=self._charge)

    def open(self, job: Job) -> SimpleNamespace:
        client = SimpleNamespace(create_training_client_from_state_with_optimizer=self.resumed)
        named = {"model": "m", "url": "http://nowhere", "context": None, "close": lambda: None}
        settings = SimpleNamespace(checkpoint_seconds=7200, expected_share=0.5)
        return SimpleNamespace(job=job, client=client, settings=settings, spending=self.spending, **named)

    def _charge(self, model: str, **tokens: int) -> float:
        self.charges.append(tokens)
        return 0.0

    def fresh(self) -> Any:
        return self._client(PolicyClient(self, self.start.clone()))

    def resumed(self, path: str) -> Any:
        state = self.states[path]
        client = PolicyClient(self, state["logits"].clone(), state["steps"])
        if self.restores:
            client.optimizer.load_state_dict(deepcopy(state["optimizer"]))
        return self._client(client)

    def _client(self, client: "PolicyClient") -> Any:
        self.clients.append(client)
        return done(client)


class PolicyClient:
    """A training client."""

    def __init__(self, service: PolicyService, logits: Tensor, steps: int = 0) -> None:
        self.service, self.steps, self.spoilt = service, steps, False
        self.logits = torch.nn.Parameter(logits)
        self.optimizer = torch.optim.AdamW([self.logits])

    def forward(self, data: list[Datum], loss: str, config: dict[str, float] | None = None) -> Any:
        return done(self._output(Pass(data, loss, config, self.logits.detach().clone())))

    def forward_backward(self, data: list[Datum], loss: str, config: dict[str, float] | None = None) -> Any:
        service = self.service
        service.passes.append(Pass(data, loss, config, self.logits.detach().clone()))
        if len(service.passes) in service.fail:
            self.spoilt = True
        if self.spoilt:
            return failed(ValueError("this client is poisoned"))
        self._loss(service.passes[-1]).backward()
        return done(self._output(service.passes[-1]))

    def optim_step(self, adam: AdamParams) -> Any:
        if self.spoilt:
            return failed(ValueError("this client is poisoned"))
        self.service.adams.append(adam)
        norm = torch.nn.utils.clip_grad_norm_([self.logits], adam.grad_clip_norm or float("inf")).item()
        self.optimizer.param_groups[0].update(
            lr=adam.learning_rate, betas=(adam.beta1, adam.beta2), eps=adam.eps, weight_decay=adam.weight_decay
        )
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.steps += 1
        return done(OptimStepResponse(metrics={"unclipped_grad_l2:mean": norm}))

    def save_weights_and_get_sampling_client(self) -> Any:
        name = f"policy-{self.steps}"
        self.service.sessions[name] = self.logits.detach().clone()
        return done(SimpleNamespace(_sampling_session_id=name))

    def save_state(self, name: str, ttl_seconds: int) -> Any:
        path = f"tinker://x/weights/{name}"
        kept = {"logits": self.logits.detach().clone(), "steps": self.steps}
        self.service.states[path] = kept | {"optimizer": deepcopy(self.optimizer.state_dict())}
        return done(SimpleNamespace(path=path))

    def save_weights_for_sampler(self, name: str, ttl_seconds: int) -> Any:
        self.service.sessions[f"tinker://x/sampler_weights/{name}"] = self.logits.detach().clone()
        return done(SimpleNamespace(path=f"tinker://x/sampler_weights/{name}"))

    def save_weights_external(self, name: str, ttl_seconds: int) -> Any:
        return done(SimpleNamespace(path=f"tinker://x/external_weights/{name}"))

    def _loss(self, of: Pass) -> Tensor:
        now = self.logits.log_softmax(-1)[of.inputs("target_tokens")]
        if of.loss == "cross_entropy":
            return -(of.inputs("weights") * now).sum()
        ratio = torch.exp(now - of.inputs("logprobs"))
        advantages, config = of.inputs("advantages"), of.config or {}
        if of.loss == "importance_sampling":
            return -(ratio * advantages).sum()
        clipped = ratio.clamp(config["clip_low_threshold"], config["clip_high_threshold"])
        if of.loss == "cispo":
            return -(clipped.detach() * now * advantages).sum()
        assert of.loss == "ppo"
        return -torch.minimum(ratio * advantages, clipped * advantages).sum()

    def _output(self, of: Pass) -> ForwardBackwardOutput:
        lengths = [len(datum.loss_fn_inputs["target_tokens"].data) for datum in of.data]
        outputs = [{"logprobs": TensorData.from_torch(row)} for row in of.now().split(lengths)]
        return ForwardBackwardOutput("ArrayRecord", outputs, {})


class PolicyRequests:
    """`Requests` to one of the service's sessions."""

    fake: PolicyService

    def __init__(self, service: Any, session: str, what: str) -> None:
        self.session, self.what = session, what

    @classmethod
    def open(cls, service: Any, path: str | None = None, model: str | None = None) -> "PolicyRequests":
        session = path or ("base" if model in (None, service.model) else model)
        return cls(service, session, path or "the base model")

    def ask(self, questions: Sequence[Question], journal: Any = None) -> SimpleNamespace:
        self.fake.asked += [(self.session, question) for question in questions]
        logits = self.fake.sessions[self.session]
        replies = [_reply(logits, question, self.fake.tempered) for question in questions]
        return SimpleNamespace(all=lambda: replies, cancel=lambda: None)


def _reply(logits: Tensor, question: Question, tempered: bool) -> SampleResponse:
    plain = logits.log_softmax(-1)
    drawn_from = (logits / question.temperature).log_softmax(-1) if question.temperature else plain
    known = drawn_from if tempered else plain
    sequences = []
    for sample in range(question.samples):
        generator = torch.Generator().manual_seed(question.seed + sample)
        tokens = torch.multinomial(drawn_from.exp(), question.max_tokens, replacement=True, generator=generator)
        tokens = tokens if question.temperature else plain.argmax().repeat(question.max_tokens)
        ends = [place for place, token in enumerate(tokens.tolist()) if token in question.stop]
        tokens = tokens[: ends[0] + 1] if ends else tokens
        reason = "stop" if ends else "length"
        sequences.append(
            SampledSequence(reason, str(sample), _tokens_list=tokens.tolist(), _logprobs_list=known[tokens].tolist())
        )
    scored = [None, *plain[list(question.prompt[1:])].tolist()] if question.prompt_logprobs else None
    return SampleResponse(sequences, _prompt_logprobs_list=scored)


def serve(fake: PolicyService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the service in the place of the real one, for a training in this process."""
    monkeypatch.setattr(PolicyRequests, "fake", fake, raising=False)
    monkeypatch.setattr(grpo, "Requests", PolicyRequests)
    monkeypatch.setattr(run_module.Service, "open", fake.open)
    monkeypatch.setattr(run_module, "await_server", lambda url: None)
    monkeypatch.setattr(run_module.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(run_module, "download_adapter", _download)
    monkeypatch.setattr(grpo.Start, "client", lambda self, service, settings: fake.fresh())


def _download(service: Any, exported: str, base: Path, alpha: float, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    write_json(directory / "adapter_config.json", {"r": 4})
    (directory / "adapter_model.safetensors").write_bytes(b"")
