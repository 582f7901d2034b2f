"""The kinds of jobs, in the order of the data. A stage is a rule, a script of the same name, and typed settings."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json
from gradus.specs import (
    contamination,
    corpora,
    evaluation,
    hub,
    models,
    problems,
    reporting,
    sampling,
    traces,
    training,
)
from gradus.specs.base import JobSettings, Spec

STAGES: dict[str, type[JobSettings]] = {
    "fetch_data": hub.FetchDataSpec,
    "fetch_model": models.FetchModelSpec,
    "import_nanogpt": models.ImportNanogptSpec,
    "make_problems": problems.MakeProblemsSpec,
    "sample_problems": sampling.SampleProblemsSpec,
    "keep_problems": problems.KeepProblemsSpec,
    "draw_problems": problems.DrawProblemsSpec,
    "check_references": problems.CheckReferencesSpec,
    "compare_benchmarks": contamination.CompareBenchmarksSpec,
    "train_tokenizer": corpora.TrainTokenizerSpec,
    "make_corpus": corpora.MakeCorpusSpec,
    "search_text": corpora.SearchTextSpec,
    "tokenize_text": corpora.TokenizeTextSpec,
    "pretrain": models.PretrainSpec,
    "pretrain_text": models.PretrainTextSpec,
    "extend_model": models.ExtendModelSpec,
    "sample_traces": sampling.SampleTracesSpec,
    "filter_traces": traces.FilterTracesSpec,
    "judge_traces": traces.JudgeTracesSpec,
    "make_public_traces": traces.MakePublicTracesSpec,
    "read_traces": traces.ReadTracesSpec,
    "mix_traces": traces.MixTracesSpec,
    "find_overlaps": contamination.FindOverlapsSpec,
    "judge_training_set": contamination.JudgeTrainingSetSpec,
    "drop_overlaps": contamination.DropOverlapsSpec,
    "list_overlaps": contamination.ListOverlapsSpec,
    "make_problems_table": problems.MakeProblemsTableSpec,
    "measure_traces": traces.MeasureTracesSpec,
    "sft": training.SftSpec,
    "dpo": training.DpoSpec,
    "grpo": training.GrpoSpec,
    "take_checkpoint": models.TakeCheckpointSpec,
    "merge_adapter": models.MergeAdapterSpec,
    "dequantize_model": models.DequantizeModelSpec,
    "export_model": models.ExportModelSpec,
    "sample_benchmark": sampling.SampleBenchmarkSpec,
    "measure_likelihoods": sampling.MeasureLikelihoodsSpec,
    "verify_samples": sampling.VerifySamplesSpec,
    "score_samples": evaluation.ScoreSamplesSpec,
    "score_likelihoods": evaluation.ScoreLikelihoodsSpec,
    "count_votes": evaluation.CountVotesSpec,
    "make_votes_table": evaluation.MakeVotesTableSpec,
    "make_verifier_table": evaluation.MakeVerifierTableSpec,
    "make_stages_table": evaluation.MakeStagesTableSpec,
    "make_token_use_table": evaluation.MakeTokenUseTableSpec,
    "compare_experiments": evaluation.CompareExperimentsSpec,
    "measure_completions": evaluation.MeasureCompletionsSpec,
    "compare_graders": evaluation.CompareGradersSpec,
    "make_ablation": evaluation.MakeAblationSpec,
    "make_ledger": reporting.MakeLedgerSpec,
    "make_report": reporting.MakeReportSpec,
}


def read_spec(path: Path) -> Spec[Any]:
    """The spec of a job, of whatever stage. Raises GradusError where it is torn, or of no stage that there is."""
    values = read_json(path)
    kind = STAGES.get(values.get("stage", ""))
    try:
        if kind is not None:
            return Spec[kind].model_validate_json(path.read_bytes())  # ty: ignore[invalid-type-form] chosen at run time
    except ValidationError:
        pass  # as below
    raise GradusError(f"{path}: not a spec of this release; run snakemake again, which writes it anew")


def read_specs(folder: Path) -> dict[str, Spec[Any]]:
    """All specs below the study's folder of specs, by their paths in it."""
    return {path.relative_to(folder).as_posix(): read_spec(path) for path in sorted(folder.rglob("*.json"))}
