"""From a study to its plan: one fully resolved spec for every job of the graph.

A spec holds all that decides a job's result and nothing else: settings, the seed, the files it reads by role, and the
fingerprint of its code. Two studies with equal specs have equal results, wherever and whenever they run.
"""

from typing import Any

from gradus.hub.lock import Lock
from gradus.provenance.seeds import derive_seed
from gradus.rewards.compose import reward_modules
from gradus.sampling.capabilities import sampler_capabilities
from gradus.study.backends import for_backend, training_modules
from gradus.study.checkpoints import FIGURES
from gradus.study.gates import Gates
from gradus.study.hub import downloads, problem_download
from gradus.study.lineage import NF4_BF16, Lineage, Weights
from gradus.study.origins import fetch_settings, model_origin, outside_rows, pinned_files
from gradus.study.prompts import prompt_of
from gradus.study.references import published, published_from, published_votes
from gradus.study.rewards import reward_parts
from gradus.study.schema import Study
from gradus.study.services import sampler_of, service_settings
from gradus.study.settings.base import Settings
from gradus.study.settings.problems import Benchmark
from gradus.study.settings.rewards import Rewards
from gradus.study.settings.training import Lora
from gradus.study.trace_specs import length_specs, trace_specs
from gradus.study.votes import vote_benchmarks, voted_cells
from gradus.training.algorithm import load_algorithm
from gradus.training.capabilities import backend_capabilities

Spec = dict[str, Any]

# Which script a stage runs, and the modules that it loads by name rather than by import.
SCRIPTS = {
    "pins": "pin_hub.py",
    "data": "fetch_data.py",
    "fetch": "fetch_model.py",
    "pretrain": "pretrain.py",
    "problems": "make_problems.py",
    "overlaps": "find_overlaps.py",
    "shared": "compare_benchmarks.py",
    "gate": "judge_training_set.py",
    "clean": "drop_overlaps.py",
    "contamination": "list_overlaps.py",
    "problems_table": "make_problems_table.py",
    "golds": "check_golds.py",
    "completions": "sample_problems.py",
    "filter": "filter_traces.py",
    "public": "make_public_traces.py",
    "read_traces": "read_traces.py",
    "mix": "mix_traces.py",
    "lengths": "measure_traces.py",
    "sft": "train_sft.py",
    "grpo": "train_grpo.py",
    "checkpoint": "take_checkpoint.py",
    "rounded": "dequantise_model.py",
    "export": "export_model.py",
    "samples": "sample_problems.py",
    "scores": "score_samples.py",
    "votes": "count_votes.py",
    "votes_table": "make_votes_table.py",
    "ablation": "make_ablation.py",
    "comparisons": "compare_experiments.py",
    "second_opinion": "compare_graders.py",
    "ledger": "make_ledger.py",
    "report": "make_report.py",
}

# Of an experiment: what decides no result, or is in a spec as what follows from it.
SAID_ELSEWHERE = (
    *("title", "description", "parent", "checkpoint", "inherits", "stage", "sampler"),
    *("reference", "reference_votes"),
)


