"""The page around the data: template, style and script as one file that may load and run nothing else."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

import jinja2
from markupsafe import Markup

HERE = Path(__file__).parent
STYLES = ("colours.css", "base.css", "tables.css", "plots.css", "recipes.css", "browser.css", "print.css")
SCRIPTS = ("start.js", "tables.js", "plots.js", "browser.js", "finish.js")

_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def json_for_script(value: object) -> Markup:
    """JSON for a `<script>` element: it cannot end the element, open a comment or break a line of script.

    Lone surrogates, which no UTF-8 file can hold, stay as escapes. Raises ValueError for NaN and infinity.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = re.sub("[<>&\u2028\u2029]", lambda found: _UNSAFE[found[0]], text)
    return Markup(re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text))


def content_hash(text: str) -> str:
    """The source expression by which a content security policy admits exactly this inline text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy(style: str, script: str) -> str:
    """Nothing may be loaded, sent or framed; one style and one script may apply, known by their digests."""
    return (
        f"default-src 'none'; style-src {content_hash(style)}; script-src {content_hash(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def render(view: Mapping[str, object], data: object) -> str:
    """The page: `view` fills the template, `data` is embedded for the script."""
    style, script = joined(STYLES), joined(SCRIPTS)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    page = environment.get_template("template.html.j2").render(
        **view,
        policy=policy(style, script),
        style=Markup(style),
        script=Markup(script),
        data=json_for_script(data),
    )
    # text from elsewhere may hold lone surrogates; a file cannot
    return page.encode("utf-8", "replace").decode("utf-8")


def joined(names: tuple[str, ...]) -> str:
    """The files of the page named, one after the other."""
    return "\n".join((HERE / name).read_text(encoding="utf-8").strip() for name in names) + "\n"
