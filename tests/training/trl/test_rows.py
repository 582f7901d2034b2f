"""Packed rows: hardly any padding, the shape that memory is planned for, and the loss of the examples by themselves."""

import random
from pathlib import Path
from typing import Any

import pytest
import torch
from parity import trl_job
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, Qwen3_5ForCausalLM, Qwen3_5TextConfig

from gradus.estimates.known import KNOWN
from gradus.estimates.work import training_of
from gradus.provenance.errors import GradusError
from gradus.training.batches import Example, packed
from gradus.training.causal_lm import load
from gradus.training.rows import Batch, packed_rows, see_each_other
from gradus.training.trl.sft import SftTrainer
from model_folders import model_of

LENGTH = 128


def examples(count: int, seed: int = 0) -> list[Example]:
    """Of unlike lengths, as traces are: most are short, some fill a row."""
    draw = random.Random(seed)
    sizes = [min(LENGTH, 6 + int(draw.expovariate(1 / 30))) for _ in range(count)]
    return [([draw.randrange(3, 300) for _ in range(n)], [i > n // 3 for i in range(n)]) for n in sizes]


def trainer_on(rows: list[list[Example]], weights: Path, root: Path, **settings: Any) -> SftTrainer:
    job = trl_job(root, "sft_custom", max_length=LENGTH, learning_rate=1e-30, epochs=1, **settings)
    return SftTrainer(load(model_of(weights), job.settings, root), rows, root)


def micro_batches(trainer: SftTrainer) -> list[Batch]:
    return list(trainer.get_train_dataloader())


def padding(batches: list[Batch]) -> float:
    """The share of the positions that hold no token."""
    return 1 - sum(int(b["tokens"].sum()) for b in batches) / sum(b["input_ids"].numel() for b in batches)


@pytest.mark.parametrize("micro_batch", [None, 2])
def test_packing_leaves_hardly_any_padding(micro_batch: int | None, model: Path, tmp_path: Path) -> None:
    drawn = examples(64)
    alone = trainer_on([[e] for e in drawn], model, tmp_path / "alone", batch_size=8, micro_batch=micro_batch)
    rows = packed(drawn, LENGTH)
    together = trainer_on(rows, model, tmp_path / "packed", packing=True, batch_size=8, micro_batch=micro_batch)
    unpacked, batches = micro_batches(alone), micro_batches(together)
    assert sum(int(b["tokens"].sum()) for b in batches) == sum(int(b["tokens"].sum()) for b in unpacked)
    assert padding(batches) < 0.05
    # Alone the rows of a step are padded to its longest, those of a micro-batch of like lengths less.
    assert padding(unpacked) > 0.5 if micro_batch is None else 0.05 < padding(unpacked) < 0.2


def test_micro_batches_of_a_step_hold_rows_of_like_lengths(model: Path, tmp_path: Path) -> None:
    trainer = trainer_on([[e] for e in examples(64)], model, tmp_path, batch_size=16, micro_batch=4)
    lengths = [int(n) for batch in micro_batches(trainer) for n in batch["tokens"]]
    steps = [lengths[at : at + 16] for at in range(0, 64, 16)]
    assert all(step == sorted(step, reverse=True) for step in steps)
    assert len({tuple(sorted(step)) for step in steps}) == 4


@pytest.mark.parametrize("packing", [True, False])
def test_no_pass_is_larger_than_planned(packing: bool, model: Path, tmp_path: Path) -> None:
    rows = packed(examples(40), LENGTH) if packing else [[e] for e in examples(40)]
    trainer = trainer_on(rows, model, tmp_path, packing=packing, batch_size=6, micro_batch=3)
    work = training_of(trainer.settings, KNOWN["Qwen/Qwen3-4B"])
    shapes = [tuple(batch["input_ids"].shape) for batch in micro_batches(trainer)]
    assert max(rows for rows, _ in shapes) == work.rows
    assert 0.9 * work.length < max(length for _, length in shapes) <= work.length


@pytest.mark.parametrize("method", ["lora", "full"])
def test_the_loss_and_gradient_of_packed_rows_are_those_of_the_examples(
    method: str, model: Path, tmp_path: Path
) -> None:
    drawn = examples(9)
    rows = packed(drawn, LENGTH)
    assert 1 < len(rows) < 5
    found = []
    for name, made, packing in (("packed", rows, True), ("alone", [[e] for e in drawn], False)):
        trainer = trainer_on(made, model, tmp_path / name, method=method, packing=packing, batch_size=len(made))
        batch = trainer._prepare_inputs(trainer.batch(made))
        learned = (batch["labels"] != -100).sum()
        loss = trainer.compute_loss(trainer.model, batch, num_items_in_batch=learned)
        loss.backward()
        gradients = {name: p.grad for name, p in trainer.model.named_parameters() if p.grad is not None}
        found.append((int(learned), loss.item(), gradients))
    assert found[0][0] == found[1][0] == sum(sum(mask[1:]) for _, mask in drawn)
    assert found[0][1] == pytest.approx(found[1][1], rel=1e-5)
    for name, gradient in found[1][2].items():
        assert torch.allclose(found[0][2][name], gradient, atol=1e-5 + 1e-4 * float(gradient.abs().max())), name
    assert any(gradient.abs().max() > 1e-3 for gradient in found[1][2].values())


def logits_of(network: nn.Module) -> Any:
    def logits(batch: Batch) -> Tensor:
        with torch.no_grad():
            return network(batch["input_ids"], position_ids=batch["position_ids"], use_cache=False).logits

    return logits


def recurrent() -> nn.Module:
    """A network of transformers whose layers, but one of four, read a row from its beginning whatever positions say."""
    torch.manual_seed(0)
    sizes = {"vocab_size": 64, "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 4, "head_dim": 16}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 1, "linear_num_key_heads": 1, "linear_num_value_heads": 1}
    widths = {"linear_key_head_dim": 16, "linear_value_head_dim": 16}
    network = Qwen3_5ForCausalLM(Qwen3_5TextConfig(**sizes, **heads, **widths)).eval()
    for parameter in network.parameters():
        if parameter.ndim > 1:
            nn.init.normal_(parameter, std=0.2)
    return network


def test_a_network_in_which_packed_examples_see_each_other_is_refused(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert see_each_other(logits_of(recurrent()))
    dense = AutoModelForCausalLM.from_pretrained(model.parent, dtype=torch.float32)
    assert not see_each_other(logits_of(dense))
    # Attention over the whole row, as where a kernel takes no notice of positions.
    whole = lambda batch: dense(batch["input_ids"], torch.ones_like(batch["input_ids"])).logits.detach()  # noqa: E731
    assert see_each_other(whole)
    monkeypatch.setattr(SftTrainer, "logits", lambda self, batch: whole(batch))
    with pytest.raises(GradusError, match="packing: true: in a qwen3 packed traces see each other; set packing: false"):
        trainer_on(packed(examples(4), LENGTH), model, tmp_path, packing=True, batch_size=2)


def test_rows_as_tensors_by_hand() -> None:
    first, second = ([5, 6, 7], [False, True, True]), ([8, 9], [True, True])
    batch = packed_rows([[first, second], [second]])
    assert batch["input_ids"].tolist() == [[5, 6, 7, 8, 9], [8, 9, 0, 0, 0]]
    assert batch["position_ids"].tolist() == [[0, 1, 2, 0, 1], [0, 1, 0, 1, 2]]
    assert batch["labels"].tolist() == [[-100, 6, 7, -100, 9], [-100, 9, -100, -100, -100]]
    assert batch["tokens"].tolist() == [5, 2]
