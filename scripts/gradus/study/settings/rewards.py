"""Settings of the reward of reinforcement learning: named parts, each with a weight and some with thresholds."""

from typing import Annotated, Any, Literal

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from gradus.study.settings.base import Settings

Weight = Annotated[float, Field(ge=0)]
Mark = Annotated[str, Field(min_length=1)]
WEIGHT = "What the part's value is multiplied by; 0: the part is only logged."
WRONG_ONLY = "Give it to wrong answers only, so that a right one earns the same however it is written."


class _OrWeight:
    """Where a part has settings, a bare number stands for its weight: `short: 0.1` is `short: {weight: 0.1}`."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._spelled_out, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        inner = handler(schema)
        return {"anyOf": [{"type": "number", "minimum": 0}, *inner.get("anyOf", [inner])]}

    @staticmethod
    def _spelled_out(value: Any) -> Any:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return {"weight": value}
        if value is None or isinstance(value, (dict, Settings)):
            return value
        raise PydanticCustomError("part_type", "expected a number, or a mapping with the weight and other settings")


class Partial(Settings):
    """1 for an answer that is a number near the right one, but not right."""

    weight: Weight = Field(description=WEIGHT)
    within: float = Field(0.1, ge=0, le=1, description="Largest distance, as a share of the right number.")
    off_by: float = Field(0.0, ge=0, description="A distance that is near enough whatever the right number is.")


class ShowsWork(Settings):
    """1 where the text has one of the marks that working leaves."""

    weight: Weight = Field(description=WEIGHT)
    marks: list[Mark] = Field(["=", "####"], min_length=1, description="Texts of which any one will do.")
    wrong_only: bool = Field(False, description=WRONG_ONLY)


class DomainTokens(Settings):
    """1 where the text has a token of the domain, such as a multiplication token of an extended vocabulary."""

    weight: Weight = Field(description=WEIGHT)
    tokens: list[Mark] = Field(["<MUL_"], min_length=1, description="Texts of which any one will do; beginnings count.")
    wrong_only: bool = Field(False, description=WRONG_ONLY)


class Short(Settings):
    """1 for a short text."""

    weight: Weight = Field(description=WEIGHT)
    words: int = Field(150, ge=1, description="It has fewer words than this.")
    wrong_only: bool = Field(False, description=WRONG_ONLY)


class Repetition(Settings):
    """-1 where a run of words comes again and again."""

    weight: Weight = Field(description=WEIGHT)
    unit: Literal["words", "tokens"] = Field(
        "words", description="What a run is made of; tokens also catch loops that have no spaces."
    )
    run: int = Field(3, ge=1, le=100, description="Units of a run.")
    times: int = Field(3, ge=2, description="Times that the same run has to be there, without overlap.")
    at_least: int = Field(10, ge=0, description="Texts with fewer units than this are never punished.")
    wrong_only: bool = Field(False, description=WRONG_ONLY)


class OverlongRamp(Settings):
    """From 0 down to -1 along the last tokens before max_tokens."""

    weight: Weight = Field(description=WEIGHT)
    cache: int | None = Field(
        None, ge=1, description="Over how many tokens it falls; null: a fifth of max_tokens, as in DAPO."
    )


class Length(Settings):
    """A right answer earns less the longer it is, a wrong one loses less: half a cosine wave from 0 to max_tokens."""

    weight: Weight = Field(description=WEIGHT)
    right_short: float = Field(1.0, description="Value of a right answer of no length.")
    right_long: float = Field(0.5, description="Value of a right answer of max_tokens.")
    wrong_short: float = Field(-1.0, description="Value of a wrong answer of no length.")
    wrong_long: float = Field(-0.5, description="Value of a wrong answer of max_tokens.")
    cut: float = Field(-1.0, description="Value of a completion that was cut at max_tokens.")


class BlindRewards(Settings):
    """Parts of the reward that do not know the right answer, for votes. `wrong_only` means nothing here."""

    hash_bonus: Weight | None = Field(None, description="1 where an answer follows `####`.")
    shows_work: Annotated[ShowsWork | None, _OrWeight()] = Field(None, description="1 where the text shows working.")
    domain_tokens: Annotated[DomainTokens | None, _OrWeight()] = Field(
        None, description="1 where the text has a token of the domain."
    )
    short: Annotated[Short | None, _OrWeight()] = Field(None, description="1 for a short text.")
    repetition: Annotated[Repetition | None, _OrWeight()] = Field(
        None, description="-1 for a text that repeats itself; its `unit` has to be words."
    )
    overlong: Weight | None = Field(None, description="-1 for a completion that was cut.")
    overlong_unanswered: Weight | None = Field(None, description="-1 for a completion that was cut without an answer.")
    overlong_ramp: Annotated[OverlongRamp | None, _OrWeight()] = Field(
        None, description="From 0 down to -1 along the last tokens before the benchmark's max_tokens."
    )


class Rewards(Settings):
    """The parts of the reward, each with a weight or a group of settings. The parts that stand here are all it has."""

    correct: Weight | None = Field(None, description="1 for a right answer, else 0.")
    format_penalty: Weight | None = Field(
        None, description="1 for a right answer, 0 for a wrong one, -1 where no answer is found."
    )
    hash_bonus: Weight | None = Field(
        None,
        description="1 where an answer follows `####`, right or wrong, else 0; usually 0.2. The form is GSM8K's "
        "(Cobbe et al. 2021, arXiv:2110.14168).",
    )
    partial: Annotated[Partial | None, _OrWeight()] = Field(
        None,
        description="1 for a number within 10% of the right one, but not right, else 0; usually 0.3. This and the next "
        "four shape the reward of zhengpu-berkeley/domain-token-gpt2 (rl/grpo_train.py), which gives them to wrong "
        "answers only and counts a number that is off by 1 as near.",
    )
    shows_work: Annotated[ShowsWork | None, _OrWeight()] = Field(
        None, description="1 where the text has `=` or `####`, else 0; usually 0.1."
    )
    domain_tokens: Annotated[DomainTokens | None, _OrWeight()] = Field(
        None, description="1 where the text has a token of the domain, else 0; usually 0.2."
    )
    short: Annotated[Short | None, _OrWeight()] = Field(
        None, description="1 for a text of fewer than 150 words, else 0; usually 0.1."
    )
    repetition: Annotated[Repetition | None, _OrWeight()] = Field(
        None, description="-1 where three words in a row come three times or more, else 0; usually 0.3."
    )
    overlong: Weight | None = Field(
        None, description="-1 for a completion that was cut at max_tokens, else 0; usually 0.5."
    )
    overlong_unanswered: Weight | None = Field(
        None,
        description="-1 for a completion that was cut at max_tokens and in which no answer is found, else 0; usually "
        "0.5: a hard penalty for what came to nothing.",
    )
    overlong_ramp: Annotated[OverlongRamp | None, _OrWeight()] = Field(
        None,
        description="0 up to max_tokens less `cache`, from there in a straight line to -1 at max_tokens. The soft "
        "overlong punishment of DAPO (Yu et al. 2025, arXiv:2503.14476, eq. 13); 0.5 beside `correct: 1` is its scale, "
        "for there a right answer earns 1 and a wrong one -1.",
    )
    length: Annotated[Length | None, _OrWeight()] = Field(
        None,
        description="From 1 down to 0.5 for a right answer, from -1 up to -0.5 for a wrong one, by its length; -1 "
        "where it was cut. The cosine reward of Yeo et al. 2025 (arXiv:2502.03373), with the values of open-r1.",
    )
    random: Weight | None = Field(
        None, description="0 or 1 by the completion's seed: a control that knows nothing of the answer."
    )
