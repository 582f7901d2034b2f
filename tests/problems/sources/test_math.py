from gradus.problems.sources.math import last_box


def test_the_last_box_by_hand():
    assert last_box(r"\boxed{1} or \boxed{\frac{1}{2}}.") == r"\frac{1}{2}"
    assert last_box(r"$\boxed 5$ apples") == "5"
    assert last_box(r"\fbox{3}") == "3"
    assert last_box(r"\boxed{\left\{1, 2\right\}}") == r"\left\{1, 2\right\}"
    assert last_box(r"\boxed{}") == ""
    assert last_box("none") is None
    assert last_box(r"\boxed{open") is None
