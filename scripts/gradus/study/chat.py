"""What a study says of its models' chat: the template, what it is given, and which tokens end an answer."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradus.hub.contents import is_weights
from gradus.prompts.templates.named import NAMES, named_template
from gradus.provenance.errors import GradusError
from gradus.provenance.files import json_text
from gradus.provenance.fingerprint import fingerprint
from gradus.provenance.outside import outside
from gradus.study.checked import note_right, was_right
from gradus.study.extended import tokens_spec
from gradus.study.local_files import model_folder_files
from gradus.study.mistakes import Mistake
from gradus.study.settings.base import shown
from gradus.study.settings.models import AnyModel, FolderModel, PublishedModel


def chat_settings(model: PublishedModel) -> dict[str, Any]:
    """For the job that brings a model into the results, which writes them into the model's files."""
    left_out = {"title", "chat_template", "tokens", "repair_tokens"}
    said = model.model_dump(mode="json", include={*PublishedModel.model_fields} - left_out)
    chosen = model.chat_template
    # By its text, so that another name for the same decides nothing.
    return said | {"template": None if chosen is None else _template(chosen)}


def _template(chosen: str) -> str:
    """The text of a named template or of a file. Raises GradusError where there is none."""
    if chosen in NAMES:
        return named_template(chosen)
    try:
        text = Path(chosen).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GradusError(f"chat_template {chosen}: cannot be read ({error}); save it as UTF-8 text") from None
    if not text:
        raise GradusError(f"chat_template {chosen}: the file is empty; write the template, or name another one")
    return text


def chat_origin(model: PublishedModel) -> dict[str, Any]:
    """The same for the specs of all that comes from the model, where a digest says as much as the template's text."""
    said = chat_settings(model)
    text = said["template"]
    return said | {"template": text and hashlib.sha256(text.encode()).hexdigest()}


def chat_mistakes(models: dict[str, AnyModel]) -> Iterator[Mistake]:
    """Templates that are not there or do not parse; of models in local folders all else that their fetch would refuse.

    For folders that are there.
    """
    for name, model in models.items():
        if not isinstance(model, PublishedModel):
            continue
        chosen = model.chat_template
        if chosen is not None and chosen not in NAMES and not (chosen.endswith(".jinja") and os.path.isfile(chosen)):
            what = f"there is neither a .jinja file {shown(chosen)} (from {Path.cwd()}) nor a template of this name"
            yield ("models", name, "chat_template"), f"{what}; take {', '.join(NAMES)}, or correct the path"
            continue
        wrong = [variable for variable in model.template_variables if not variable.isidentifier()]
        if wrong:
            yield ("models", name, "template_variables", wrong[0]), "no name of a variable; take letters, digits and _"
            continue
        try:
            said = chat_settings(model)
            if isinstance(model, FolderModel) and os.path.isdir(model.path):  # the graph may have to make it first
                _check_folder(model, said)
            elif said["template"] is not None:
                from gradus.prompts.fixed import fixed  # as below

                fixed(said["template"], {}, model.date, f"chat_template {chosen}")
        except GradusError as error:
            yield ("models", name), str(error)


def _check_folder(model: FolderModel, said: dict[str, Any]) -> None:
    """Raise GradusError where the fetch of a model in a local folder would refuse its chat or its domain tokens."""
    path, tokens = model.path, tokens_spec(model.tokens)
    small = [Path(file).name for file in model_folder_files(path) if not is_weights(file)]
    looked_at = json_text(
        {
            "files": outside(path, small).sha256,
            "chat": said,
            "tokens": tokens and tokens.model_dump(mode="json"),
            "repair_tokens": model.repair_tokens,
            "code": fingerprint("fetch_model.py"),
        }
    )
    check = hashlib.sha256(looked_at.encode()).hexdigest()
    if was_right(check):
        return
    from gradus.models.chat_files import ChatSettings, chat_files  # most studies need none of it and should not wait
    from gradus.models.declared_tokens import token_files

    changed = chat_files(Path(path), ChatSettings.of(said))
    token_files(Path(path), tokens, model.repair_tokens, changed)
    note_right(check)
