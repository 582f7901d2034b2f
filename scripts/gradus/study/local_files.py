"""Problem sets that the user has as local files."""

from collections.abc import Iterator
from pathlib import Path

from gradus.study.file import KeyPath
from gradus.study.settings.problems import ProblemSet, PublishedProblems


def files_below(path: str | Path) -> list[str]:
    """The file itself, or every file in the folder but hidden ones: a change of any of them is a change of the set."""
    path = Path(path)
    if not path.is_dir():
        return [str(path)]
    found = (file for file in path.rglob("*") if file.is_file())
    return sorted(str(file) for file in found if not any(p.startswith(".") for p in file.relative_to(path).parts))


def path_mistakes(problems: dict[str, ProblemSet]) -> Iterator[tuple[KeyPath, str]]:
    """Sets whose file is not there, found before anything runs."""
    for name, settings in problems.items():
        if not isinstance(settings, PublishedProblems):
            continue
        if settings.path is None:
            what = "is required: the local file or folder that the set is read from"
            yield ("problems", name, "path"), what
        elif not Path(settings.path).exists():
            what = f"there is no {settings.path!r} (from {Path.cwd()}); correct the path, or fetch the set to it"
            yield ("problems", name, "path"), what
        elif not files_below(settings.path):
            yield ("problems", name, "path"), f"the folder {settings.path!r} is empty; fetch the set to it"
