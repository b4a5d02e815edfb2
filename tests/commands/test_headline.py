import json


def test_the_chosen_policy_is_marked_and_its_score_is_that_of_the_metrics(project_copy, call):
    sweep = json.loads((project_copy / "metrics/threshold_sweep.json").read_text())
    [chosen] = [line for line in call("headline").splitlines() if "(chosen)" in line]
    policy, _, micro, macro = chosen.split()
    assert policy == sweep["policy"]
    assert float(micro) == round(sweep["test"]["micro_f1"], 4)
    assert float(macro) == round(sweep["test"]["macro_f1"], 4)
