"""What jobs leave that train tokenizers, as Snakemake knows it."""

from pathlib import Path

from graph.project import snakemake
from linked_project import linked_project


def test_the_ids_of_domain_tokens_are_an_output_of_models_that_have_any(tmp_path: Path) -> None:
    project = linked_project(tmp_path / "project")
    files = [f"results/pocket_tokens/tokenizers/{name}/domain_tokens.json" for name in ("plain", "mul")]
    said = snakemake(project, *files, "--configfile", "config/pocket_tokens.yaml", "--dry-run")
    assert "train_tokenizer_with_tokens" in said
