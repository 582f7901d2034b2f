"""The same batch on the same weights in both backends: a table of log-probabilities, losses and gradient norms.

    python tests/bench/parity_backends.py
    python tests/bench/parity_backends.py --model MODEL_DIRECTORY

Without a model: a tiny untrained one. The last column is the largest difference of a token's log-probability, and the
relative difference of the others; a row beyond the tolerance is marked, and the command fails.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path += [str(Path(__file__).resolve().parents[1] / part) for part in ("../scripts", ".", "training")]

from gradus.models.quiet import quiet  # noqa: F401 before the libraries, or these talk while they are imported

# isort: split
import torch
from parity import Compared, compare_grpo, compare_sft
from quick import parsed
from tiny import save_tiny_model, traces
from transformers.utils.logging import disable_progress_bar

TOLERANCE = 1e-4
EXPERIMENTS = {"GRPO": "direct_rl", "Dr. GRPO": "dr_grpo", "DAPO": "dapo"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="folder of a model; default: a tiny one")
    parser.add_argument("--methods", nargs="+", choices=("lora", "full"), default=["lora", "full"])
    arguments = parsed(parser, methods=["lora"])
    torch.set_num_threads(1)
    disable_progress_bar()
    beyond = 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        weights = arguments.model / "model.safetensors" if arguments.model else save_tiny_model(root / "model")
        print("| loss | method | quantity | torch | trl | difference |\n|---|---|---|---:|---:|---:|")
        for method in arguments.methods:
            for title, name in EXPERIMENTS.items():
                rows = compare_grpo(weights, root / f"{name}-{method}", name, method=method, micro_batch=2)
                beyond += show(title, method, rows)
            rows = compare_sft(weights, root / f"sft-{method}", traces(8), method=method, micro_batch=2)
            beyond += show("SFT", method, rows)
    if beyond:
        sys.exit(f"{beyond} of the rows differ by {TOLERANCE:g} or more")


def show(title: str, method: str, rows: list[Compared]) -> int:
    """Print the rows of one loss; returns how many are beyond the tolerance."""
    beyond = 0
    for row in rows:
        wrong = not row.difference < TOLERANCE  # so that what is no number is wrong, too
        beyond += wrong
        mark = " !" if wrong else ""
        print(f"| {title} | {method} | {row.quantity} | {row.torch:.6g} | {row.trl:.6g} | {row.difference:.1e}{mark} |")
    return beyond


if __name__ == "__main__":
    main()
