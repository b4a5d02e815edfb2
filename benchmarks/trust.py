"""What was tried to break the project, and what it survived: `make trust`.

Runs the long forms of tests/inputs and tests/faults, and the default pipeline in two clones with two new environments.
That takes half an hour. Writes benchmarks/trust.json.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

from benchmarks.reproduce import default_runs
from emotions.artifacts import write_json
from emotions.errors import UserError, exit_in_words
from emotions.reporting.tables import trust_table

RESULT = Path("benchmarks/trust.json")
INPUTS = "tests.inputs.test_inputs"  # a test an input
RESUME = "tests.faults.test_resume"  # a test a training that was cut off


def counts(report: str) -> dict[str, dict[str, int]]:
    """Return how much was tried and how it ended, from pytest's report as JUnit XML."""
    inputs, faults, resumes = [], [], []
    for case in ElementTree.fromstring(report).iter("testcase"):
        if case.find("skipped") is not None:
            continue
        failed = case.find("failure") if case.find("failure") is not None else case.find("error")
        module = case.get("classname")
        if module == INPUTS and "[" in case.get("name"):
            inputs.append("refused" if failed is None else _wrong(failed))
        elif module.startswith("tests.faults."):
            (resumes if module == RESUME else faults).append(failed is None)
    return {
        "inputs": {
            "tried": len(inputs),
            **{end: inputs.count(end) for end in ("refused", "tracebacks", "accepted")},
        },
        "faults": {"tried": len(faults), "survived": sum(faults)},
        "resume": {"tried": len(resumes), "equal_bytes": sum(resumes)},
    }


def _wrong(failed: ElementTree.Element) -> str:
    return "accepted" if "DID NOT RAISE" in (failed.text or "") else "tracebacks"


def main() -> None:
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        tests = ["tests/inputs", "tests/faults", "--long", "--quiet", f"--junitxml={report}"]
        done = subprocess.run([sys.executable, "-m", "pytest", *tests], check=False)
        result = counts(report.read_text(encoding="utf-8"))
        result["hashes"] = default_runs([Path(folder) / "one", Path(folder) / "two"])
    write_json(RESULT, result)
    print(f"\n{trust_table(result)}\n\ntrust: written to {RESULT}")
    if done.returncode or result["hashes"]["equal"] != result["hashes"]["compared"]:
        raise UserError("trust: not all of it held (the reasons stand above)")


if __name__ == "__main__":
    exit_in_words(main)
