"""Models that extend others by further tokens: what they began as, and what is wrong with their tokens."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gradus.provenance.errors import GradusError
from gradus.specs.models import TokensSpec
from gradus.study.chains import chain
from gradus.study.mistakes import Mistake
from gradus.study.settings.base import KeyPath, in_a_row
from gradus.study.settings.models import AnyModel, ExtendedModel, PretrainedModel, TinkerModel
from gradus.study.settings.token_groups import InjectedTokens, TokensOfModel
from gradus.vocabulary.named import family_name, token_family


def chain_of(models: Mapping[str, AnyModel], name: str) -> list[str]:
    """The model itself, the one that it extends, and so on to the first.

    It ends with a name that is not there, or that it has already, where the study is wrong about these."""

    def made_of(name: str) -> str | None:
        model = models.get(name)
        return model.of if isinstance(model, ExtendedModel) else None

    return chain(name, made_of)


def first_of(models: Mapping[str, AnyModel], name: str) -> str:
    """The model that a model began as: of one that extends no other its own name."""
    return chain_of(models, name)[-1]


def token_mistakes(models: Mapping[str, AnyModel], expect: Callable[..., bool]) -> Iterator[Mistake]:
    """Tokens that cannot be read or are listed twice, and models that cannot be extended."""
    for name, model in models.items():
        if model_tokens(model) is not None:
            try:
                token_family(model_tokens(model))
            except GradusError as error:
                yield ("models", name, "tokens"), str(error)
        if isinstance(model, PretrainedModel):
            yield from _corpus_mistakes(model, ("models", name, "corpus", "inject"))
        if not isinstance(model, ExtendedModel):
            continue
        keys = ("models", name, "of")
        if not expect(keys, model.of, models, "model"):
            continue
        own = chain_of(models, name)
        if len({*own}) < len(own):
            yield keys, f"{in_a_row(own)} is a circle; extend another model"
        elif isinstance(models.get(own[-1]), TinkerModel):
            yield (
                keys,
                f"{own[-1]!r} is on the service alone, where no tokens are added; extend another model",
            )
        elif clash := [one for one in own[1:] if _name(models.get(one)) == _name(model)]:
            what = f"{clash[0]!r} has tokens {_name(model)!r} already"
            yield ("models", name, "tokens", "name"), f"{what}; give these another name"


def _corpus_mistakes(model: PretrainedModel, keys: KeyPath) -> Iterator[Mistake]:
    """Tokens in its corpus that the model cannot write."""
    inject, own = model.corpus.inject, model.tokens
    if inject is not None and lacks_tokens(inject, [] if own is None else [own]):
        what = "the model has no such tokens, and would read each as many pieces"
        yield keys, f"{what}; give it the same under `tokens`, not reserved"


def lacks_tokens(inject: InjectedTokens, groups: Sequence[TokensOfModel]) -> bool:
    """Whether a model with these groups of tokens lacks some that are injected, or only reserves them."""
    written = {token for group in groups if not group.reserved for token in token_family(group).tokens}
    return not {*token_family(inject).tokens} <= written


def tokens_spec(settings: TokensOfModel | None) -> TokensSpec | None:
    """A model's group of tokens, spelled out; None where it has none."""
    return None if settings is None else family_spec(settings)


def family_spec(settings: TokensOfModel) -> TokensSpec:
    """Raises GradusError where the tokens cannot be read or are not all different."""
    family = token_family(settings)
    return TokensSpec(name=family.name, tokens=list(family.tokens), reserved=settings.reserved)


def model_tokens(model: Any) -> Any:
    """The group of a model's tokens, of whatever source; None where it says nothing of any."""
    return getattr(model, "tokens", None)


def _name(model: Any) -> str | None:
    tokens = model_tokens(model)
    return None if tokens is None else family_name(tokens)
