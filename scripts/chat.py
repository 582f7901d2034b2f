"""Talk to a model: python scripts/chat.py results/STUDY/models/NAME. docs/building.md shows how."""

import argparse
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

from gradus.models.found import find_model
from gradus.models.quiet import quiet
from gradus.provenance.errors import GradusError
from gradus.provenance.seeds import derive_seed
from gradus.sampling.dialogue import Dialogue, Piece, Said
from gradus.sampling.transformers.sampler import load_network
from gradus.sampling.transformers.streaming import stream
from gradus.study.settings.truncation import Truncation

HIGHLIGHTED, DIM, PLAIN = "\033[1;36m", "\033[2m", "\033[0m"


class Talk:
    """A dialogue by the command's options, in a terminal or not."""

    def __init__(self, options: argparse.Namespace) -> None:
        model = find_model(options.model)
        quiet(None)
        self._options, self._coloured = options, sys.stdout.isatty()
        self.dialogue = Dialogue(model.dense, partial(stream, load_network(model)), options.system)
        self._truncation = Truncation(top_p=options.top_p)
        self._asked = 0

    def answer(self, question: str) -> None:
        """Print the answers to a question. One of them is remembered for the next question, several are not."""
        self._asked += 1
        count = self._options.num_samples
        for number in range(1, count + 1):
            if count > 1:
                self._remark(f"{number} of {count}")
            said = Said()
            with suppress(KeyboardInterrupt):  # enough of this answer
                self._print(question, said, derive_seed(self._options.seed, self._asked, number))
            print()
            self._remark(self._summary(said))
            if count == 1:
                self.dialogue.keep(question, said)

    def _print(self, question: str, said: Said, seed: int) -> None:
        options = self._options
        for piece in self.dialogue.ask(question, said, seed, options.max_tokens, options.temperature, self._truncation):
            print(self._shown(piece), end="", flush=True)

    def _shown(self, piece: Piece) -> str:
        return f"{HIGHLIGHTED}{piece.text}{PLAIN}" if piece.family and self._coloured else piece.text

    def _summary(self, said: Said) -> str:
        counts = "".join(f", {count} of them {family} tokens" for family, count in said.counts.items())
        return f"{len(said.ids)} tokens{counts}" + ("" if said.ended else "; cut")

    def _remark(self, text: str) -> None:
        print(f"{DIM}[{text}]{PLAIN}" if self._coloured else f"[{text}]")


def main() -> None:
    options = _options()
    talk = Talk(options)
    if options.question is not None:
        talk.answer(options.question)
        return
    print("An empty line begins a new conversation, Ctrl-D ends.")
    with suppress(EOFError, KeyboardInterrupt):
        while True:
            if question := input("> ").strip():
                talk.answer(question)
            else:
                talk.dialogue.begin_anew()
    print()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Talk to a model of a study, or to one in transformers' layout.")
    parser.add_argument("model", type=Path, help="its folder: of an experiment, a checkpoint, or an export")
    parser.add_argument("--question", help="ask this alone, in place of a conversation")
    parser.add_argument(
        "--num-samples", type=_count, default=1, metavar="N", help="answers to each question, default 1"
    )
    parser.add_argument(
        "--temperature", type=_number, default=0.7, metavar="T", help="default 0.7; 0: the likeliest token"
    )
    parser.add_argument("--top-p", type=_share, default=1.0, metavar="P", help="draw from this share of the likeliest")
    parser.add_argument("--max-tokens", type=_count, default=512, metavar="N", help="of an answer, default 512")
    parser.add_argument("--seed", type=int, default=0, help="the same seed, questions and settings: the same answers")
    parser.add_argument("--system", help="a system message")
    return parser.parse_args()


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of at least 1")
    return int(text)


def _number(text: str) -> float:
    with suppress(ValueError):
        if 0 <= (number := float(text)) <= 100:
            return number
    raise argparse.ArgumentTypeError(f"{text} is not a number of at least 0")


def _share(text: str) -> float:
    if not 0 < (number := _number(text)) <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share above 0, at most 1")
    return number


if __name__ == "__main__":
    try:
        main()
    except GradusError as error:
        sys.exit(f"error: {error}")
