"""Under which name an adapter finds its base model: here a folder, on the hub a repository."""

from dataclasses import dataclass
from pathlib import Path

from gradus.graph.graph import Graph
from gradus.models.manifest import ADAPTER_CONFIG, PLACE
from gradus.provenance.errors import GradusError
from gradus.provenance.files import json_text, read_json
from gradus.sharing.shared import Shared
from gradus.specs.derived import quantized_from
from gradus.study.groups import not_pushed, repo_of
from gradus.study.hub import model_download

NAME = PLACE[ADAPTER_CONFIG]


@dataclass(frozen=True)
class Base:
    """Of an adapter. repo: where others find it. folder: where it is here, whole path; None where the adapter names the
    repository here too, as it does for a base that came from the hub."""

    repo: str
    folder: Path | None

    def on_the_hub(self, config: Path) -> str:
        """The text of an adapter's config with the repository for the folder."""
        return json_text(read_json(config) | ({} if self.folder is None else {NAME: self.repo}))

    def here(self, config: Path) -> str:
        """The text of a pulled adapter's config with the folder for the repository."""
        return json_text(read_json(config) | ({} if self.folder is None else {NAME: str(self.folder)}))


def base_of(graph: Graph, model: Shared) -> Base | None:
    """None for a model that is no adapter.

    Raises GradusError where the base has no repository, so that nobody who downloads the adapter could use it.
    """
    study, weights = graph.study, graph.context.lineage.weights(model.member)
    if weights.adapter is None:
        return None
    name = quantized_from(weights.dense)  # QLoRA's adapters are used beside the model that was loaded in 4 bits
    folder = Path(model.root, "models", weights.dense).absolute()
    if name in study.models and (download := model_download(study, name)) is not None:
        return Base(download.repo.name, folder if name != weights.dense else None)
    member = graph.context.replicates.by_name.get(name)
    if name not in study.models and member is None:
        raise GradusError(
            f"{model.member}: its base {name} is made of other models here and has no repository; leave it out, or "
            f"share the whole model: snakemake {model.root}/export/{model.member}"
        )
    if why := not_pushed(study, name if member is None else member.experiment):
        raise GradusError(f"{model.member}: its base {name} cannot be shared: {why}")
    repo = repo_of(study, name)
    if repo is None:
        raise GradusError(
            f"{model.member}: its base {name} has no repository; set hub.namespace, or name it in hub.repos"
        )
    return Base(repo, folder)
