import hashlib
import subprocess

import pytest
import yaml

from emotions.errors import UserError
from emotions.experiments.provenance import made_by, output_of, provenance


def test_the_commit_and_each_file_of_the_source_are_named(committed_project):
    found = made_by("tiny")
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    assert found["git_revision"] == head.stdout.strip()
    assert found["data_sha256"] == {
        file: hashlib.sha256((committed_project / "data/raw/tiny" / file).read_bytes()).hexdigest()
        for file in ("dev.tsv", "test.tsv", "train.tsv")
    }


def test_code_that_is_not_committed_is_refused_and_named(committed_project):
    with (committed_project / "stages/train.py").open("a") as file:
        file.write("# a change\n")
    with pytest.raises(UserError, match=r"the code differs from its commit.*stages/train\.py"):
        made_by("tiny")


def test_other_files_may_differ(committed_project):
    (committed_project / "notes.txt").write_text("what I think of it\n")
    made_by("tiny")


def test_outside_git_the_command_that_failed_is_named(project_copy):
    with pytest.raises(UserError, match=r"git status .* failed: fatal: not a git repository"):
        made_by("tiny")


def test_where_dvc_knows_no_run_nothing_is_recorded(committed_project):
    params = yaml.safe_load((committed_project / "params.yaml").read_text())
    with pytest.raises(UserError, match=r"dvc status .* failed: "):
        provenance(params)


def test_what_a_command_says_comes_without_the_line_break_at_its_end():
    assert output_of("printf", "two\\nlines\\n") == "two\nlines"
