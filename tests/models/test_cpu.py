import pytest
import torch

from gradus.models.cpu import use_one_fast_thread


@pytest.fixture
def precision():
    before = torch.get_float32_matmul_precision()
    yield
    torch.set_float32_matmul_precision(before)


def test_products_stay_in_float32(precision):
    use_one_fast_thread()
    assert torch.get_num_threads() == 1
    generator = torch.Generator().manual_seed(1)
    x, w = torch.randn(300, 128, generator=generator), torch.randn(512, 128, generator=generator)
    assert (x @ w.T - x.double() @ w.T.double()).abs().max() < 1e-4


def test_reduced_precision_is_taken_back(precision, monkeypatch):
    monkeypatch.setattr("gradus.models.cpu.LARGEST_ERROR", 0.0)
    use_one_fast_thread()
    assert torch.get_float32_matmul_precision() == "highest"
