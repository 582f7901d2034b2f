"""From the tokens of completions to what they say."""

from collections.abc import Sequence

from tokenizers import Tokenizer

from gradus.prompts.encoding import Prompt
from gradus.sampling.protocol import Completion


def answer_texts(tokenizer: Tokenizer, prompts: Sequence[Prompt], completions: Sequence[Completion]) -> list[str]:
    """The assistant's turns from their beginning, one for each prompt: a thought that the prompt opened is theirs.

    The token that ended an answer is left out. All others are text, special ones too: in many vocabularies `</think>`
    is one.
    """
    rows = [c.token_ids[:-1] if c.finish_reason == "stop" else c.token_ids for c in completions]
    texts = tokenizer.decode_batch(rows, skip_special_tokens=False)
    return [prompt.thought + text for prompt, text in zip(prompts, texts, strict=True)]
