"""What a function of own code takes, and the settings that a study may give it: told by its signature."""

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, create_model

from gradus.study.settings.base import Settings
from gradus.study.settings.own_modules import OwnCodeError, as_written, described


@dataclass(frozen=True)
class OwnFunction:
    """subject: the parameter that says what the function is asked, such as `completion`. settings: the class of its
    parameter of that name; None where it has none. base: what such a class is made of."""

    reference: str
    function: Callable[..., Any]
    subject: str
    settings: type[Settings] | None
    base: type[Settings]

    def __call__(self, subject: Any, settings: Any) -> Any:
        given = {self.subject: subject} if self.settings is None else {self.subject: subject, "settings": settings}
        return self.function(**given)


def own_function(found: Any, reference: str, kind: str, subjects: Mapping[str, type[Settings]]) -> OwnFunction:
    """A function of own code that is a plugin of a kind, such as "a part of the reward".

    subjects: what one of its parameters may be called, each with the class that its settings are made of.
    Raises OwnCodeError for what is no function, or takes something else.
    """
    if not inspect.isfunction(found):
        raise OwnCodeError(f"{reference} is {found!r:.60}, not a function; name one")
    place = f"{as_written(found.__code__.co_filename)}:{found.__code__.co_firstlineno}"
    parameters = [each for each in inspect.signature(found).parameters.values() if each.default is each.empty]
    names = [each.name for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    subject = next((name for name in names if name in subjects), None)
    if subject is None or len(names) < len(parameters) or set(names) - {subject, "settings"}:
        taken = f"{found.__name__}{inspect.signature(found)}"
        ways = " or ".join(f"({name}, settings: a class of {base.__name__})" for name, base in subjects.items())
        raise OwnCodeError(f"{place}: {taken}: {kind} takes {ways}, the settings if it has any; correct its signature")
    if "settings" not in names:
        return OwnFunction(reference, found, subject, None, subjects[subject])
    try:
        settings = typing.get_type_hints(found).get("settings")
    except Exception as error:
        raise OwnCodeError(f"{place}: the hints of {found.__name__}: {described(error)}; correct them") from error
    base = subjects[subject]
    if not (isinstance(settings, type) and issubclass(settings, base)):
        what = f"its settings are hinted as {settings!r:.60}" if settings else "its settings have no type hint"
        raise OwnCodeError(f"{place}: {found.__name__}: {what}; expected a class of {base.__name__}")
    return OwnFunction(reference, found, subject, settings, base)


def with_tag(settings: type[Settings], tag: str, reference: str) -> Any:
    """The class of settings with the key that a study names the function by, such as `source`."""
    kind: Any = Literal[reference]  # ty: ignore[invalid-type-form] found at run time
    value = (kind, Field(reference, description="The function, as `module:function`."))
    about = settings.__doc__ or settings.__name__
    fields: dict[str, Any] = {tag: value}
    module = settings.__module__
    return create_model(settings.__name__, __base__=settings, __module__=module, __doc__=about, **fields)
