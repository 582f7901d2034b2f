"""Domain tokens in the prompts of benchmarks: each model is asked with those that it knows."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import TypeAdapter

from gradus.study.asked import benchmarks_of
from gradus.study.extended import chain_of, model_tokens
from gradus.study.lineage import Lineage
from gradus.study.settings.base import Mistake
from gradus.study.settings.domain_tokens import Mode
from gradus.study.settings.token_groups import InjectedTokens, TokensOfModel
from gradus.study.verifiers import rows
from gradus.vocabulary.named import resolved, token_kind

_INJECTED: TypeAdapter[InjectedTokens] = TypeAdapter(InjectedTokens)


def token_groups(models: Mapping[str, Any], model: str) -> list[TokensOfModel]:
    """The domain tokens that a model of the study has, in the order in which they were added."""
    groups = [model_tokens(models[name]) for name in reversed(chain_of(models, model))]
    return [group for group in groups if group is not None]


def prompt_injections(
    models: Mapping[str, Any], model: str, inject: Mode | Literal[True] | None
) -> list[InjectedTokens]:
    """What is put into a prompt of this model: tokens that it writes, and that take the place of something."""
    if inject is None:
        return []
    mode = "weak" if inject is True else inject
    return [
        resolved(_INJECTED.validate_python(group.model_dump(exclude={"reserved"}) | {"mode": mode}))
        for group in token_groups(models, model)
        if not group.reserved and token_kind(group.kind).expressions is not None
    ]


def prompt_injection_mistakes(study: Any) -> Iterator[Mistake]:
    """Benchmarks with tokens in their prompts that no model knows. For studies whose names are all there."""
    lineage = Lineage(study)
    for name, benchmark in study.benchmarks.items():
        if benchmark.inject is None:
            continue
        roots = {lineage.root(row) for row in rows(study) if name in benchmarks_of(study, row)}
        if not any(prompt_injections(study.models, root, benchmark.inject) for root in roots):
            what = "no model that is asked writes domain tokens that take the place of anything; give one `tokens`"
            yield ("benchmarks", name, "inject"), f"{what}, or remove this key"
