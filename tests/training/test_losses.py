import math

import pytest
import torch
import yaml
from pydantic import ValidationError
from torch.distributions import Bernoulli, Categorical, kl_divergence
from torch.nn import functional

from emotions.errors import UserError
from emotions.metrics.problem import MULTI_LABEL, PROBLEMS, SINGLE_LABEL
from emotions.training.losses import (
    AsymmetricParams,
    LossParams,
    asymmetric,
    bce,
    build_loss,
    disagreement,
    focal,
    positive_weights,
    refuse_other_problem,
    smooth,
    zlpr,
)

MULTI, SINGLE = PROBLEMS[MULTI_LABEL], PROBLEMS[SINGLE_LABEL]
POSITIVES = torch.tensor([50.0, 10.0, 1.0])


@pytest.fixture
def params(root):
    """A function that returns the loss of params.yaml with other values in place."""
    section = yaml.safe_load((root / "params.yaml").read_text())["train"]["loss"]
    return lambda **changed: LossParams(**section | changed)


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(8, 3, generator=generator, dtype=torch.float64)
    targets = (torch.rand(8, 3, generator=generator) < 0.4).double()
    return logits, targets


def same_value_and_gradient(ours, by_hand, logits):
    """Both functions of the logits, ours in float32, the other term by term in double precision."""
    single, double = logits.float().requires_grad_(), logits.clone().requires_grad_()
    loss, expected = ours(single), by_hand(double)
    loss.backward()
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    assert torch.allclose(single.grad.double(), double.grad, atol=1e-6)


def test_weights_count_a_positive_as_often_as_its_negatives(params):
    def weights(**changed):
        return positive_weights(POSITIVES, 100, params(**changed)).tolist()

    assert weights(weighting="inverse", weight_cap=1000) == [1.0, 9.0, 99.0]
    assert weights(weighting="inverse", weight_cap=20) == [1.0, 9.0, 20.0]
    assert weights(weighting="sqrt_inverse") == pytest.approx([1.0, 3.0, 99**0.5])
    assert weights(weighting="none") == [1.0, 1.0, 1.0]


def test_effective_numbers_lie_between_no_weights_and_inverse_ones(params):
    def weights(beta):
        changed = params(weighting="effective_number", effective_number_beta=beta, weight_cap=1000)
        return positive_weights(POSITIVES, 100, changed).tolist()

    assert weights(0.0) == [1.0, 1.0, 1.0]
    assert weights(1 - 1e-9) == pytest.approx([1.0, 9.0, 99.0], rel=1e-4)
    # beta 0.5: 99 negatives count as 2, 1 positive as 1, 10 as 1.998
    assert weights(0.5) == pytest.approx([1.0, 2 / (2 * (1 - 0.5**10)), 2.0], rel=1e-6)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("alpha", [None, 0.25])
def test_focal_is_its_formula_with_its_gradient(batch, gamma, alpha):
    logits, targets = batch
    weights = torch.tensor([1.0, 3.0, 9.0])

    def by_hand(logits):
        p = torch.sigmoid(logits)
        positive = (alpha or 1) * weights.double() * targets * (1 - p) ** gamma * torch.log(p)
        negative = ((1 - alpha) if alpha else 1) * (1 - targets) * p**gamma * torch.log(1 - p)
        return -(positive + negative).mean()

    same_value_and_gradient(lambda logits: focal(logits, targets, weights, gamma, alpha), by_hand, logits)
    if gamma == 0 and alpha is None:
        same_value_and_gradient(lambda logits: bce(logits, targets, weights), by_hand, logits)


@pytest.mark.parametrize(("positive", "negative", "margin"), [(0, 0, 0), (0, 2, 0.05), (1, 4, 0.2), (0, 0.5, 0.05)])
def test_asymmetric_is_its_formula_with_its_gradient(batch, positive, negative, margin):
    logits, targets = batch
    settings = AsymmetricParams(gamma_positive=positive, gamma_negative=negative, margin=margin)

    def by_hand(logits):
        p = torch.sigmoid(logits)
        shifted = torch.where(p > margin, p - margin, torch.zeros_like(p))
        terms = torch.where(
            targets == 1,
            (1 - p) ** positive * torch.log(p),
            torch.where(shifted > 0, shifted**negative * torch.log(1 - shifted), torch.zeros_like(p)),
        )
        return -terms.mean()

    same_value_and_gradient(lambda logits: asymmetric(logits, targets, torch.ones(3), settings), by_hand, logits)


def test_asymmetric_ignores_negatives_below_its_margin():
    settings = AsymmetricParams(gamma_positive=0, gamma_negative=1, margin=0.05)
    logits = torch.tensor([[-4.0]], requires_grad=True)  # probability 0.018
    loss = asymmetric(logits, torch.zeros(1, 1), torch.ones(1), settings)
    loss.backward()
    assert loss.item() == pytest.approx(0, abs=1e-8)
    assert logits.grad.item() == 0


