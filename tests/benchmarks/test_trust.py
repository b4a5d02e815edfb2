from benchmarks.trust import counts

REPORT = """<testsuites><testsuite>
<testcase classname="tests.inputs.test_inputs" name="test_it_is_refused[a]"/>
<testcase classname="tests.inputs.test_inputs" name="test_it_is_refused[b]"/>
<testcase classname="tests.inputs.test_inputs" name="test_it_is_refused[c]"><failure>DID NOT RAISE</failure></testcase>
<testcase classname="tests.inputs.test_inputs" name="test_it_is_refused[d]"><failure>KeyError</failure></testcase>
<testcase classname="tests.inputs.test_inputs" name="test_there_are_enough"/>
<testcase classname="tests.faults.test_kills" name="test_a"/>
<testcase classname="tests.faults.test_disk" name="test_b"><error>no disk</error></testcase>
<testcase classname="tests.faults.test_disk" name="test_c"><skipped/></testcase>
<testcase classname="tests.faults.test_resume" name="test_d"/>
</testsuite></testsuites>"""


def test_each_test_counts_once_by_how_it_ended():
    assert counts(REPORT) == {
        "inputs": {"tried": 4, "refused": 2, "tracebacks": 1, "accepted": 1},
        "faults": {"tried": 2, "survived": 1},
        "resume": {"tried": 1, "equal_bytes": 1},
    }
