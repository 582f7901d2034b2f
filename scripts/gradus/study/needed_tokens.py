"""Experiments that need domain tokens of their model: traces that have them, and rewards for them."""

from collections.abc import Iterator
from typing import Any

from gradus.study.extended import lacks_tokens
from gradus.study.lineage import Lineage
from gradus.study.mistakes import Mistake
from gradus.study.prompt_injection import token_groups
from gradus.study.settings.grpo import Grpo
from gradus.study.settings.token_groups import InjectedTokens, TokensOfModel
from gradus.study.settings.traces import MixedTraces
from gradus.study.settings.training import trace_weights
from gradus.vocabulary.named import family_name


def needed_token_mistakes(study: Any) -> Iterator[Mistake]:
    """For studies whose names are all there."""
    lineage = Lineage(study)
    for name, experiment in study.experiments.items():
        if experiment.stage == "none":
            continue
        here, model = ("experiments", name), lineage.root(name)
        groups = token_groups(study.models, model)
        for index, traces in enumerate(getattr(experiment, "traces", [])):
            for named in trace_weights([traces]):
                if any(lacks_tokens(inject, groups) for inject in _injected(study, named)):
                    what = f"{named!r} has domain tokens injected that {model!r} would read in pieces"
                    yield (*here, "traces", index), f"{what}; give the model the same `tokens`, or name other traces"
        if isinstance(experiment, Grpo) and experiment.rewards is not None:
            yield from (((*here, *keys), what) for keys, what in _unused(experiment, model, groups))


def _injected(study: Any, traces: str) -> list[InjectedTokens]:
    """What is injected into a set of traces, or into the parts of a mix."""
    settings = study.traces[traces]
    parts = [study.traces[part] for part in settings.parts] if isinstance(settings, MixedTraces) else [settings]
    found = (getattr(part, "inject", None) for part in parts)
    return [inject for inject in found if inject is not None]


def _unused(experiment: Grpo, model: str, groups: list[TokensOfModel]) -> Iterator[Mistake]:
    """Rewards for tokens that the model cannot write, which everything would get alike."""
    part = getattr(experiment.rewards, "uses_tokens", None)
    if part is None:
        return
    if not groups:
        what = f"{model!r} has no domain tokens, so that every answer gets 0"
        yield ("rewards", "uses_tokens"), f"{what}; give the model `tokens`, or remove this part"
        return
    known = [family_name(group) for group in groups]
    for index, family in enumerate(getattr(part, "families", None) or []):
        if family not in known:
            what = f"{model!r} has no domain tokens {family!r}; there are {', '.join(known)}"
            yield ("rewards", "uses_tokens", "families", index), what
