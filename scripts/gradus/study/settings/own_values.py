"""Settings that a study gives to own code, checked by the classes that this code declares while the study is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema, ErrorDetails, InitErrorDetails, PydanticCustomError, core_schema

from gradus.study.settings.base import Settings, own_mistake
from gradus.study.settings.own_modules import REFERENCE, OwnCodeError, is_own

_KNOWN = frozenset(get_args(core_schema.ErrorType))


@dataclass(frozen=True)
class OrOwn:
    """Beside the kinds of a group that come with Gradus, those of own code: `source: my_sources:riddles`.

    tag: the key that says which. settings: the class of a function's settings, tag included, by its name.
    """

    tag: str
    settings: Callable[[str], type[Settings]]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._validate, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        inner = handler(schema)
        tag = {"type": "string", "pattern": REFERENCE}
        inner["oneOf"] = [*inner["oneOf"], {"type": "object", "properties": {self.tag: tag}, "required": [self.tag]}]
        return inner

    def _validate(self, value: Any, handler: Callable[[Any], Any]) -> Any:
        name = value.get(self.tag) if isinstance(value, Mapping) else None
        if not isinstance(name, str) or not is_own(name):
            return handler(value)
        return checked(lambda: self.settings(name), value, name, (self.tag,))


def checked(settings: Callable[[], type[Settings]], value: Any, name: str, place: tuple[str, ...] = ()) -> Any:
    """A value of the study as own code declares it. place: of the name, where it is below that of the value.

    Raises ValidationError, whose places are below that of the value.
    """
    try:
        return settings().model_validate(value)
    except OwnCodeError as error:
        mistake = InitErrorDetails(type=own_mistake(str(error)), loc=place, input=name)
        raise ValidationError.from_exception_data(name, [mistake]) from error
    except ValidationError as error:
        found = [_told(each, settings(), name) for each in error.errors()]
        raise ValidationError.from_exception_data(name, found) from error


def _told(error: ErrorDetails, settings: type[Settings], name: str) -> InitErrorDetails:
    """One of Pydantic's errors, in words where the documentation of studies does not know the key."""
    kind: Any = error["type"]
    there, key = list(settings.model_fields), str(error["loc"][-1])
    if kind == "extra_forbidden" and len(error["loc"]) == 1:
        near = get_close_matches(key, there, n=1)
        meant = f"did you mean {near[0]}?" if near else f"the keys of {name} are {', '.join(there)}"
        kind = own_mistake(f"unknown key; {meant}")
    elif kind == "missing":
        kind = own_mistake(f"{name} needs the key {'.'.join(map(str, error['loc']))}; add it")
    elif kind not in _KNOWN:
        kind = PydanticCustomError(kind, "{what}", {"what": error["msg"]})
    told = InitErrorDetails(type=kind, loc=error["loc"], input=error["input"])
    return told | InitErrorDetails(type=kind, input=error["input"], ctx=error["ctx"]) if "ctx" in error else told
