"""What readers are told to type: the pages, and the commands of their blocks of shell code."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from linked_project import PROJECT

PAGES = (
    *("README.md", "docs/start.md", "docs/own-data.md"),  # in the order in which a reader comes by, who builds there
    *sorted(
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "docs").glob("*.md")
        if path.name not in ("start.md", "own-data.md")
    ),
    *("config/README.md", "profiles/README.md", "scripts/gradus/grading/README.md", "CONTRIBUTING.md"),
)
BLOCK = re.compile(r"^```(?:sh|bash)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEREDOC = re.compile(r"<<'(\w+)'")
COMMENT = re.compile(r"(^|\s+)# .*$")


@dataclass(frozen=True)
class Typed:
    """A command with what belongs to it, such as a here-document; without comments and line breaks of its own."""

    page: str
    text: str

    @property
    def name(self) -> str:
        """Its first line."""
        return self.text.partition("\n")[0]


def text_of(page: str) -> str:
    return (PROJECT / page).read_text(encoding="utf-8")


def typed(page: str, text: str) -> Iterator[Typed]:
    for block in BLOCK.findall(text):
        lines = iter(block.splitlines())
        for line in lines:
            command = COMMENT.sub("", line).strip()
            while command.endswith("\\"):
                command = command.removesuffix("\\").rstrip() + " " + COMMENT.sub("", next(lines)).strip()
            while not _closed(command):
                command += "\n" + next(lines)
            if document := HEREDOC.search(command):
                for inner in lines:
                    command += f"\n{inner}"
                    if inner == document[1]:
                        break
            if command:
                yield Typed(page, command)


def _closed(command: str) -> bool:
    """Whether every quote has its end."""
    try:
        shlex.split(command)
    except ValueError:
        return False
    return True


def all_typed() -> list[Typed]:
    """Each command once, where it comes first."""
    found: dict[str, Typed] = {}
    for page in PAGES:
        for command in typed(page, text_of(page)):
            found.setdefault(command.text, command)
    return list(found.values())


def files_of(page: str) -> dict[str, str]:
    """The files that a page gives in full, by their paths, which are above the block or in its first lines."""
    text = text_of(page)
    named = re.findall(r"^`([\w./]+)`:\n\n```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"^```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    headed = [
        (path[1], block) for block in blocks if (path := re.match(r"(?:# yaml-[^\n]*\n)?# (config/\S+)\n", block))
    ]
    return dict([*named, *headed])
