"""Rollouts of a pocket model: Gradus' engine against `transformers.generate`, on one thread.

    python tests/bench/bench_rollouts.py
    python tests/bench/bench_rollouts.py --model MODEL_DIRECTORY --problems PROBLEMS.parquet

Both take turns, `--repeats` times, on the same group rollouts (every prompt `--group` times in a row); medians count.
Tokens are useful tokens: up to and including the stop token of each answer. Gradus runs as its scripts do, after
`use_one_fast_thread`; transformers with torch's own settings, which suit it better (2.3 times the speed).
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from quick import parsed

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from gradus.models.architecture import Architecture
from gradus.models.cpu import use_one_fast_thread
from gradus.models.qwen3 import Weights, init_weights
from gradus.models.store import load_model, save_model
from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.sampling.protocol import Decoding
from gradus.sampling.torch.engine import generate

POCKET = Architecture(512, 128, 384, 3, 4, 1, 32, max_position_embeddings=512, eos_token_id=2, pad_token_id=0)

Run = Callable[[], list[list[int]]]


def random_prompts(count: int) -> list[list[int]]:
    """Prompts of 30 to 70 tokens, as the word problems have."""
    generator = torch.Generator().manual_seed(1)
    lengths = torch.randint(30, 71, (count,), generator=generator).tolist()
    return [torch.randint(40, POCKET.vocab_size, (length,), generator=generator).tolist() for length in lengths]


def real_prompts(model: Path, problems: Path, count: int) -> list[list[int]]:
    import pyarrow.parquet as pq

    tokenizer, template = load_tokenizer(model), ChatTemplate.load(model)
    texts = pq.read_table(problems, columns=["problem"]).column("problem").to_pylist()[:count]
    rendered = [template.render([{"role": "user", "content": text}], add_generation_prompt=True) for text in texts]
    return [encoding.ids for encoding in tokenizer.encode_batch(rendered, add_special_tokens=False)]


def with_gradus(weights: Weights, arch: Architecture, prompts, stop_ids, options, temperature: float) -> Run:
    def run() -> list[list[int]]:
        completions = generate(
            weights,
            arch,
            prompts,
            seeds=range(len(prompts)),
            decoding=Decoding(options.max_tokens, temperature, stop_ids),
            batch_size=options.batch_size,
        )
        return [completion.token_ids for completion in completions]

    return run


def with_transformers(model, prompts, stop_ids, options, temperature: float) -> Run:
    """Left-padded batches in the order of the prompts."""
    choice = {"do_sample": False}
    if temperature:
        choice = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}

    def run() -> list[list[int]]:
        answers = []
        for start in range(0, len(prompts), options.batch_size):
            chunk = prompts[start : start + options.batch_size]
            width = max(map(len, chunk))
            ids = torch.tensor([[0] * (width - len(prompt)) + prompt for prompt in chunk])
            mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in chunk])
            output = model.generate(
                ids,
                attention_mask=mask,
                max_new_tokens=options.max_tokens,
                eos_token_id=stop_ids,
                pad_token_id=0,
                **choice,
            )
            for row in output[:, width:].tolist():
                end = next((i + 1 for i, token in enumerate(row) if token in stop_ids), len(row))
                answers.append(row[:end])
        return answers

    return run


def compare(title: str, runs: dict[str, Run], repeats: int, same_answers: bool) -> None:
    """Print tokens per second of each contestant, and Gradus' as a multiple of it."""
    speeds: dict[str, list[float]] = {name: [] for name in runs}
    answers: dict[str, list[list[int]]] = {}
    for repeat in range(repeats + 1):
        for name, run in runs.items():
            torch.set_float32_matmul_precision("highest")
            if name == "gradus":
                use_one_fast_thread()
            start = time.perf_counter()
            answers[name] = run()
            seconds = time.perf_counter() - start
            if repeat:  # the first turn warms up
                speeds[name].append(sum(map(len, answers[name])) / seconds)
    own = statistics.median(speeds["gradus"])
    lengths = [len(answer) for answer in answers["gradus"]]
    deciles = statistics.quantiles(lengths, n=10)
    print(f"\n{title}: {len(lengths)} answers, mean length {statistics.mean(lengths):.1f}, 10% to 90%: ", end="")
    print(f"{deciles[0]:.0f} to {deciles[-1]:.0f}")
    last_column = "equal answers" if same_answers else ""
    print(f"{'':14} {'tokens/s':>9} {'lowest':>9} {'highest':>9} {'gradus is':>10} {last_column:>14}")
    for name, values in speeds.items():
        median = statistics.median(values)
        equal = statistics.mean(a == b for a, b in zip(answers["gradus"], answers[name], strict=True))
        share = f"{equal:.1%}" if same_answers else ""
        print(f"{name:14} {median:9.0f} {min(values):9.0f} {max(values):9.0f} {own / median:9.2f}x {share:>14}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="model directory (default: pocket-shaped random weights)")
    parser.add_argument("--problems", type=Path, help="problem set for --model, parquet")
    parser.add_argument("--prompts", type=int, default=64, help="distinct prompts")
    parser.add_argument("--group", type=int, default=8, help="answers per prompt")
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--max-tokens", type=int, default=96)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--scratch", type=Path, default=Path("/tmp/bench_rollouts"))
    options = parsed(parser, prompts=4, group=2, max_tokens=8, repeats=1)
    if (options.model is None) != (options.problems is None):
        parser.error("--model and --problems go together")

    use_one_fast_thread()
    if options.model:
        arch, weights = load_model(options.model)
        folder, stop_ids = options.model, [arch.eos_token_id]
        distinct = real_prompts(options.model, options.problems, options.prompts)
    else:
        # Weights large enough that answers differ, and stop tokens enough that they end at many lengths.
        arch, weights = POCKET, init_weights(POCKET, seed=0, std=0.12)
        folder, stop_ids = options.scratch, list(range(2, 12))
        save_model(folder, arch, weights)
        distinct = random_prompts(options.prompts)
    from transformers import AutoModelForCausalLM

    reference = AutoModelForCausalLM.from_pretrained(folder).eval()
    reference.generation_config.max_length = None
    prompts = [prompt for prompt in distinct for _ in range(options.group)]
    print(
        f"{arch.parameter_count:,} parameters, {len(distinct)} prompts x {options.group}, batch {options.batch_size}, "
    )
    for title, temperature in (("greedy", 0.0), ("sampling at temperature 1", 1.0)):
        runs = {
            "gradus": with_gradus(weights, arch, prompts, stop_ids, options, temperature),
            "transformers": with_transformers(reference, prompts, stop_ids, options, temperature),
        }
        compare(title, runs, options.repeats, same_answers=temperature == 0)


if __name__ == "__main__":
    main()
