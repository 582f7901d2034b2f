import jinja2
import pytest
from tokenizers import Tokenizer

from gradus.models.tokenizer import save_tokenizer, train_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_json, write_text

CONVERSATION = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Ann has 12 <apples> & eats 5. naïve"},
    {"role": "assistant", "content": "12-5=7. \\boxed{7}"},
    {"role": "user", "content": "And then 2 more?"},
    {"role": "assistant", "content": "7-2=5. \\boxed{5}"},
]

TRICKY = """{%- if tools %}
    {{- raise_exception('no tools') }}
{%- endif %}
{% for m in messages %}
    {% if m.role == 'system' %}{% continue %}{% endif %}
    {%- if m.role == 'assistant' %}
        {{- '<|im_start|>assistant\\n' }}{% generation %}{{ m.content }}<|im_end|>{% endgeneration %}

    {% else %}
{{ bos_token }}<|im_start|>{{ m.role }} {{ m | tojson }} {{ m.content | trim | upper }}<|im_end|>
    {% endif %}
{% endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
{% if enable_thinking is defined and not enable_thinking %}<think></think>{% endif %}{% endif %}"""


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory):
    directory = tmp_path_factory.mktemp("model")
    save_tokenizer(directory, train_tokenizer([m["content"] for m in CONVERSATION] * 3, 280))
    return directory


@pytest.fixture(scope="module")
def tokenizer(model_dir):
    return Tokenizer.from_file(str(model_dir / "tokenizer.json"))


def test_renders_chatml_by_hand(model_dir):
    text = ChatTemplate.load(model_dir).render(CONVERSATION[1:2], add_generation_prompt=True)
    assert text == "<|im_start|>user\nAnn has 12 <apples> & eats 5. naïve<|im_end|>\n<|im_start|>assistant\n"


@pytest.mark.parametrize("own_template", [None, TRICKY])
def test_equals_transformers(model_dir, own_template, tmp_path, tokenizer):
    from transformers import AutoTokenizer

    if own_template:
        save_tokenizer(tmp_path, tokenizer)
        write_text(tmp_path / "chat_template.jinja", own_template)
    directory = tmp_path if own_template else model_dir
    reference, template = AutoTokenizer.from_pretrained(directory), ChatTemplate.load(directory)
    for length in range(1, len(CONVERSATION) + 1):
        for prompt in (False, True):
            for variables in ({}, {"enable_thinking": False}):
                messages = CONVERSATION[:length]
                expected = reference.apply_chat_template(
                    messages, tokenize=False, add_generation_prompt=prompt, **variables
                )
                assert template.render(messages, add_generation_prompt=prompt, **variables) == expected
                ids = reference.apply_chat_template(messages, add_generation_prompt=prompt, **variables)["input_ids"]
                assert tokenizer.encode(expected, add_special_tokens=False).ids == ids


def test_errors_name_file_and_cause(tmp_path):
    with pytest.raises(GradusError, match=r"chat_template\.jinja does not exist"):
        ChatTemplate.load(tmp_path)
    write_json(tmp_path / "tokenizer_config.json", {"eos_token": {"content": "</s>"}, "chat_template": "{% if %}"})
    with pytest.raises(GradusError, match=r"tokenizer_config\.json, line 1"):
        ChatTemplate.load(tmp_path)
    write_text(tmp_path / "chat_template.jinja", "{{ raise_exception('roles must alternate') }}")
    template = ChatTemplate.load(tmp_path)
    assert template.special_tokens == {"eos_token": "</s>"}
    with pytest.raises(GradusError, match="roles must alternate"):
        template.render([])


def test_a_template_cannot_leave_the_sandbox(tmp_path):
    write_text(tmp_path / "chat_template.jinja", "{{ messages.__class__.__mro__[1].__subclasses__() }}")
    with pytest.raises(GradusError, match="unsafe"):
        ChatTemplate.load(tmp_path).render([{"role": "user", "content": "x"}])


def test_a_template_is_compiled_once(model_dir, monkeypatch):
    compiled = []
    compile_template = jinja2.Environment.compile

    def counted(self, *arguments, **options):
        compiled.append(1)
        return compile_template(self, *arguments, **options)

    monkeypatch.setattr(jinja2.Environment, "compile", counted)
    template = ChatTemplate.load(model_dir)
    for _ in range(3):
        template.render(CONVERSATION)
    assert len(compiled) == 1
