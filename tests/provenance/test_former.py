"""What former releases called code, by the Python that they ran on."""

import ast
import sys
from pathlib import Path

import pytest

from gradus.provenance import former
from gradus.provenance.files import write_json
from gradus.provenance.former import dump, former_fingerprints, is_built_as

SOURCE = 'class A:\n    def f(self, x=None): return f"{x:>{w}}{x:2}"\n'
BY_3_11 = (
    "Module(body=[ClassDef(name='A', bases=[], keywords=[], body=[FunctionDef(name='f', args=arguments(posonlyargs=[], "
    "args=[arg(arg='self'), arg(arg='x')], kwonlyargs=[], kw_defaults=[], defaults=[Constant(value=None)]), "
    "body=[Return(value=JoinedStr(values=[FormattedValue(value=Name(id='x', ctx=Load()), conversion=-1, "
    "format_spec=JoinedStr(values=[Constant(value='>'), FormattedValue(value=Name(id='w', ctx=Load()), "
    "conversion=-1)])), FormattedValue(value=Name(id='x', ctx=Load()), conversion=-1, "
    "format_spec=JoinedStr(values=[Constant(value='2')]))]))], decorator_list=[])], decorator_list=[])], "
    "type_ignores=[])"
)
BY_3_12 = BY_3_11.replace("decorator_list=[])", "decorator_list=[], type_params=[])").replace(
    "conversion=-1)]))", "conversion=-1), Constant(value='')]))"
)


def test_the_texts_of_both_pythons_are_known_to_every_one() -> None:
    tree = ast.parse(SOURCE)
    assert dump(tree, python_3_12=False) == BY_3_11
    assert dump(tree, python_3_12=True) == BY_3_12


@pytest.mark.skipif(sys.version_info[:2] > (3, 12), reason="former releases ran on Python 3.11 and 3.12")
def test_it_is_what_this_python_says_of_the_project() -> None:
    for path in sorted(Path(former.__file__).parents[1].rglob("*.py")):
        tree = ast.parse(path.read_bytes())
        assert dump(tree, python_3_12=sys.version_info[:2] == (3, 12)) == ast.dump(tree), path


def test_a_record_is_carried_over_only_where_settings_code_and_ledger_are_the_same(tmp_path: Path) -> None:
    path, ledger = tmp_path / "spec.json", tmp_path / "ledger.json"
    spec = {"script": "mix_traces.py", "modules": [], "settings": {"size": 3}, "fingerprint": "new"}

    def built(fingerprint: str, settings: dict[str, int], spec_there: str | None = None) -> bool:
        write_json(path, spec | {"fingerprint": fingerprint, "settings": settings})
        write_json(ledger, {"spec": former.sha256_file(path) if spec_there is None else spec_there})
        return is_built_as(spec, path, ledger)

    known = former_fingerprints("mix_traces.py")
    assert len(known) == 2
    assert all(built(one, {"size": 3}) for one in known)
    one = min(known)
    assert not built("of other code", {"size": 3})
    assert not built(one, {"size": 4})
    assert not built(one, {"size": 3}, spec_there="of another spec")
    ledger.unlink()
    assert not is_built_as(spec, path, ledger)
