"""Problem sets and models that the user has as local files."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from gradus.hub.contents import ALLOWED, NEEDED, matches, model_files, weights_file
from gradus.hub.lock import is_repo_name
from gradus.problems.checks import check_row
from gradus.problems.published import source_rows
from gradus.problems.raw.json_rows import jsonl_rows
from gradus.provenance.errors import GradusError
from gradus.provenance.outside import iterate_files
from gradus.study.file import KeyPath
from gradus.study.own_results import own_result
from gradus.study.problem_sets import ProblemSet, published_source
from gradus.study.settings.base import shown
from gradus.study.settings.models import AnyModel, FolderModel, HubModel
from gradus.study.settings.problems import PublishedProblems

MOST_FILES = 10_000
"""Below the folder of a set; the largest published ones have some hundred."""

TEXTS = (".jsonl", ".csv", ".tsv")
"""Files whose first row can be read without the rest."""

PICKLES = (".bin", ".pt", ".pth", ".ckpt")


def model_folder_files(path: str | Path) -> list[str]:
    """The files of a model in a local folder; the folder itself where it is gone, for Snakemake to miss it.

    An exception in an input function would count as a job that is done.
    """
    if not os.path.isdir(path):
        return [str(path)]
    return [str(Path(path, name)) for name in model_files(file.name for file in Path(path).iterdir())]


def path_mistakes(
    study: str, problems: dict[str, ProblemSet], models: dict[str, AnyModel]
) -> Iterator[tuple[KeyPath, str]]:
    """Sets and models whose files are not there or of no kind that is read, names that no repository can have, and keys
    of a set that do not fit together.

    What lies in the results of the study of this name is made when it is needed.
    """
    for name, settings in problems.items():
        if not isinstance(settings, PublishedProblems):
            continue
        for key, what in published_source(settings).mistakes(settings).items():
            yield ("problems", name, *key.split(".")), what
        if settings.path is None:
            if not is_repo_name(settings.repo):
                yield ("problems", name, "repo"), _no_repo(settings.repo)
        elif what := rows_mistake(study, settings.path) or _first_problem_mistake(study, settings):
            yield ("problems", name, "path"), what
    for name, model in models.items():
        if isinstance(model, HubModel) and not is_repo_name(model.repo):
            yield ("models", name, "repo"), _no_repo(model.repo)
        if isinstance(model, FolderModel) and (what := _folder_mistake(study, model.path)):
            yield ("models", name, "path"), what


def rows_mistake(study: str, path: str) -> str | None:
    """What is wrong with the file or folder that a problem set or trace set is to be read from."""
    if own_result(study, path):
        return None
    try:
        if not os.path.exists(path):
            return _not_there(path, "set")
        if not os.path.isfile(path) and not os.path.isdir(path):
            return f"{path!r} is a pipe or device; name a file"
        files = sorted(islice(iterate_files(path), MOST_FILES + 1))
    except OSError as error:
        return f"{path!r} cannot be read ({error.strerror}); correct the path"
    if len(files) > MOST_FILES:
        return f"the folder {path!r} holds more than {MOST_FILES:,} files; name that of the set itself"
    if not files:
        return f"the folder {path!r} is empty; fetch the set to it"
    if not os.access(files[0], os.R_OK):
        return f"{files[0]!r} may not be read by this user; change its permissions, or copy it"
    if not any(matches(Path(file).name, ALLOWED["dataset"]) for file in files):
        return f"{files[0]!r} is of no kind that is read; convert it to one of {', '.join(ALLOWED['dataset'])}"
    return _first_row_mistake(Path(path))


def _first_row_mistake(path: Path) -> str | None:
    """What is wrong with the first row of JSON lines: no line of a wrong file is read in a job, nor told."""
    if path.suffix != ".jsonl":
        return None
    try:
        rows = next(jsonl_rows(path), None)
    except (GradusError, OSError) as error:
        return str(error)
    return None if rows else f"{str(path)!r} holds no rows; fetch it again, or correct the path"


def _first_problem_mistake(study: str, settings: PublishedProblems) -> str | None:
    """What is wrong with the first problem of a set whose columns the study says: a name that is mistyped is told here.

    Only of text: what parquet and Arrow hold takes a second to import, and is told by the job.
    """
    source = published_source(settings)
    if source.rows or own_result(study, settings.path) or Path(settings.path or "").suffix not in TEXTS:
        return None
    try:
        for row in islice(source_rows(source, Path(settings.path or ""), settings), 1):
            if (problem := source.problem(row, settings)) is not None:
                check_row(row, problem, source.answer)
    except (GradusError, OSError) as error:
        return str(error)
    return None


def _folder_mistake(study: str, path: str) -> str | None:
    """What is wrong with a model's folder."""
    if own_result(study, path):
        return None
    if not os.path.isdir(path):
        return _not_there(path, "model")
    there = {Path(file).name for file in model_folder_files(path)}
    missing = [needed for needed in NEEDED if needed not in there]
    if not missing and weights_file(there) is not None:
        return None
    if "adapter_config.json" in {file.name for file in Path(path).iterdir()}:
        return f"{path!r} is an adapter without its base model; merge them, and name the merged model's folder"
    pickles = sorted(file.name for file in Path(path).iterdir() if file.suffix in PICKLES)
    if pickles and not missing:
        convert = "AutoModelForCausalLM.from_pretrained(FOLDER).save_pretrained(FOLDER)"
        return f"{path!r} has its weights as {pickles[0]}, which is not read as it may hold code; convert it: {convert}"
    what = missing[0] if missing else "weights as safetensors"
    return f"{path!r} has no {what}; name a folder in transformers' layout"


def _not_there(path: str, what: str) -> str:
    return f"there is no {shown(path)} (from {Path.cwd()}); correct the path, or fetch the {what} to it"


def _no_repo(name: str) -> str:
    return f"{name!r} is not the name of a repository, such as owner/name; correct it, or name a local copy"
