"""Values for a template's variables, written into the template."""

from datetime import date
from pathlib import Path

import pytest
from transformers.utils.chat_template_utils import render_jinja_template

from gradus.prompts import chat
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.fixed import fixed
from gradus.provenance.errors import GradusError

DAY = date(2031, 2, 3)
SCRIPTS = Path(chat.__file__).parents[2]


def shown(text: str, **variables: object) -> str:
    """By our rendering and by that of transformers, which have to be the same."""
    ours = ChatTemplate.parse(text, {}, "t").render([], **variables)
    ((theirs,), _) = render_jinja_template([[]], chat_template=text, **variables)
    assert ours == theirs
    return ours


@pytest.mark.parametrize(
    ("value", "text"), [(False, "no"), (True, "yes"), (7, "7"), (0.5, "0.5"), ("a\n\"'{% é 🙂", "a\n\"'{% é 🙂")]
)
def test_a_variable_has_a_default_that_a_caller_may_override(value: object, text: str) -> None:
    template = (
        "  {{ 'no' if x is false else 'yes' if x is true else x }}{% for _ in [1] %}{{ x is defined }}{% endfor %}"
    )
    written = fixed(template, {"x": value}, DAY, "t")
    assert shown(written) == f"  {text}True"
    assert shown(written, x="other") == "  otherTrue"


def test_all_dates_of_a_template_are_the_same_day() -> None:
    template = (
        "{% macro m() %}{{ strftime_now('%Y-%m-%d') }}{% endmacro %}{{ m() }}, "
        "{% if strftime_now is defined %}{% set d = strftime_now('%d %b %Y') %}{% endif %}{{ d }}"
    )
    written = fixed(template, {}, DAY, "t")
    assert shown(written) == "2031-02-03, 03 Feb 2031"
    # A model that was trained here keeps its day.
    assert fixed(written, {}, date(2000, 1, 1), "t") == written
    assert ChatTemplate.parse(template, {}, "t").render([]) == "2024-07-26, 26 Jul 2024"


def test_a_template_without_dates_or_variables_stays_as_it_is() -> None:
    assert fixed("  {{ messages }}", {}, DAY, "t") == "  {{ messages }}"


def test_a_date_that_cannot_be_fixed_is_refused() -> None:
    with pytest.raises(GradusError, match="t, line 2: strftime_now needs a form in quotes"):
        fixed("\n{{ strftime_now(form) }}", {}, DAY, "t")
    with pytest.raises(GradusError, match=r"t, line 1: .*: correct the template"):
        fixed("{% if %}", {}, DAY, "t")


def test_prompts_know_no_clock() -> None:
    for path in [*SCRIPTS.glob("gradus/prompts/**/*.py"), *SCRIPTS.glob("gradus/models/*.py")]:
        assert not any(word in path.read_text() for word in (".now(", ".today(", "time.time(")), path
