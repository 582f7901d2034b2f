"""Bytes that a process of a job holds by what it imports, before it holds anything of its own.

Measured on Linux x86_64 with Python 3.11 as the largest resident set of the pocket study's jobs that hold next to
nothing; of processes on a GPU assumed.
"""

MB = 1_000_000

PLAIN = 90 * MB
"""Python, and what every job loads of Gradus: 35 to 81 MB."""

TABLES = 160 * MB
"""With Arrow, whose threads keep pools of their own: 100 to 155 MB."""

STATISTICS = 210 * MB
"""With SciPy: 200 MB."""

GRADING = TABLES + 230 * MB
"""With the grader's fork server and one worker, in which SymPy takes some 110 MB each."""

TOKENIZER = 150 * MB
"""A published tokenizer of 150,000 entries; the pocket models' own is next to nothing."""

TORCH = 300 * MB
"""With torch and the embedded network: 255 to 300 MB."""

TRANSFORMERS = 570 * MB
"""With transformers and PEFT, or TRL: 540 to 570 MB."""

SERVICE = 450 * MB
"""With torch and the service's client, whose threads keep requests in flight."""

VLLM_ON_CPU = 1_900 * MB
"""With vLLM and the buffers that it warms up with."""

CUDA = 3_500 * MB
"""An assumption: torch with a CUDA context, whose libraries and pinned buffers are on the host too."""

VLLM_ON_GPU = 7_000 * MB
"""An assumption: vLLM with a CUDA context, compiling its kernels."""
