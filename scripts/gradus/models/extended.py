"""A model with further tokens: ids after the last row of its embeddings, and a row for each of them.

The rows that there are, and with them all that the model computes of its own tokens, stay as they are. A new row is the
mean of the rows of the tokens that its text was split into before (`pieces`), so that `<MUL_6_9_54>` begins near its
digits; or that of all tokens that there were (`mean`: Hewitt 2021, "Initializing New Word Embeddings for Pretrained
Language Models"). Either way its logit is a mean of others', so none of the new tokens is likelier than all of these.
Output projections, and their biases, have new rows by the same rule.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from torch import Tensor
from transformers import AutoModelForCausalLM, PreTrainedModel
from transformers.utils.logging import disable_progress_bar

from gradus.hub.contents import WEIGHTS_INDEX
from gradus.models.added_tokens import check_tokens, files_with_tokens
from gradus.models.checkpoints import copy_model
from gradus.models.domain_tokens import FamilyIds, read_domain_tokens, write_domain_tokens
from gradus.models.folders import save_dense
from gradus.models.manifest import Manifest
from gradus.models.tokenizer import load_tokenizer
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_text

Initial = Literal["pieces", "mean"]


def extend_model(
    base: Manifest, out: Path, name: str, tokens: Sequence[str], *, reserved: bool, initial: Initial
) -> FamilyIds:
    """Write the model of `base` with a family of tokens to `out`, but for the manifest.

    Raises GradusError where the family or one of its texts is in the model already, or where the tokenizer cannot have
    the ids.
    """
    disable_progress_bar()
    folder = base.folder
    families = read_domain_tokens(folder)
    if name in families:
        raise GradusError(f"{folder}: has domain tokens {name!r} already; give the new ones a `name`")
    tokenizer = load_tokenizer(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype="auto")
    assert isinstance(model, PreTrainedModel)
    rows = len(_of_vocabulary(model)[0])
    first = max(rows, *(number + 1 for number in tokenizer.get_vocab().values()))
    family = FamilyIds.numbered(tokens, first, reserved)
    written = files_with_tokens(folder, family.tokens)  # of reserved ones too, so that both are refused alike
    pieces = [tokenizer.encode(token, add_special_tokens=False).ids for token in tokens] if initial == "pieces" else []
    if empty := [token for token, ids in zip(tokens, pieces, strict=False) if not ids]:
        raise GradusError(f"{folder}: {empty[0]!r} is nothing to the tokenizer; take another text")
    _add_rows(model, first, pieces or [None] * len(tokens))

    copy_model(folder, out, leave=[*base.weights, WEIGHTS_INDEX])
    save_dense(model, out, model.dtype)
    if not reserved:
        for file, text in written.items():
            write_text(out / file, text)
    families[name] = family
    write_domain_tokens(out, families)
    check_tokens(load_tokenizer(out), families, out)
    return family


def _add_rows(model: PreTrainedModel, first: int, sources: Sequence[Sequence[int] | None]) -> None:
    """A row from `first` on for each of `sources`: the mean of the rows with these numbers, None: of all that there
    were, as of rows between, which the tokenizer has no use for."""
    before = [parameter.detach().clone() for parameter in _of_vocabulary(model)]
    model.resize_token_embeddings(first + len(sources), mean_resizing=False)
    for old, parameter in zip(before, _of_vocabulary(model), strict=True):
        everything = old.float().mean(0)
        parameter.data[: len(old)] = old
        parameter.data[len(old) : first] = everything.to(old.dtype)
        for place, ids in enumerate(sources, first):
            parameter.data[place] = everything if ids is None else old[list(ids)].float().mean(0)


def _of_vocabulary(model: PreTrainedModel) -> list[Tensor]:
    """The parameters whose first dimension is the vocabulary, [V, ...]: the embeddings first, tied ones once."""
    modules = (model.get_input_embeddings(), model.get_output_embeddings())
    return list({id(p): p for module in modules if module is not None for p in module.parameters()}.values())
