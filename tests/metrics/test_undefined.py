import numpy as np

from emotions.metrics.undefined import undefined, without_nan


def test_nan_becomes_null_wherever_it_stands():
    assert without_nan({"a": [1.5, float("nan")], "b": {"c": float("nan"), "d": "x"}}) == {
        "a": [1.5, None],
        "b": {"c": None, "d": "x"},
    }


def test_what_is_left_out_is_counted_with_its_reason():
    validation = np.array([[1, 0, 1], [0, 0, 1]], dtype=np.uint8)
    test = np.array([[1, 1, 0], [0, 0, 0]], dtype=np.uint8)
    assert undefined({"validation": validation, "test": test}, frequent_rows=2) == {
        "validation.macro_f1": "leaves out 1 of 3 labels, which no validation row carries",
        "validation.mean_average_precision": "leaves out 2 of 3 labels, which no validation row or every one carries",
        "validation.macro_f1_frequent": "no label has 2 test rows",
        "test.macro_f1": "leaves out 1 of 3 labels, which no test row carries",
        "test.mean_average_precision": "leaves out 1 of 3 labels, which no test row or every one carries",
        "test.macro_f1_frequent": "no label has 2 test rows",
    }


def test_where_all_is_defined_nothing_is_said():
    truth = np.array([[1, 0], [0, 1]], dtype=np.uint8)
    assert undefined({"validation": truth, "test": truth}, frequent_rows=1) == {}
