"""What mkdocs does besides: pages from the whole project, links as the files have them, and equations as MathML.

A page is the file that the project has anyway, and reads the same on GitHub. `make site` builds the site.
"""

import html
import re
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath

from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    "README.md": "index.md",
    "config/README.md": "settings.md",
    "profiles/README.md": "slurm.md",
    "scripts/gradus/grading/README.md": "grader.md",
    "scripts/gradus/grading/POLICY.md": "grading-policy.md",
    "scripts/gradus/grading/EXTRACTION.md": "finding-answers.md",
    "scripts/gradus/evaluation/coverage/INTERVAL_COVERAGE.md": "interval-coverage.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
}
"""Pages outside docs/: where they are in the project, and in the site."""
LINK = re.compile(r"\[([^\[\]]*)\]\(([^()\s]+)\)")
EQUATION = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for source, page in PAGES.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    place = next((source for source, name in PAGES.items() if name == page.file.src_uri), f"docs/{page.file.src_uri}")
    parts = re.split(r"^(```.*?^```)", markdown, flags=re.DOTALL | re.MULTILINE)
    for index in range(0, len(parts), 2):  # what is between blocks of code
        linked = LINK.sub(lambda link: _linked(link, place, page.file.src_uri, config.repo_url), parts[index])
        parts[index] = re.sub(r"^\|.*\|$", _without_escapes, linked, flags=re.MULTILINE)
    return "".join(parts)


def on_page_content(content: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Browsers render MathML themselves: no script, and nothing from a network."""
    return EQUATION.sub(
        lambda found: convert(html.unescape(found[3]), display="inline" if found[2] == "(" else "block"), content
    )


def _linked(link: re.Match[str], place: str, page: str, repository: str | None) -> str:
    """A link of the project's file `place` as the site's `page` has it. What is no page is in the repository, or, where
    the site does not know one, is text."""
    text, target = link.groups()
    path, hash_sign, anchor = target.partition("#")
    if not path or "://" in path:
        return link[0]
    file = normpath(PurePosixPath(place).parent / path)
    if (name := PAGES.get(file, file.removeprefix("docs/") if file.endswith(".md") else None)) is not None:
        return f"[{text}]({relpath(name, PurePosixPath(page).parent)}{hash_sign}{anchor})"
    if not (ROOT / file).exists():
        return link[0]  # which mkdocs reports
    return f"[{text}]({repository.rstrip('/')}/blob/HEAD/{file})" if repository else text


def _without_escapes(row: re.Match[str]) -> str:
    """GitHub asks for a bar in a table's code to be escaped; Python's Markdown shows the backslash."""
    return re.sub(r"`[^`]*`", lambda code: code[0].replace(r"\|", "|"), row[0])
