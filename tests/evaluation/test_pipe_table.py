from gradus.evaluation.pipe_table import arm_or_ends, escape, percent, percent_with_arm, pipe_table
from gradus.statistics.intervals import wilson


def test_columns_line_up_with_wide_characters():
    text = pipe_table(["模型", "n"], [["a", "500"], ["模型x", "7"]])
    assert text == "| 模型  | n   |\n| ----- | --- |\n| a     | 500 |\n| 模型x | 7   |\n"


def test_a_table_without_rows():
    assert pipe_table(["name"], []) == "| name |\n| ---- |\n"


def test_text_cannot_break_the_table():
    assert escape("a|b\n*c* <i> `d` grpo_v2 _e_") == r"a\|b \*c\* \<i> \`d\` grpo_v2 \_e\_"


def test_percentages():
    assert percent(0.7944) == "79.4%"
    assert percent_with_arm(0.2, (0.1, 0.373)) == "20.0% ±17.3"


def test_the_printed_interval_keeps_within_0_and_100() -> None:
    """Wilson's intervals of 0, 1, 29 and 30 of 30: their longer arms lead below 0 and above 100."""
    assert arm_or_ends(0, wilson(0, 30)) == "[0.0, 11.4]"
    assert percent_with_arm(1 / 30, wilson(1, 30)) == "3.3% [0.6, 16.7]"
    assert percent_with_arm(29 / 30, wilson(29, 30)) == "96.7% [83.3, 99.4]"
    assert percent_with_arm(1, wilson(30, 30)) == "100.0% [88.6, 100.0]"
    assert percent_with_arm(0.5, wilson(15, 30)) == "50.0% ±16.8"
    assert percent_with_arm(0.05, (0.0, 0.1)) == "5.0% ±5.0"
    assert percent_with_arm(1 / 30, (-0.031, 0.098)) == "3.3% [0.0, 9.8]"  # the published kind of ± is not clipped


def test_no_share_of_no_benchmark_prints_an_end_outside() -> None:
    for n in (1, 7, 30, 500):
        for correct in range(n + 1):
            value, _, arm = percent_with_arm(correct / n, wilson(correct, n)).partition("% ±")
            assert not arm or 0 <= float(value) - float(arm) < float(value) + float(arm) <= 100