def test_zlpr_is_its_formula_with_its_gradient(batch):
    logits, targets = batch

    def by_hand(logits):
        missed = torch.log(1 + (torch.exp(-logits) * targets).sum(dim=1))
        wrong = torch.log(1 + (torch.exp(logits) * (1 - targets)).sum(dim=1))
        return (missed + wrong).mean()

    same_value_and_gradient(lambda logits: zlpr(logits, targets), by_hand, logits)


def test_readings_that_agree_are_not_apart():
    once = torch.tensor([[2.0, -1.0, 0.3], [0.0, 5.0, -4.0]])
    for problem in (MULTI, SINGLE):
        assert disagreement(torch.cat([once, once]), problem).item() == 0


def test_readings_are_as_far_apart_as_their_divergence_both_ways():
    logits = torch.tensor([[0.0, 1.0], [-1.0, 2.0], [math.log(3), 1.0], [0.5, -1.0]])
    first, second = torch.sigmoid(logits).chunk(2)
    both_ways = [kl_divergence(Bernoulli(p), Bernoulli(q)) for p, q in ((first, second), (second, first))]
    assert disagreement(logits, MULTI).item() == pytest.approx((sum(both_ways) / 2).mean().item())
    # of the first row's first label 0.5 and 0.75: (0.75 - 0.5) x ln 3 / 2
    assert both_ways[0][0, 0] + both_ways[1][0, 0] == pytest.approx(0.25 * math.log(3))
    first, second = (Categorical(logits=half) for half in logits.chunk(2))
    both_ways = (kl_divergence(first, second) + kl_divergence(second, first)) / 2
    assert disagreement(logits, SINGLE).item() == pytest.approx(both_ways.mean().item())


def test_readings_of_extreme_logits_are_finitely_apart():
    logits = torch.tensor([[300.0, -300.0], [-300.0, 300.0]], dtype=torch.float16, requires_grad=True)
    apart = disagreement(logits, MULTI)
    apart.backward()
    assert apart.dtype == torch.float32
    assert apart.item() == pytest.approx(300), "half of 600 x (1 - 0)"
    assert torch.isfinite(logits.grad).all()


def test_smoothing_moves_targets_towards_one_half(params, batch):
    assert smooth(torch.tensor([0.0, 1.0, 0.5]), 0.1, classes=2).tolist() == pytest.approx([0.05, 0.95, 0.5])
    logits, targets = batch
    weights = torch.ones(3)
    smoothed = build_loss(params(label_smoothing=0.1), weights, MULTI)(logits, targets)
    assert smoothed.item() == pytest.approx(bce(logits, targets * 0.9 + 0.05, weights).item())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", ["bce", "focal", "asymmetric", "zlpr"])
