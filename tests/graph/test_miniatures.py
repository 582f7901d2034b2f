"""The studies of others in miniature, shrunk further, through the whole graph: each builds to its table."""

import json
from pathlib import Path

import pytest

from graph.project import copy_project, snakemake

SHRUNK = {
    "deepgrove": """\
models: {base: {steps: 50, batch_size: 24}, teacher: {steps: 60, batch_size: 24}}
problems: {gsm8k_train: {size: 48}, gsm8k: {size: 12}, math500: {size: 12}}
benchmarks: {gsm8k: {max_tokens: 40}, math500: {max_tokens: 40}}
traces: {custom: {samples: 2, filter: {min_steps: 0}}, public: {size: 40}}
experiments:
  sft_custom: {epochs: 1, evaluate_every: 1, batch_size: 8, accumulate: 2}
  sft_then_rl: {epochs: 1, group_size: 4, max_tokens: 48, checkpoint_every: 2}
""",
    "llama_qlora": """\
models: {base: {steps: 20, batch_size: 16}, instruct: {steps: 40, batch_size: 16}}
problems: {gsm8k_train: {size: 48}, gsm8k_1000: {size: 16}, gsm8k: {size: 8}}
benchmarks: {gsm8k: {max_tokens: 40}}
traces: {worked: {filter: {min_steps: 0}}}
experiments:
  grpo: {group_size: 4, max_tokens: 40, checkpoint_every: 1}
""",
    "howard": """\
models: {base: {steps: 50, batch_size: 24}, teacher: {steps: 60, batch_size: 24}}
problems:
  math: {size: 48}
  math500: {size: 12}
  aime2024: null
  gsm8k: null
  olympiad_traced: {size: 20, levels: [1]}
benchmarks: {gsm8k: null, aime2024: null, math500: {max_tokens: 40}}
traces: {olympiad: {filter: {min_steps: 0}}, math_hard: {samples: 2, filter: {min_steps: 0}}}
experiments:
  sft: {batch_size: 2}
  sft_b: null
  direct_rl: {group_size: 4, max_tokens: 40}
  grpo_v2: {epochs: 1}
  grpo_local: {epochs: 1, checkpoint_every: 1}
  grpo_local_lora: {steps: 2}
  grpo_local_lora_step50: {checkpoint: 1}
votes: {benchmarks: [math500], samples: 2, k: [1, 2]}
comparisons: {pairs: [[direct_rl, sft_then_rl]]}
""",
    "tokens": """seeds: 1
models: {plain: {steps: 40, batch_size: 16}, mul: {steps: 40, batch_size: 16}}
problems: {demonstrations: {size: 40}, train: {size: 60}, products: {size: 12}}
experiments:
  grpo_plain: {steps: 2, group_size: 4, max_tokens: 40}
""",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SHRUNK)
def test_it_builds_to_its_table(name: str, tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    text = f"extends: pocket_{name}.yaml\nstudy: small\n{SHRUNK[name]}"
    (project / "config/small.yaml").write_text(text, encoding="utf-8")
    snakemake(project, "all", "--configfile", "config/small.yaml")
    rows = json.loads((project / "results/small/ablation.json").read_text(encoding="utf-8"))["experiments"]
    assert len(rows) >= 5
    assert all(0 <= cell["accuracy"] <= 1 for row in rows for cell in row["cells"].values())
    assert all(row["cells"] for row in rows)
    assert (project / "results/small/report.html").is_file()
    assert "nothing to be done" in snakemake(project, "all", "--configfile", "config/small.yaml").lower()