def resolve(study: Study, lock: Lock | None = None) -> dict[str, Spec]:
    """Every spec of the study, by its path below `results/<study>/specs/`, without the code fingerprints.

    `lock` has the revisions of what the study downloads.
    """
    lock = lock or {}
    specs: dict[str, Spec] = {}
    lineage = Lineage(study)

    def add(path: str, stage: str, settings: dict[str, Any], modules: tuple[str, ...] = ()) -> None:
        specs[path] = {
            "stage": stage,
            "name": path.removesuffix(".json"),
            "script": SCRIPTS[stage],
            "modules": list(modules),
            "settings": settings,
        }

    def seed(*names: str) -> int:
        return derive_seed(study.seed, *names)

    def weights_of(name: str, weights: Weights) -> dict[str, Any]:
        """What a job reads of a model, with the origin of all its ancestry's first, tokenizer and template included."""
        return weights.spec() | model_origin(study, lineage.root(name), lock)

    if wanted := sorted({download.repo for download in downloads(study)}):
        add("hub/pins.json", "pins", {"repos": [[repo.kind, repo.name] for repo in wanted]})
    for name, model in study.models.items():
        if model.source != "pretrain":
            add(f"models/{name}.json", "fetch", fetch_settings(study, lineage, name, lock))
            continue
        # The tokenizer's text is drawn with the study's seed for all models alike: same world, same vocabulary.
        settings = plain(model, "title", "source", "tinker") | {
            "seed": seed("models", name),
            "tokenizer_seed": seed("tokenizer"),
        }
        add(f"models/{name}.json", "pretrain", settings)
    for name, problems in study.problems.items():
        settings = plain(problems, "repo", "files") | {"set": name, "seed": seed("problems", name)}
        if download := problem_download(study, name):
            pinned = pinned_files(download, lock)
            settings["hub"] = {key: pinned[key] for key in ("repo", "revision")}
            add(f"hub/problems/{name}.json", "data", pinned)
        settings |= outside_rows(study, problems)
        add(f"problems/{name}.json", "problems", settings, source_modules(problems.source))
    add("golds.json", "golds", {"sets": sorted(study.problems)})
    for path, stage, settings in Gates(study, "").specs():
        add(path, stage, settings)
    add("problems.json", "problems_table", {"sets": list(study.problems)})
    for entry in (*trace_specs(study, lock), *length_specs(study, lock)):
        add(*entry)
    for name, experiment in study.experiments.items():
        if experiment.stage != "none":
            settings = plain(experiment, *SAID_ELSEWHERE)
            settings |= {"weights": weights_of(name, lineage.start(name)), "seed": seed("experiments", name)}
            if experiment.method == "full":
                settings["lora"] = plain(Lora())  # without an adapter its settings decide nothing
            settings = for_backend(experiment, study.rollouts, settings)
            settings |= service_settings(study, backend_capabilities(experiment.backend), lineage.root(name))
            if experiment.stage == "grpo":
                settings |= {"prompt": prompt_of(study, experiment.prompt), "grading": plain(study.grading)}
                if experiment.held_out is None:
                    del settings["held_out"]
                settings |= preset(settings)
            modules = (*training_modules(experiment), *reward_modules(settings.get("rewards", ())))
            add(f"models/{name}.json", experiment.stage, settings, modules)
        for benchmark_name, benchmark in study.benchmarks.items():
            here = f"{name}/{benchmark_name}"
            prompt = prompt_of(study, benchmark.prompt)
            grading = plain(benchmark.grading or study.grading)
            weights = weights_of(name, lineage.weights(name))
            drawn = {"weights": weights, "prompt": prompt, "max_tokens": benchmark.max_tokens}
            protocol = plain(study.sampling) | shown_protocol(study, benchmark)
            sampler = sampler_of(study, name, benchmark_name)
            drawn |= service_settings(study, sampler_capabilities(sampler), lineage.root(name))
            protocol |= {"sampler": sampler, "seed": seed("samples", name, benchmark_name)}
            modules = sampler_modules(sampler)
            add(f"samples/{here}.json", "samples", drawn | protocol, modules)
            shown = {"experiment": name, "benchmark": benchmark_name, "grading": grading}
            shown |= {"protocol": shown_protocol(study, benchmark)}
            add(f"eval/{here}.json", "scores", shown | {"prompt": prompt})
            if name in study.votes.experiments and benchmark_name in vote_benchmarks(study):
                voted = {"temperature": study.votes.temperature, "samples": study.votes.samples}
                voted |= {"sampler": sampler, "seed": seed("votes", name, benchmark_name)}
                add(f"samples/{here}.votes.json", "samples", drawn | voted, modules)
                counted = {"experiment": name, "benchmark": benchmark_name}
                counted |= {"k": study.votes.k, "weights": study.votes.weights, "max_tokens": benchmark.max_tokens}
                counted["rewards"] = reward_parts(study.votes.rewards) if "reward" in study.votes.weights else {}
                counted |= {"grading": grading, "seed": seed("count", name, benchmark_name)}
                add(f"votes/{here}.json", "votes", counted, reward_modules(counted["rewards"]))
    for name, (parent, chosen) in lineage.checkpoints().items():
        figure = FIGURES[study.experiments[parent].stage]
        add(f"models/{name}.json", "checkpoint", {"experiment": parent, "checkpoint": chosen, "figure": figure})
    for name, base in lineage.rounded().items():
        root = base.partition(".at-")[0]
        rounded_from = "bfloat16" if name.endswith(NF4_BF16) else "float32"
        add(f"models/{name}.json", "rounded", {"weights": weights_of(root, Weights(base)), "precision": rounded_from})
    for name in study.experiments:
        add(f"export/{name}.json", "export", {"experiment": name, "weights": weights_of(name, lineage.weights(name))})
    _add_tables(study, add)
    return specs


