"""Compare an exported GPT-2 with its nanoGPT checkpoint: python scripts/check_export.py CKPT.pt FOLDER"""

import argparse
import sys
from pathlib import Path

from gradus.models.nanogpt import read_checkpoint
from gradus.models.nanogpt_parity import check_export
from gradus.models.nanogpt_sizes import ACTIVATIONS
from gradus.models.quiet import quiet
from gradus.provenance.errors import GradusError


def main() -> None:
    parser = argparse.ArgumentParser(description="Whether an exported GPT-2 computes what its nanoGPT checkpoint does.")
    parser.add_argument("checkpoint", type=Path, metavar="CKPT.pt")
    parser.add_argument("folder", type=Path, help="with config.json and model.safetensors, as transformers has them")
    parser.add_argument(
        "--gelu", choices=ACTIVATIONS, help="of the checkpoint; by default that of who writes such ones"
    )
    options = parser.parse_args()
    quiet(None)
    difference = check_export(read_checkpoint(options.checkpoint), options.folder, options.gelu)
    print(f"equal: log-probabilities differ by {difference:.2g} nats at most")


if __name__ == "__main__":
    try:
        main()
    except GradusError as error:
        sys.exit(f"error: {error}")
