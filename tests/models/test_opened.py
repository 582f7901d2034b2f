"""The model that a job opens: whole, and the adapter's own."""

from pathlib import Path

import pytest

from gradus.models.describe import write_manifest
from gradus.models.manifest import ADAPTER, MANIFEST
from gradus.models.opened import ModelFolders, open_model, open_tokenizer
from gradus.provenance.errors import GradusError
from models.made_models import Models


def manifests(*folders: Path) -> list[Path]:
    return [folder / MANIFEST for folder in folders]


@pytest.mark.parametrize("service", [False, True])
def test_by_manifests(models: Models, service: bool) -> None:
    base = models.dense()
    adapter = models.adapter(base, service=service)
    assert open_model(manifests(base)) == ModelFolders(base)
    assert open_model(manifests(base, adapter)) == ModelFolders(base, adapter)
    with pytest.raises(GradusError, match=r"rl/adapter_model.safetensors: not a model's manifest; give \S+/rl/"):
        open_model([base / MANIFEST, adapter / ADAPTER])


def test_an_adapter_needs_the_model_that_it_was_trained_on(models: Models) -> None:
    base, other = models.dense(), models.dense("other", scale=3.0)
    adapter = models.adapter(base)
    with pytest.raises(GradusError) as caught:
        open_model(manifests(other, adapter))
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{adapter / MANIFEST}: the adapter was trained on another model than {other / MANIFEST}")
    assert line.endswith(f"run snakemake {adapter / MANIFEST}, which makes or fetches the model again")
    with pytest.raises(GradusError, match="was trained on another model"):
        open_model(manifests(base, other))  # which is no adapter


def test_the_base_in_4_bits_counts_as_the_base(models: Models) -> None:
    """An adapter of QLoRA by trl is trained on the base and used on what trl made of it; one by torch the other way."""
    base = models.dense()
    in_4_bits = models.dequantized(base)
    open_model(manifests(in_4_bits, models.adapter(base, "trl")))
    open_model(manifests(base, models.adapter(in_4_bits, "torch")))


def test_a_base_that_was_made_again_otherwise_is_another_one(models: Models) -> None:
    base = models.dense()
    adapter = models.adapter(base)
    write_manifest(base, step=8)
    open_model(manifests(base, adapter))  # the same files
    (base / "generation_config.json").write_text("{}")
    write_manifest(base)
    with pytest.raises(GradusError, match="was trained on another model"):
        open_model(manifests(base, adapter))


def test_what_is_not_whole_is_not_opened(models: Models) -> None:
    base = models.dense()
    adapter = models.adapter(base)
    model = open_model(manifests(base, adapter))
    (adapter / ADAPTER).unlink()
    for check in (model.check, lambda: open_model(manifests(base, adapter))):
        with pytest.raises(GradusError, match=rf"{ADAPTER}: is missing; run snakemake \S+/rl/model.json"):
            check()
    (base / MANIFEST).unlink()
    with pytest.raises(GradusError, match=r"base/model.json: does not exist"):
        open_model(manifests(base))


def test_for_the_tokenizer_alone_weights_do_not_matter(models: Models) -> None:
    base = models.dense()
    (base / "model.safetensors").unlink()
    assert open_tokenizer(base / MANIFEST) == base
    (base / "chat_template.jinja").write_text("another one")
    with pytest.raises(GradusError, match=r"chat_template.jinja: has 11 bytes"):
        open_tokenizer(base / MANIFEST)


def test_more_than_one_adapter_is_refused(models: Models) -> None:
    base = models.dense()
    adapter = models.adapter(base)
    with pytest.raises(GradusError, match="at most one adapter, not 2"):
        open_model(manifests(base, adapter, adapter))