def test_losses_are_float32_and_finite_for_extreme_logits(params, name, dtype):
    chosen = params(name=name, weighting="none" if name == "zlpr" else "inverse")
    loss = build_loss(chosen, positive_weights(POSITIVES, 100, chosen), MULTI)
    logits = torch.tensor([[300.0, -300.0, 0.0], [300.0, -300.0, 0.0]], dtype=dtype, requires_grad=True)
    value = loss(logits, torch.tensor([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]]))
    value.backward()
    assert value.dtype == torch.float32
    assert torch.isfinite(value)
    assert torch.isfinite(logits.grad).all()
    if name in ("bce", "focal"):  # asymmetric gives up on negatives that look very positive, section 3.2 of the paper
        assert (logits.grad[0, :2] != 0).all(), "the two that are wrong must still learn"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": "zlpr", "weighting": "inverse"}, "-S train.loss.weighting=none"),
        ({"name": "zlpr", "label_smoothing": 0.1}, "-S train.loss.label_smoothing=0"),
        (
            {"name": "focal", "weighting": "inverse", "focal": {"gamma": 2, "alpha": 0.25}},
            "-S train.loss.focal.alpha=null",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(params, changed, sentence):
    with pytest.raises(ValidationError, match=sentence):
        params(**changed)


def test_integer_targets_are_no_error(params):
    loss = build_loss(params(), torch.ones(3), MULTI)
    assert torch.isfinite(loss(torch.zeros(2, 3), torch.ones(2, 3, dtype=torch.long)))


def least_at(loss, target):
    """Return the probability, of 0.001, 0.002, … 0.999, at which the loss of a target is least."""
    probability = torch.arange(0.001, 0.9995, 0.001, dtype=torch.float64)
    losses = [loss(torch.logit(p).reshape(1, 1), torch.tensor([[target]])).item() for p in probability]
    return probability[losses.index(min(losses))].item()


@pytest.mark.parametrize(
    ("name", "asked_for"),
    [
        ("bce", {0.01: 0.01, 0.1: 0.1, 0.5: 0.5, 0.9: 0.9}),
        ("focal", {0.01: 0.154, 0.1: 0.306, 0.5: 0.5, 0.9: 0.694}),  # what the docstrings say
        ("asymmetric", {0.01: 0.180, 0.1: 0.343, 0.5: 0.611, 0.9: 0.925}),
    ],
)
def test_each_loss_is_least_where_its_docstring_says(name, asked_for, params):
    loss = build_loss(params(name=name), torch.ones(1), MULTI)
    found = {target: least_at(loss, target) for target in asked_for}
    assert found == pytest.approx(asked_for, abs=0.0015)
    assert list(found.values()) == sorted(found.values()), "the order of probabilities is that of the targets"


@pytest.mark.parametrize("name", ["bce", "focal", "asymmetric"])
def test_a_soft_target_is_worth_its_share_of_hard_ones(name, params):
    loss = build_loss(params(name=name), torch.ones(1), MULTI)
    logit = torch.tensor([[-1.5]])
    hard = [loss(logit, torch.tensor([[target]])).item() for target in (1.0, 0.0)]
    assert loss(logit, torch.tensor([[0.1]])).item() == pytest.approx(0.1 * hard[0] + 0.9 * hard[1])


@pytest.fixture
def one_label():
    """Logits of three rows and the one label of each."""
    logits = torch.tensor([[2.0, -1.0, 0.5], [0.0, 0.3, -2.0], [1.0, 1.0, 1.0]], dtype=torch.float64)
    return logits, torch.tensor([0, 2, 1])


def of(chosen, classes, weights=None):
    return build_loss(chosen, torch.ones(classes) if weights is None else weights, SINGLE)


def test_cross_entropy_is_pytorchs(params, one_label):
    logits, label = one_label
    targets = functional.one_hot(label, 3).float()
    ours = of(params(name="cross_entropy"), 3)(logits, targets)
    assert ours.item() == pytest.approx(functional.cross_entropy(logits.float(), label).item())
    smoothed = of(params(name="cross_entropy", label_smoothing=0.1), 3)(logits, targets)
    assert smoothed.item() == pytest.approx(functional.cross_entropy(logits.float(), label, label_smoothing=0.1).item())


def test_a_weight_counts_a_row_that_many_times(params, one_label):
    logits, label = one_label
    targets = functional.one_hot(label, 3).float()
    by_row = functional.cross_entropy(logits.float(), label, reduction="none")
    weighed = of(params(name="cross_entropy"), 3, torch.tensor([1.0, 2.0, 3.0]))(logits, targets)
    assert weighed.item() == pytest.approx((by_row * torch.tensor([1.0, 3.0, 2.0])).mean().item())


def test_focal_loss_of_one_label_leaves_out_what_is_sure(params, one_label):
    logits, label = one_label
    targets = functional.one_hot(label, 3).float()
    p = torch.softmax(logits, dim=1)[range(3), label]
    found = of(params(name="focal"), 3)(logits, targets)
    assert found.item() == pytest.approx((-((1 - p) ** 2) * p.log()).mean().item())


@pytest.mark.parametrize("name", ["cross_entropy", "focal"])
def test_losses_of_one_label_are_float32_and_finite_for_extreme_logits(params, name):
    logits = torch.tensor([[300.0, -300.0, 0.0], [300.0, -300.0, 0.0]], dtype=torch.float16, requires_grad=True)
    value = of(params(name=name), 3)(logits, torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]))
    value.backward()
    assert value.dtype == torch.float32
    assert torch.isfinite(value)
    assert torch.isfinite(logits.grad).all()


def test_a_soft_target_of_one_label_is_worth_its_share_of_hard_ones(params):
    loss = of(params(name="focal"), 2)
    logits = torch.tensor([[0.3, -1.0]])
    hard = [loss(logits, torch.tensor([target])).item() for target in ([1.0, 0.0], [0.0, 1.0])]
    assert loss(logits, torch.tensor([[0.1, 0.9]])).item() == pytest.approx(0.1 * hard[0] + 0.9 * hard[1])


@pytest.mark.parametrize(
    ("problem", "changed", "said"),
    [
        (MULTI_LABEL, {"name": "cross_entropy"}, "-S train.loss.name=bce"),
        (SINGLE_LABEL, {"name": "bce"}, "-S train.loss.name=cross_entropy"),
        (SINGLE_LABEL, {"name": "zlpr"}, "has cross_entropy, focal"),
        (SINGLE_LABEL, {"name": "asymmetric"}, "has cross_entropy, focal"),
        (SINGLE_LABEL, {"name": "focal", "focal": {"gamma": 2, "alpha": 0.25}}, "-S train.loss.focal.alpha=null"),
    ],
)
def test_a_loss_made_for_another_problem_is_refused(params, problem, changed, said):
    with pytest.raises(UserError, match=said):
        refuse_other_problem(params(**changed), PROBLEMS[problem])