def _add_tables(study: Study, add: Any) -> None:
    benchmarks = [{"name": name, "title": b.title or name} for name, b in study.benchmarks.items()]
    experiments = [
        {
            "name": name,
            "title": e.title or name,
            "description": e.description,
            "parent": e.parent,
            "checkpoint": e.checkpoint,
            "stage": e.stage,
            "backend": getattr(e, "backend", ""),
            "method": getattr(e, "method", ""),
        }
        | published(e)
        for name, e in study.experiments.items()
    ]
    rows = {"study": study.study, "title": study.title or study.study, "seed": study.seed}
    rows |= {"benchmarks": benchmarks, "experiments": experiments, "baseline": study.comparisons.baseline}
    rows |= published_from(study)
    pairs = {"pairs": [list(pair) for pair in study.comparisons.pairs]}
    names = {"experiments": list(study.experiments), "benchmarks": list(study.benchmarks)}
    pairs |= {"baseline": study.comparisons.baseline, "seed": derive_seed(study.seed, "comparisons")}
    add("comparisons.json", "comparisons", names | pairs)
    judged = {
        "experiments": list(study.experiments),
        "benchmarks": [[n, b.problems] for n, b in study.benchmarks.items()],
    }
    add("second_opinion.json", "second_opinion", judged | plain(study.second_opinion))
    add("ablation.json", "ablation", rows)
    titles = {row["name"]: row["title"] for row in [*experiments, *benchmarks]}
    votes = {"votes": [list(pair) for pair in voted_cells(study)], "titles": titles}
    add("votes.json", "votes_table", votes | published_votes(study))
    add("ledger.json", "ledger", {})
    sets = {name: benchmark.problems for name, benchmark in study.benchmarks.items()}
    shown = {"models": list(study.models), "traces": list(study.traces), "votes": bool(voted_cells(study))}
    add("report.json", "report", rows | shown | {"problem_sets": sets})


def plain(settings: Settings, *leave_out: str) -> dict[str, Any]:
    """Settings as JSON values. Titles and descriptions are left out where they do not decide the result."""
    return settings.model_dump(mode="json", exclude=set(leave_out))


def preset(settings: dict[str, Any]) -> dict[str, Any]:
    """The values of the algorithm's preset for the settings that the study leaves null, and the reward's parts."""
    chosen = load_algorithm(settings["algorithm"]).preset.for_unset(settings)
    rewards = Rewards.model_validate(chosen.get("rewards", settings["rewards"]))
    return chosen | {"rewards": reward_parts(rewards)}


def sampler_modules(sampler: str) -> tuple[str, ...]:
    return (f"gradus.sampling.{sampler}.sampler",)


def shown_protocol(study: Study, benchmark: Benchmark) -> dict[str, Any]:
    """How a benchmark's answers are drawn, as its scores tell: one greedy answer, or several at a temperature."""
    temperature = study.sampling.temperature if benchmark.temperature is None else benchmark.temperature
    return {"temperature": temperature, "max_tokens": benchmark.max_tokens, "samples": benchmark.samples}


def source_modules(source: str) -> tuple[str, ...]:
    return () if source == "subset" else (f"gradus.problems.sources.{source}",)
