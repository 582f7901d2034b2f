"""Values for the variables of a chat template, written into the template itself.

So everything that renders it gives the same prompt: every sampler and trainer here, transformers and vLLM with the
model that was trained.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import jinja2
from jinja2 import nodes

from gradus.prompts.chat import environment
from gradus.provenance.errors import GradusError

NOW = "strftime_now"
"""The function by which templates ask for today's date."""


def fixed(text: str, variables: Mapping[str, Any], day: date, source: str) -> str:
    """The template with defaults for its `variables`, which a caller may still override, and with `day` as today.

    A template that defines its own `strftime_now`, as those do that come from here, keeps its day. `source` names the
    template in errors. Raises GradusError where it does not parse or computes the form of a date.
    """
    # Jinja reads Python's literals.
    lines = [f"{{% set {name} = {name} | default({value!r}) %}}\n" for name, value in variables.items()]
    dates = {form: day.strftime(form) for form in _forms_of_dates(text, source)}
    if dates:
        lines.append(f"{{% macro {NOW}(form) %}}{{{{ {dates!r}[form] }}}}{{% endmacro %}}\n")
    return "".join(lines) + text  # blocks swallow the line break behind them, so nothing of this is in the prompt


def _forms_of_dates(text: str, source: str) -> list[str]:
    """The forms in which a template prints dates; none where it has a day of its own."""
    try:
        tree = environment().parse(text)
    except jinja2.TemplateSyntaxError as error:
        raise GradusError(f"{source}, line {error.lineno}: {error.message}: correct the template") from error
    if any(macro.name == NOW for macro in tree.find_all(nodes.Macro)):
        return []
    forms = []
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == NOW:
            first = call.args[0] if call.args else None
            if not isinstance(first, nodes.Const):
                raise GradusError(
                    f"{source}, line {call.lineno}: {NOW} needs a form in quotes, so that its date is fixed"
                )
            forms.append(str(first.value))
    return sorted(set(forms))
