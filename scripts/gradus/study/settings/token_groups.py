"""Groups of domain tokens that a study may have, with one choice for each kind that `vocabulary/kinds/` has."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Field, create_model

from gradus.study.settings.base import Settings
from gradus.study.settings.domain_tokens import KINDS, AnyTokenKind, DomainTokenSettings, Mode
from gradus.study.settings.plugins import plugins

TOKEN_KINDS: dict[str, AnyTokenKind] = {name: module.KIND for name, module in plugins(KINDS).items()}


class ModelTokens(Settings):
    """What a model's group of tokens says beside their kind."""

    reserved: bool = Field(
        False,
        description="Only reserve their ids and rows of the embeddings: the tokenizer never writes these tokens. The "
        "baseline of a model with them, with a vocabulary of the same size.",
    )


class Injection(Settings):
    """What an injection of tokens into texts says beside their kind."""

    mode: Mode = Field(
        "weak",
        description="Which expressions become tokens. weak: all, as in `6*9`. strict: those with their result, as in "
        "`6*9 = 54`. Where a result is stated and wrong, nothing is injected.",
    )


def _groups(kinds: Iterable[AnyTokenKind], beside: type[Settings]) -> Any:
    """One of the kinds' settings, together with the keys of `beside`."""
    found = []
    for kind in kinds:
        name, about = f"{kind.settings.__name__}{beside.__name__}", kind.settings.__doc__
        found.append(create_model(name, __base__=(kind.settings, beside), __module__=__name__, __doc__=about))
    any_of_them: Any = Union[tuple(found)]  # noqa: UP007 no other spelling of a list
    return Annotated[any_of_them, Field(discriminator="kind")] if len(found) > 1 else any_of_them


if TYPE_CHECKING:

    class TokensOfModel(DomainTokenSettings, ModelTokens): ...

    class InjectedTokens(DomainTokenSettings, Injection): ...

else:
    TokensOfModel = _groups(TOKEN_KINDS.values(), ModelTokens)
    InjectedTokens = _groups((kind for kind in TOKEN_KINDS.values() if kind.expressions is not None), Injection)
