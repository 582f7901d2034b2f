from gradus.evaluation.pipe_table import escape, percent, percent_with_arm, pipe_table


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
