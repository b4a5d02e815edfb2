import json

import numpy as np
import pytest
import yaml

from emotions.errors import UserError
from emotions.experiments.blend import best_share, blend
from emotions.experiments.provenance import made_by
from emotions.experiments.record import keep
from emotions.experiments.recorded import probabilities_of, read_run
from emotions.inference.predictions import load_predictions

pytestmark = pytest.mark.slow


@pytest.fixture
def records(committed_project):
    """Two recorded runs that know the truth: a says 0.8 of what holds and 0.2 of what does not, b 0.6 and 0.4."""
    params = (committed_project / "params.yaml").read_text()
    said = {"a": {}, "b": {}}
    for split in ("validation", "test"):
        truth = load_predictions(committed_project / f"data/predictions/{split}.npz").truth
        said["a"][split], said["b"][split] = 0.2 + 0.6 * truth, 0.4 + 0.2 * truth
    for name, probability in said.items():
        keep(name, params, probability, made_by("tiny") | {"parameters": 3}, None, {})
    return committed_project


def test_the_share_ranks_validation_best_and_is_the_lowest_of_equals():
    truth = np.array([[1], [0]])
    right, wrong = np.array([[0.9], [0.1]]), np.array([[0.1], [0.9]])
    assert best_share(truth, right, wrong) == 0
    assert best_share(truth, wrong, right) == 0.55, "at one half the two rows are level"


def test_a_blend_is_the_mean_of_what_its_runs_say(records):
    blend("both", ["a", "b"], weigh=False)
    for split, probability in probabilities_of(records / "results/both").items():
        truth = load_predictions(records / f"data/predictions/{split}.npz").truth
        assert probability == pytest.approx(0.3 + 0.4 * truth, abs=1e-3), "as 16 bits hold it"
    params = yaml.safe_load((records / "results/both/params.yaml").read_text())
    assert params["blend"] == {"a": 0.5, "b": 0.5}
    run = read_run(records / "results/both")
    assert (run.parameters, run.made_of) == (6, "blend: 50% a, 50% b")
    assert run.metrics["test"]["policies"]["fixed"]["macro_f1"] == 1


def test_weighing_gives_nothing_to_a_run_that_ranks_no_better(records):
    blend("weighed", ["a", "b"], weigh=True)
    params = yaml.safe_load((records / "results/weighed/params.yaml").read_text())
    assert params["blend"] == {"a": 1.0, "b": 0.0}
    assert json.loads((records / "results/weighed/metrics.json").read_text())["policy"] == "fixed"


@pytest.mark.parametrize(
    ("name", "runs", "weigh", "said"),
    [
        ("both", ["a"], False, "expected two runs or, without --weigh, more; found 1"),
        ("both", ["a", "b", "c"], True, "expected two runs or, without --weigh, more; found 3"),
        ("both", ["a", "a"], False, "expected each run once; found a a"),
        ("both", ["a", "absent"], False, r"results/absent/predictions\.npz: expected a recorded run"),
        ("../both", ["a", "b"], False, "expected a name of letters, digits, dashes and inner dots"),
        ("a", ["a", "b"], False, "results/a is there already"),
    ],
)
def test_a_blend_that_cannot_be_is_refused_in_words(records, name, runs, weigh, said):
    with pytest.raises(UserError, match=said):
        blend(name, runs, weigh)
    assert not (records / "results/both").exists()
    assert not (records / "both").exists()
