from benchmarks.measured import cpu_name, spread


def test_a_spread_has_the_middle_and_the_ends():
    assert spread([3.04, 1.0, 2.0], 1) == {"median": 2.0, "minimum": 1.0, "maximum": 3.0}


def test_the_processor_has_a_name():
    assert cpu_name()
