"""Group rollouts by Gradus' engines, beside `generate` and `generate_batch` of transformers, in turns.

    python tests/bench/bench_rollouts.py                      # a pocket model on one thread of a CPU
    python tests/bench/bench_rollouts.py --model MODEL_DIRECTORY --problems PROBLEMS.parquet
    python tests/bench/bench_rollouts.py --shape 4b           # on a GPU; needs torch, transformers and peft only
    python tests/bench/bench_rollouts.py --shape 4b --lora 64

Answers end at many lengths, as in training: about one token in `--mean` ends one. All take the same group rollouts
(every prompt `--group` times in a row), `--repeats` times; medians count. Tokens are useful ones: up to and including
the stop token of each answer. `generate` takes batches of `--batch-size` in the order of the prompts, of which each
waits for its longest answer. On a CPU our engines run as their scripts do, after `use_one_fast_thread`, the others with
torch's own settings, which suit them better (twice the speed).
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from quick import parsed
from transformers import AutoModelForCausalLM, ContinuousBatchingConfig, GenerationConfig, PreTrainedModel, Qwen3Config

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from gradus.models.architecture import Architecture
from gradus.models.cpu import use_one_fast_thread
from gradus.models.qwen3 import Weights, init_weights
from gradus.models.store import load_model, save_model
from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.sampling.protocol import Decoding
from gradus.sampling.torch.engine import generate
from gradus.sampling.transformers.engine import TransformersEngine

POCKET = Architecture(512, 128, 384, 3, 4, 1, 32, max_position_embeddings=512, eos_token_id=2, pad_token_id=0)
QWEN3_4B = Qwen3Config(
    vocab_size=151_936,
    hidden_size=2560,
    intermediate_size=9728,
    num_hidden_layers=36,
    num_attention_heads=32,
    num_key_value_heads=8,
    head_dim=128,
    max_position_embeddings=8192,
    tie_word_embeddings=True,
)

BLOCK = 32
"""Positions of a page of `generate_batch` on a CPU."""

Run = Callable[[], list[list[int]]]


@dataclass
class Work:
    """What all contestants write."""

    prompts: list[list[int]]
    stop_ids: Sequence[int]
    options: argparse.Namespace

    def decoding(self, temperature: float) -> Decoding:
        return Decoding(self.options.max_tokens, temperature, self.stop_ids)


def random_prompts(count: int, vocabulary: int) -> list[list[int]]:
    """Prompts of 30 to 70 tokens, as the word problems have."""
    generator = torch.Generator().manual_seed(1)
    lengths = torch.randint(30, 71, (count,), generator=generator).tolist()
    return [torch.randint(vocabulary // 4, vocabulary, (n,), generator=generator).tolist() for n in lengths]


def real_prompts(model: Path, problems: Path, count: int) -> list[list[int]]:
    import pyarrow.parquet as pq

    tokenizer, template = load_tokenizer(model), ChatTemplate.load(model)
    texts = pq.read_table(problems, columns=["problem"]).column("problem").to_pylist()[:count]
    rendered = [template.render([{"role": "user", "content": text}], add_generation_prompt=True) for text in texts]
    return [encoding.ids for encoding in tokenizer.encode_batch(rendered, add_special_tokens=False)]


def embedded(weights: Weights, arch: Architecture, work: Work, temperature: float) -> Run:
    def run() -> list[list[int]]:
        seeds, size = range(len(work.prompts)), work.options.batch_size
        decoding = work.decoding(temperature)
        found = generate(weights, arch, work.prompts, seeds=seeds, decoding=decoding, batch_size=size)
        return [completion.token_ids for completion in found]

    return run


def in_slots(model: PreTrainedModel, work: Work, temperature: float) -> Run:
    engine = TransformersEngine(model)

    def run() -> list[list[int]]:
        found = engine.generate(work.prompts, seeds=range(len(work.prompts)), decoding=work.decoding(temperature))
        assert engine.way != "in batches"
        return [completion.token_ids for completion in found]

    return run


def in_batches(model: PreTrainedModel, work: Work, temperature: float) -> Run:
    """Left-padded batches in the order of the prompts."""
    settings = _generation(work, temperature)

    def run() -> list[list[int]]:
        answers = []
        for start in range(0, len(work.prompts), work.options.batch_size):
            chunk = work.prompts[start : start + work.options.batch_size]
            width = max(map(len, chunk))
            ids = torch.tensor([[0] * (width - len(prompt)) + prompt for prompt in chunk], device=model.device)
            mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in chunk], device=model.device)
            output = model.generate(ids, attention_mask=mask, generation_config=settings)
            answers += [_until_stop(row, work.stop_ids) for row in output[:, width:].tolist()]
        return answers

    return run


def continuously(model: PreTrainedModel, work: Work, temperature: float) -> Run:
    settings = _generation(work, temperature)
    rows = min(work.options.batch_size, len(work.prompts))
    if model.device.type == "cuda":
        batching = ContinuousBatchingConfig(max_requests_per_batch=rows)
    else:  # its own choice is made for a GPU's memory: it clears a mask of all of that for every step
        blocks = -(-(max(map(len, work.prompts)) + work.options.max_tokens) // BLOCK)
        batching = ContinuousBatchingConfig(
            block_size=BLOCK, num_blocks=rows * blocks, max_batch_tokens=max(rows, 256), max_requests_per_batch=rows
        )

    def run() -> list[list[int]]:
        usual = model.config._attn_implementation
        found = model.generate_batch(work.prompts, generation_config=settings, continuous_batching_config=batching)
        model.set_attn_implementation(usual)
        by_request = sorted(found.values(), key=lambda output: int(output.request_id.rsplit("_", 1)[-1]))
        return [_until_stop(output.generated_tokens, work.stop_ids) for output in by_request]

    return run


def _generation(work: Work, temperature: float) -> GenerationConfig:
    choice = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0} if temperature else {}
    return GenerationConfig(
        max_new_tokens=work.options.max_tokens, eos_token_id=list(work.stop_ids), pad_token_id=0, **choice
    )


def _until_stop(row: list[int], stop_ids: Sequence[int]) -> list[int]:
    end = next((place + 1 for place, token in enumerate(row) if token in stop_ids), len(row))
    return row[:end]


def compare(title: str, runs: dict[str, Run], repeats: int, same_answers: bool) -> None:
    """Print tokens per second of each contestant, and as a multiple of `generate`."""
    speeds: dict[str, list[float]] = {name: [] for name in runs}
    answers: dict[str, list[list[int]]] = {}
    for repeat in range(repeats + 1):
        for name, run in runs.items():
            torch.set_float32_matmul_precision("highest")
            if name in ("slots", "embedded"):
                use_one_fast_thread()
            start = time.perf_counter()
            answers[name] = run()  # read back, so that a GPU has done it
            seconds = time.perf_counter() - start
            if repeat:  # the first turn warms up
                speeds[name].append(sum(map(len, answers[name])) / seconds)
    lengths = [len(answer) for answer in answers["slots"]]
    deciles = statistics.quantiles(lengths, n=10)
    print(f"\n{title}: {len(lengths)} answers, mean length {statistics.mean(lengths):.1f}, 10% to 90%: ", end="")
    print(f"{deciles[0]:.0f} to {deciles[-1]:.0f}")
    last_column = "as in slots" if same_answers else ""
    print(f"{'':15} {'tokens/s':>9} {'lowest':>9} {'highest':>9} {'to generate':>12} {last_column:>12}")
    usual = statistics.median(speeds["generate"])
    for name, values in speeds.items():
        median = statistics.median(values)
        equal = statistics.mean(a == b for a, b in zip(answers["slots"], answers[name], strict=True))
        share = f"{equal:.1%}" if same_answers else ""
        print(f"{name:15} {median:9.0f} {min(values):9.0f} {max(values):9.0f} {median / usual:11.2f}x {share:>12}")


def large(options: argparse.Namespace) -> tuple[PreTrainedModel, Work]:
    """Random weights: any token is about as likely as any other, so that a share of them ends answers."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(0)
    with torch.device(device):
        model = AutoModelForCausalLM.from_config(QWEN3_4B, dtype=torch.bfloat16).eval()
    if options.lora:
        from peft import LoraConfig, get_peft_model

        config = LoraConfig(r=options.lora, target_modules="all-linear", task_type="CAUSAL_LM")
        model = get_peft_model(model, config).eval().get_base_model()
    vocabulary = QWEN3_4B.vocab_size
    distinct = random_prompts(options.prompts, vocabulary)
    return model, Work(_groups(distinct, options), range(vocabulary // options.mean), options)


def _groups(distinct: list[list[int]], options: argparse.Namespace) -> list[list[int]]:
    return [prompt for prompt in distinct for _ in range(options.group)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--shape", choices=["pocket", "4b"], default="pocket", help="of random weights, without --model"
    )
    parser.add_argument("--lora", type=int, default=0, help="rank of an adapter on all matrices of the 4b shape")
    parser.add_argument("--model", type=Path, help="model directory of the embedded network's family")
    parser.add_argument("--problems", type=Path, help="problem set for --model, parquet")
    parser.add_argument("--prompts", type=int, default=64, help="distinct prompts")
    parser.add_argument("--group", type=int, default=8, help="answers per prompt")
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--max-tokens", type=int, default=96)
    parser.add_argument("--mean", type=int, default=50, help="one in so many tokens ends an answer (random weights)")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--without", nargs="*", default=[], help="contestants to leave out")
    parser.add_argument("--scratch", type=Path, default=Path("/tmp/bench_rollouts"))
    options = parsed(parser, prompts=4, group=2, max_tokens=8, repeats=1)
    if (options.model is None) != (options.problems is None):
        parser.error("--model and --problems go together")

    weights = None
    use_one_fast_thread()
    if options.shape == "4b" and options.model is None:
        model, work = large(options)
    else:
        if options.model:
            arch, weights = load_model(options.model)
            folder, stop_ids = options.model, [arch.eos_token_id]
            distinct = real_prompts(options.model, options.problems, options.prompts)
        else:
            # Weights large enough that answers differ.
            arch, weights = POCKET, init_weights(POCKET, seed=0, std=0.12)
            folder, stop_ids = options.scratch, list(range(2, 2 + arch.vocab_size // options.mean))
            save_model(folder, arch, weights)
            distinct = random_prompts(options.prompts, arch.vocab_size)
        model = AutoModelForCausalLM.from_pretrained(folder).eval()
        work = Work(_groups(distinct, options), stop_ids, options)
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters on {model.device}, ", end="")
    print(f"{len(work.prompts)} requests in groups of {options.group}, batch {options.batch_size}")
    for title, temperature in (("greedy", 0.0), ("sampling at temperature 1", 1.0)):
        runs = {
            "slots": in_slots(model, work, temperature),
            "generate": in_batches(model, work, temperature),
            "generate_batch": continuously(model, work, temperature),
        }
        if weights is not None:
            runs["embedded"] = embedded(weights, arch, work, temperature)
        runs = {name: run for name, run in runs.items() if name not in options.without}
        compare(title, runs, options.repeats, same_answers=temperature == 0)


if __name__ == "__main__":
    main()
