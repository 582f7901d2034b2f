"""Answers made to hang, to exhaust memory or to be executed; and the suite of such next to the project, if present."""

import json
from pathlib import Path

SUITE = Path(__file__).parents[4] / "shared/graders/suite_pathological.jsonl"

CODE = [
    "__import__('os').system('touch PWNED')",
    "open('PWNED','w')",
    "[x for x in [open('PWNED','w')]]",
    r"\text{__import__('pathlib').Path('PWNED').touch()}",
    "(lambda: open('PWNED','w'))()",
    r"\operatorname{eval}(\text{open('PWNED','w')})",
    "exec(\"open('PWNED','w')\")",
    r"\input{/etc/passwd}",
    r"\write18{touch PWNED}",
    'S(\'open("PWNED","w")\')',
    "$(touch PWNED)",
    "`touch PWNED`",
    "'; touch PWNED; '",
]
LARGE = [
    "9^{9^{9^9}}",
    "9**9**9**9",
    "10^{10^{10}}+1",
    "(-2)^{10^{8}}",
    r"e^{e^{e^{e^{10}}}}",
    r"\pi^{\pi^{\pi^{\pi}}}",
    "1000000000!",
    "(((4!)!)!)!",
    r"\binom{1000000}{500000}",
    r"\sum_{n=1}^{10^9} \frac{1}{n}",
    r"\prod_{k=1}^{10^7} k",
    r"\sum_{n=1}^{\infty}\frac{1}{n^{5}+n+1}",
    r"\int_0^1 x^{x^x} dx",
    r"\cos(10^{1000})",
    "1e400",
    "1e-400",
    "0." + "0" * 1500 + "1",
    "(x+y+z)^{500}",
    "(1+x)^{1000}-(1-x)^{1000}",
    r"\prod_{k=1}^{60}(x+k)-\prod_{k=1}^{60}(x+61-k)",
    r"\tan(x)\tan(2x)\tan(3x)\tan(4x)\tan(5x)\tan(6x)",
    r"\sqrt[7]{\sqrt[5]{2}+\sqrt[3]{3}}+\sqrt[11]{\sqrt{5}+\sqrt[13]{7}}",
    r"\sqrt{2+\sqrt{2+\sqrt{2+\sqrt{2+\sqrt{2+\sqrt{2+\sqrt{2}}}}}}}",
    r"x^{x^{x^{x^{x}}}}",
    r"\frac{1}{1+\frac{1}{x+\frac{1}{1+\frac{1}{x+\frac{1}{1+\frac{1}{x}}}}}}",
]
LONG = [
    "1" * 100_000,
    "x" * 20_000,
    "(" * 5_000 + "1" + ")" * 5_000,
    "{" * 5_000 + "1" + "}" * 5_000,
    r"\frac{1}{" * 5_000 + "1" + "}" * 5_000,
    r"\sqrt{" * 150 + "2" + "}" * 150,
    r"\boxed{" * 1_000 + "1" + "}" * 1_000,
    "1+" * 30_000 + "1",
    "2*" * 500 + "2",
    "|" * 10_000 + "1",
    "-" * 10_000 + "1",
    ",".join(map(str, range(20_000))),
    r"\{" + ",".join(f"x_{{{index}}}" for index in range(300)) + r"\}",
    r"\cup".join(f"[{index},{index}.5]" for index in range(300)),
    r"\begin{pmatrix}" + r"\\".join("&".join("0" * 50) for _ in range(50)) + r"\end{pmatrix}",
    r"\pm" * 60 + "1",
    " \\text{a} " * 1_000,
    "\\" * 10_000,
    "$" * 10_000,
    "^" * 5_000,
    "a=" * 5_000 + "1",
]
ODD = [
    "",
    " ",
    "$$",
    "\\",
    "}{",
    ")",
    "\x00",
    "\ud800",
    "\u202e1",
    "0/0",
    r"\frac",
    r"\infty-\infty",
    "nan",
    "None",
    "٣",
    "½",
]


def own_pairs() -> list[tuple[str, str]]:
    hostile = [*CODE, *LARGE, *LONG, *ODD]
    return [(answer, gold) for answer in hostile for gold in ("1", r"\sqrt{2}+x")] + [(text, text) for text in hostile]


def suite_pairs() -> list[tuple[str, str]]:
    """Pairs in both orders; empty if the suite is not present."""
    if not SUITE.is_file():
        return []
    rows = [json.loads(line) for line in SUITE.read_text(encoding="utf-8").splitlines()]
    pairs = [(row["prediction"], row["gold"]) for row in rows]
    return pairs + [(gold, answer) for answer, gold in pairs]
