import pytest
import torch

from emotions.losses import LossParams, bce, build_loss, focal, positive_weights

POSITIVES = torch.tensor([50.0, 10.0, 1.0])


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(8, 3, generator=generator, dtype=torch.float64)
    targets = (torch.rand(8, 3, generator=generator) < 0.4).double()
    return logits, targets


def by_hand(logits, targets, weights, gamma=0.0):
    """The formula of the papers, term by term, in double precision."""
    p = torch.sigmoid(logits)
    positive = weights * targets * (1 - p) ** gamma * torch.log(p)
    negative = (1 - targets) * p**gamma * torch.log(1 - p)
    return -(positive + negative).mean()


def test_weights_count_a_positive_as_often_as_its_negatives():
    assert positive_weights(POSITIVES, 100, "inverse", cap=1000).tolist() == [1.0, 9.0, 99.0]
    assert positive_weights(POSITIVES, 100, "inverse", cap=20).tolist() == [1.0, 9.0, 20.0]
    assert positive_weights(POSITIVES, 100, "sqrt_inverse", cap=20).tolist() == pytest.approx([1.0, 3.0, 99**0.5])
    assert positive_weights(POSITIVES, 100, "none", cap=20).tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("gamma", [0.0, 1.0, 2.0])
def test_losses_are_their_formulas_with_their_gradients(batch, gamma):
    logits, targets = batch
    weights = torch.tensor([1.0, 3.0, 9.0], dtype=torch.float64)
    ours, theirs = logits.float().requires_grad_(), logits.clone().requires_grad_()
    loss = focal(ours, targets, weights.float(), gamma) if gamma else bce(ours, targets, weights.float())
    expected = by_hand(theirs, targets, weights, gamma)
    loss.backward()
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    assert torch.allclose(ours.grad.double(), theirs.grad, atol=1e-6)


def test_focal_without_gamma_is_cross_entropy(batch):
    logits, targets = batch
    weights = torch.ones(3)
    assert focal(logits, targets, weights, gamma=0.0).item() == pytest.approx(bce(logits, targets, weights).item())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", ["bce", "focal"])
def test_losses_are_float32_and_finite_for_extreme_logits(name, dtype):
    params = LossParams(name=name, weighting="inverse", weight_cap=20, focal_gamma=2.0)
    loss = build_loss(params, positive_weights(POSITIVES, 100, "inverse", 20))
    logits = torch.tensor([[300.0, -300.0, 0.0]], dtype=dtype, requires_grad=True)
    value = loss(logits, torch.tensor([[0.0, 1.0, 1.0]]))
    value.backward()
    assert value.dtype == torch.float32
    assert torch.isfinite(value)
    assert torch.isfinite(logits.grad).all()


def test_integer_targets_are_no_error():
    assert torch.isfinite(bce(torch.zeros(2, 3), torch.ones(2, 3, dtype=torch.long), torch.ones(3)))
