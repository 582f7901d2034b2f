"""Runs in vLLM's environment: python ask_vllm.py QUESTIONS ANSWERS. One model, several calls of the engine.

QUESTIONS: {"model": folder, "adapter": folder or null, "calls": [arguments of
VllmEngine.generate, `decoding` as a dictionary; or {"choices": those of VllmChoiceEngine.choose}]}.
ANSWERS: per call, [token_ids, logprobs, finish_reason] of each completion; or the choices' probabilities.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "scripts"))

from gradus.sampling.protocol import Decoding
from gradus.sampling.vllm.chooser import VllmChoiceEngine

if __name__ == "__main__":
    questions = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    adapter = questions["adapter"] and Path(questions["adapter"])
    engine = VllmChoiceEngine(Path(questions["model"]), adapter)
    answers = [
        engine.choose(call["choices"], lambda _count: None)
        if "choices" in call
        else [
            [c.token_ids, c.logprobs, c.finish_reason]
            for c in engine.generate(**call | {"decoding": Decoding(**call["decoding"])})
        ]
        for call in questions["calls"]
    ]
    Path(sys.argv[2]).write_text(json.dumps(answers), encoding="utf-8")
