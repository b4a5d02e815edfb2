import tracemalloc

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.metrics import f1_score

from emotions.errors import UserError
from emotions.metrics.decisions import decide
from emotions.metrics.problem import MULTI_LABEL, PROBLEMS, SINGLE_LABEL
from emotions.thresholds import policies
from emotions.thresholds.params import ThresholdSweepParams
from emotions.thresholds.policies import resolve_policy, sweep
from emotions.thresholds.search import NEVER, f1_curve, rank_labels


def choose(truth, candidates, params, problem):
    return sweep(truth, candidates, params, problem, hold_out=False).policies


def held_out(truth, candidates, params, problem):
    return sweep(truth, candidates, params, problem, hold_out=True).held_out


MULTI, SINGLE = PROBLEMS[MULTI_LABEL], PROBLEMS[SINGLE_LABEL]
ALL = ["fixed", "fixed_0_3", "global", "per_label", "shrunk", "averaged", "precise"]


@pytest.fixture
def params(root):
    """A function that returns the sweep's params with other values in place."""
    section = yaml.safe_load((root / "params.yaml").read_text())["threshold_sweep"]
    return lambda **changed: ThresholdSweepParams(**section | changed)


@pytest.fixture
def split():
    random = np.random.default_rng(2)
    truth = (random.random((400, 3)) < (0.5, 0.3, 0.02)).astype(np.uint8)
    truth[0] = 1
    return truth, np.round(0.3 * truth + 0.7 * random.random(truth.shape), 3)


def test_policies_have_one_threshold_a_label(split, params):
    chosen = choose(*split, params(), MULTI)
    assert list(chosen) == ALL
    assert all(thresholds.shape == (3,) for thresholds in chosen.values())
    assert chosen["fixed"].tolist() == [0.5] * 3
    assert chosen["fixed_0_3"].tolist() == [0.3] * 3
    assert len(set(chosen["global"])) == 1


def test_per_label_is_never_worse_than_global_where_it_was_chosen(split, params):
    truth, probability = split
    macro = {
        name: f1_score(truth, decide(probability, cut), average="macro", zero_division=0)
        for name, cut in choose(truth, probability, params(), MULTI).items()
    }
    assert macro["per_label"] >= max(macro.values()) - 1e-12
    assert macro["global"] >= macro["fixed"]


def test_precise_keeps_its_promise_where_it_was_chosen(split, params):
    truth, probability = split
    decided = decide(probability, choose(truth, probability, params(min_precision=0.9), MULTI)["precise"])
    for label in np.flatnonzero(decided.any(axis=0)):
        assert truth[decided[:, label] == 1, label].mean() >= 0.9


def test_shrunk_lies_between_global_and_per_label(split, params):
    chosen = choose(*split, params(), MULTI)
    low, high = (np.minimum, np.maximum)
    assert (chosen["shrunk"] >= low(chosen["global"], chosen["per_label"]) - 1e-9).all()
    assert (chosen["shrunk"] <= high(chosen["global"], chosen["per_label"]) + 1e-9).all()


def test_a_label_without_rows_takes_the_global_threshold_and_is_never_promised(params):
    truth = np.array([[1, 0], [0, 0], [1, 0]], dtype=np.uint8)
    probability = np.array([[0.9, 0.4], [0.2, 0.3], [0.8, 0.1]])
    chosen = choose(truth, probability, params(), MULTI)
    for name in ("per_label", "shrunk", "averaged"):
        assert chosen[name][1] == pytest.approx(chosen["global"][1])
    assert chosen["precise"][1] == NEVER


def test_held_out_rows_are_decided_by_thresholds_that_never_saw_them(split, params, monkeypatch):
    truth, probability = split
    seen = []
    real = policies.policies_of

    def spy(choices, rows, params, problem):
        seen.append(rows)
        return real(choices, rows, params, problem)

    monkeypatch.setattr(policies, "policies_of", spy)
    scores = held_out(truth, probability, params(folds=4), MULTI)
    assert seen == [400, 300, 300, 300, 300], "all rows for what is kept, then those outside each fold"
    in_sample = f1_score(
        truth,
        decide(probability, choose(truth, probability, params(), MULTI)["per_label"]),
        average="macro",
    )
    assert scores["per_label"]["macro_f1"] < in_sample, "what was chosen on the rows themselves looks better"
    assert scores["fixed"]["macro_f1"] == pytest.approx(
        f1_score(truth, probability >= 0.5, average="macro", zero_division=0)
    ), "nothing is chosen, so folds change nothing"


