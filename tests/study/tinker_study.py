"""A small whole study that runs on Tinker, as text: two models that the service offers, all kinds of jobs there."""

TEXT = """\
study: cloud
models:
  base: {steps: 2, tinker: Qwen/Qwen3-4B}
  teacher: {source: tinker, name: Qwen/Qwen3-235B}
problems:
  train: {source: pocket, split: train, size: 50}
  test: {source: pocket, split: evaluation, size: 20}
sampling: {sampler: tinker}
traces:
  custom: {kind: distilled, teacher: teacher, problems: train}
benchmarks:
  easy: {problems: test}
experiments:
  baseline: {from: base, stage: none}
  sft: {from: base, stage: sft, traces: [custom], backend: tinker}
  rl: {from: base, stage: grpo, problems: train, backend: tinker}
  more: {from: rl, inherits: rl, learning_rate: 1e-5}
  early: {from: rl, checkpoint: 20, stage: none}
  here: {from: rl, stage: none, sampler: torch}
votes: {experiments: [rl], samples: 8, k: [1, 8]}
tinker:
  prices:
    Qwen/Qwen3-4B: {prefill: 1, sample: 2, train: 3}
    Qwen/Qwen3-235B: {prefill: 10, sample: 20, train: 30, retired: 2026-06-12, replaced_by: Qwen/Qwen3.5-397B}
"""
