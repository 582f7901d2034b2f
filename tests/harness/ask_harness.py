"""lm-evaluation-harness on rows of HellaSwag in a local file, in its own environment: what it says of each.

python ask_harness.py MODEL ROWS OUT
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}

import lm_eval
import lm_eval.tasks
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks._yaml_loader import load_yaml

BATCH = 32


def ask(model: str, rows: str, out: str) -> None:
    """Its own task, model and loop; the rows alone are from elsewhere. Seconds are those of the loop."""
    asked = HFLM(pretrained=model, device="cpu", dtype="float32", batch_size=BATCH)
    task = load_yaml(Path(lm_eval.tasks.__file__).with_name("hellaswag") / "hellaswag.yaml", resolve_func=True) | {
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"validation": rows}},
        "training_split": None,
        "metric_list": [{"metric": name} for name in ("acc", "acc_norm", "acc_bytes")],
    }
    begin = time.perf_counter()
    found = lm_eval.simple_evaluate(model=asked, tasks=[task], log_samples=True, bootstrap_iters=0, verbosity="ERROR")
    seconds = time.perf_counter() - begin
    samples = sorted(found["samples"]["hellaswag"], key=lambda sample: sample["doc_id"])
    answers = [
        {
            "logprobs": [float(logprob) for ((logprob, _greedy),) in sample["resps"]],
            **{name: sample[name] for name in ("acc", "acc_norm", "acc_bytes")},
        }
        for sample in samples
    ]
    with open(out, "w", encoding="utf-8") as file:
        json.dump({"seconds": seconds, "answers": answers}, file)


if __name__ == "__main__":
    ask(*sys.argv[1:])