def test_auto_is_the_best_on_held_out_rows_and_never_the_precise_one(params):
    held_out = {name: {"macro_f1": 0.5, "micro_f1": 0.6} for name in ALL}
    held_out["shrunk"]["macro_f1"] = 0.55
    held_out["global"]["micro_f1"] = 0.65
    held_out["precise"] = {"macro_f1": 0.9, "micro_f1": 0.9}
    assert resolve_policy(held_out, params(), MULTI) == "shrunk"
    assert resolve_policy(held_out, params(objective="micro_f1"), MULTI) == "global"
    assert resolve_policy(held_out, params(policy="averaged"), MULTI) == "averaged"


def test_the_seed_decides_folds_and_resamples(split, params):
    first, again, other = (choose(*split, params(seed=seed), MULTI)["averaged"] for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_a_fold_is_decided_as_choosing_on_the_other_rows_would(split, params):
    truth, probability = split
    settings = params(folds=2)
    fold_of = np.random.default_rng(settings.seed).permutation(len(truth)) % 2
    decided = np.empty_like(truth)
    for fold in (0, 1):
        others = fold_of != fold
        thresholds = choose(truth[others], probability[others], settings, MULTI)["shrunk"]
        decided[~others] = decide(probability[~others], thresholds)
    found = held_out(truth, probability, settings, MULTI)["shrunk"]
    assert found["macro_f1"] == pytest.approx(f1_score(truth, decided, average="macro"))
    assert found["micro_f1"] == pytest.approx(f1_score(truth, decided, average="micro"))


@pytest.fixture
def one_label():
    """400 rows of one of three labels, and candidates for them: the most probable label, the others at -1."""
    random = np.random.default_rng(2)
    truth = np.eye(3, dtype=np.uint8)[random.choice(3, 400, p=(0.6, 0.3, 0.1))]
    return truth, SINGLE.candidates(SINGLE.probabilities(2 * truth + random.normal(0, 1.5, truth.shape)))


def test_of_one_label_the_most_probable_is_a_policy_and_what_auto_is(one_label, params):
    chosen = choose(*one_label, params(), SINGLE)
    assert list(chosen) == ["argmax", *ALL]
    assert decide(one_label[1], chosen["argmax"]).sum(axis=1).tolist() == [1] * 400
    scores = held_out(*one_label, params(), SINGLE)
    assert resolve_policy(scores, params(), SINGLE) == "argmax"
    assert resolve_policy(scores, params(policy="fixed"), SINGLE) == "fixed"
    accuracy = (one_label[0] & decide(one_label[1], 0.0)).any(axis=1).mean()
    assert scores["argmax"]["micro_f1"] == pytest.approx(accuracy)


def test_thresholds_of_one_label_reject_rows_and_never_give_two_labels(one_label, params):
    truth, candidates = one_label
    for name, thresholds in choose(truth, candidates, params(), SINGLE).items():
        assert (thresholds >= 0).all(), name
        assert decide(candidates, thresholds).sum(axis=1).max() == 1, name
    precise = decide(candidates, choose(truth, candidates, params(min_precision=0.9), SINGLE)["precise"])
    assert (truth & precise).sum() / precise.sum() >= 0.9


def test_a_policy_that_the_problem_does_not_have_is_refused(split, params):
    truth, probability = split
    scores = held_out(truth, probability, params(), MULTI)
    with pytest.raises(UserError, match="policy=argmax: multi_label_classification has fixed, .* -S threshold_sweep"):
        resolve_policy(scores, params(policy="argmax"), MULTI)


def test_a_sweep_takes_less_memory_than_the_probabilities(params):
    """Labels are ranked one at a time: all of them at once took four times as much."""
    random = np.random.default_rng(0)
    truth = (random.random((50_000, 20)) < 0.1).astype(np.uint8)
    probability = random.random(truth.shape)
    tracemalloc.start()
    sweep(truth, probability, params(resamples=2), MULTI, hold_out=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < probability.nbytes


def test_the_curve_is_that_of_the_ranked_labels(split, params):
    curve = sweep(*split, params(), MULTI, hold_out=False).curve
    pd.testing.assert_frame_equal(curve, f1_curve(rank_labels(*split)))
