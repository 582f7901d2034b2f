"""A choice between two answers: by either network what the whole model says, and mistakes in one line."""

from pathlib import Path

import pytest
import torch
from tiny import save_tiny_model
from transformers import AutoModelForCausalLM

from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.verification import verdict_message, verification_messages
from gradus.provenance.errors import GradusError
from gradus.sampling.batches import batches
from gradus.sampling.choices import ChatChooser, Choice, ChoiceEngine, Progress
from gradus.sampling.torch.chooser import TorchChoiceEngine
from gradus.sampling.transformers.chooser import TransformersChoiceEngine

ANSWERS = (verdict_message(True), verdict_message(False))
TEXTS = [verification_messages(f"{'Tom has 3 pens. ' * n}How many?", f"3\n\\boxed{{{n}}}", "Right?") for n in range(9)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("model")).parent


def by_transformers(folder: Path) -> TransformersChoiceEngine:
    return TransformersChoiceEngine(AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval())


ENGINES = {"torch": TorchChoiceEngine, "transformers": by_transformers}


def nothing(_count: int) -> None:
    pass


@pytest.mark.parametrize("name", ENGINES)
def test_the_probability_is_that_of_the_whole_model(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradus.sampling.torch.chooser.READ_TOKENS", 300)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer, counted = load_tokenizer(folder), []
    found, read = ChatChooser(folder, ENGINES[name](folder)).choose(TEXTS, ANSWERS, counted.append)
    expected, lengths = [], []
    first, second = (tokenizer.encode(message["content"]).ids[0] for message in ANSWERS)
    assert first != second
    for (message,) in TEXTS:
        text = f"<|im_start|>user\n{message['content']}<|im_end|>\n<|im_start|>assistant\n"
        ids = tokenizer.encode(text).ids
        with torch.no_grad():
            chances = model(torch.tensor([ids])).logits[0, -1].double().softmax(-1)
        expected.append(float(chances[first] / (chances[first] + chances[second])))
        lengths.append(len(ids))
    assert found == pytest.approx(expected, abs=1e-5)
    assert max(expected) - min(expected) > 0.05  # or a constant would pass
    assert (read, sum(counted)) == (sum(lengths), len(TEXTS))


def test_the_other_way_round_is_the_rest(folder: Path) -> None:
    chooser = ChatChooser(folder, TorchChoiceEngine(folder))
    right, _ = chooser.choose(TEXTS, ANSWERS, nothing)
    wrong, _ = chooser.choose(TEXTS, ANSWERS[::-1], nothing)
    assert [a + b for a, b in zip(right, wrong, strict=True)] == pytest.approx([1.0] * len(TEXTS))
    assert chooser.choose(TEXTS, ANSWERS, nothing)[0] == right


class Recorded:
    """Tells of no model what it is asked."""

    def __init__(self, positions: int = 1000) -> None:
        self.positions, self.asked = positions, []

    def choose(self, choices: list[Choice], on_progress: Progress) -> list[float]:
        self.asked = choices
        return [0.5] * len(choices)


def test_answers_that_begin_alike_are_told_apart_where_they_differ(folder: Path) -> None:
    engine = Recorded()
    alike = ({"role": "assistant", "content": "1234"}, {"role": "assistant", "content": "1294"})
    ChatChooser(folder, engine).choose(TEXTS[:1], alike, nothing)
    ((ids, first, second),) = engine.asked
    tokenizer = load_tokenizer(folder)
    assert tokenizer.decode(ids, skip_special_tokens=False).endswith("assistant\n12")
    assert [tokenizer.decode([first]), tokenizer.decode([second])] == ["3", "9"]


def test_a_solution_beyond_the_models_positions_is_one_line(folder: Path) -> None:
    engine: ChoiceEngine = Recorded(positions=20)
    with pytest.raises(GradusError, match=r"a solution and its question have \d+ tokens, the model takes 19: lower"):
        ChatChooser(folder, engine).choose(TEXTS, ANSWERS, nothing)


def test_answers_that_are_the_same_are_one_line(folder: Path) -> None:
    with pytest.raises(GradusError, match="its tokenizer does not tell 'right' from"):
        ChatChooser(folder, Recorded()).choose(TEXTS, (ANSWERS[0], ANSWERS[0]), nothing)


def test_batches_hold_every_text_once_and_as_many_tokens_as_they_may() -> None:
    lengths = [5, 90, 3, 5, 40, 41]
    found = list(batches(lengths, 60))
    assert sorted(place for batch in found for place in batch) == list(range(6))
    assert found == [[2, 0, 3], [4], [5], [1]]
