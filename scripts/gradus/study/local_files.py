"""Problem sets and models that the user has as local files."""

from collections.abc import Iterator
from pathlib import Path

from gradus.hub.contents import NEEDED, model_files, weights_file
from gradus.hub.lock import is_repo_name
from gradus.study.file import KeyPath
from gradus.study.settings.models import AnyModel, FolderModel, HubModel
from gradus.study.settings.problems import ProblemSet, PublishedProblems


def files_below(path: str | Path) -> list[str]:
    """The file itself, or every file in the folder but hidden ones: a change of any of them is a change of the set."""
    path = Path(path)
    if not path.is_dir():
        return [str(path)]
    found = (file for file in path.rglob("*") if file.is_file())
    return sorted(str(file) for file in found if not any(p.startswith(".") for p in file.relative_to(path).parts))


def model_folder_files(path: str | Path) -> list[str]:
    """The files of a model in a local folder."""
    return [str(Path(path, name)) for name in model_files(file.name for file in Path(path).iterdir())]


def path_mistakes(problems: dict[str, ProblemSet], models: dict[str, AnyModel]) -> Iterator[tuple[KeyPath, str]]:
    """Sets and models whose files are not there, found before anything runs, and names that no repository can have."""
    for name, settings in problems.items():
        if not isinstance(settings, PublishedProblems):
            continue
        if settings.path is None:
            if not is_repo_name(settings.repo):
                yield ("problems", name, "repo"), _no_repo(settings.repo)
        elif not Path(settings.path).exists():
            yield ("problems", name, "path"), _not_there(settings.path, "set")
        elif not files_below(settings.path):
            yield ("problems", name, "path"), f"the folder {settings.path!r} is empty; fetch the set to it"
    for name, model in models.items():
        if isinstance(model, HubModel) and not is_repo_name(model.repo):
            yield ("models", name, "repo"), _no_repo(model.repo)
        if isinstance(model, FolderModel):
            if not Path(model.path).is_dir():
                yield ("models", name, "path"), _not_there(model.path, "model")
                continue
            there = {Path(file).name for file in model_folder_files(model.path)}
            missing = [needed for needed in NEEDED if needed not in there]
            if missing or weights_file(there) is None:
                what = missing[0] if missing else "weights as safetensors"
                yield ("models", name, "path"), f"{model.path!r} has no {what}; name a folder in transformers' layout"


def _not_there(path: str, what: str) -> str:
    return f"there is no {path!r} (from {Path.cwd()}); correct the path, or fetch the {what} to it"


def _no_repo(name: str) -> str:
    return f"{name!r} is not the name of a repository, such as owner/name; correct it, or name a local copy"
