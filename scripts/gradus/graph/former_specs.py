"""The specs of the release before this one, as typed ones, for `snakemake adopt`. Remove it with `adoption.py`."""

import json
from typing import Any

from gradus.specs import contamination, evaluation, hub, models, problems, reporting, sampling, traces, training
from gradus.specs.base import JobSettings, Spec

KINDS: dict[str, tuple[str, type[JobSettings]]] = {
    "data": ("fetch_data", hub.FetchDataSpec),
    "fetch": ("fetch_model", models.FetchModelSpec),
    "problems": ("make_problems", problems.MakeProblemsSpec),
    "overlaps": ("find_overlaps", contamination.FindOverlapsSpec),
    "shared": ("compare_benchmarks", contamination.CompareBenchmarksSpec),
    "gate": ("judge_training_set", contamination.JudgeTrainingSetSpec),
    "clean": ("drop_overlaps", contamination.DropOverlapsSpec),
    "contamination": ("list_overlaps", contamination.ListOverlapsSpec),
    "problems_table": ("make_problems_table", problems.MakeProblemsTableSpec),
    "golds": ("check_references", problems.CheckReferencesSpec),
    "completions": ("sample_traces", sampling.SampleTracesSpec),
    "filter": ("filter_traces", traces.FilterTracesSpec),
    "public": ("make_public_traces", traces.MakePublicTracesSpec),
    "read_traces": ("read_traces", traces.ReadTracesSpec),
    "mix": ("mix_traces", traces.MixTracesSpec),
    "lengths": ("measure_traces", traces.MeasureTracesSpec),
    "sft": ("sft", training.SftSpec),
    "grpo": ("grpo", training.GrpoSpec),
    "checkpoint": ("take_checkpoint", models.TakeCheckpointSpec),
    "rounded": ("dequantize_model", models.DequantizeModelSpec),
    "export": ("export_model", models.ExportModelSpec),
    "samples": ("sample_benchmark", sampling.SampleBenchmarkSpec),
    "scores": ("score_samples", evaluation.ScoreSamplesSpec),
    "votes": ("count_votes", evaluation.CountVotesSpec),
    "votes_table": ("make_votes_table", evaluation.MakeVotesTableSpec),
    "ablation": ("make_ablation", evaluation.MakeAblationSpec),
    "comparisons": ("compare_experiments", evaluation.CompareExperimentsSpec),
    "second_opinion": ("compare_graders", evaluation.CompareGradersSpec),
    "ledger": ("make_ledger", reporting.MakeLedgerSpec),
    "report": ("make_report", reporting.MakeReportSpec),
}
RENAMED = {"figure": "metric", "tinker": "service"}
PLUGINS = {"problems": "problems", "read_traces": "traces"}


def typed_spec(spec: dict[str, Any]) -> Spec[Any]:
    """Raises KeyError or ValidationError for what is no spec of that release."""
    stage, _ = KINDS[spec["stage"]]
    settings = typed_settings(spec["stage"], spec["settings"])
    return Spec(stage=stage, name=spec["name"], modules=spec["modules"], settings=settings)


def typed_settings(former: str, settings: dict[str, Any]) -> JobSettings:
    """The settings of a job, of a stage by its former name."""
    _, kind = KINDS[former]
    values = {RENAMED.get(key, key): value for key, value in settings.items()}
    if former == "completions":
        values["weights"] = {"dense": values["teacher"], "origin": values.get("origin")}
    if former in ("sft", "grpo") and values.get("backend") == "torch":
        values["network"] = "embedded"  # there was no other
    if former == "grpo":
        values["overlap"] = int(values.pop("look_ahead", False))
        values["kl_estimator"] = None if values.get("backend") == "tinker" else "k3"  # there was no other
    if former in ("overlaps", "shared"):
        values["near"] = False  # there were only copies
    if former in ("gate", "clean", "contamination"):
        values["near"] = "report"
    if former == "fetch" and "repo" in values:
        values["hub"] = {key: values[key] for key in ("repo", "revision", "files")}
    known = {key: value for key, value in values.items() if key in kind.model_fields}
    if former in PLUGINS:
        known[PLUGINS[former]] = {key: value for key, value in values.items() if key == "kind" or key not in known}
    return kind.model_validate_json(json.dumps(known))
