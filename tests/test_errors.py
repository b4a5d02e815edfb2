import pytest

from emotions.errors import UserError, apart, exit_in_words, listed, reading, shown
from tests.tiny import run_python


def test_a_user_error_is_its_sentence_on_standard_error_and_status_1(capsys):
    def fails():
        raise UserError("here.txt:3: expected a number; found 'x'")

    with pytest.raises(SystemExit) as ended:
        exit_in_words(fails)
    assert ended.value.code == "here.txt:3: expected a number; found 'x'", "which Python prints, with status 1"
    assert capsys.readouterr().out == ""


def test_a_full_disk_is_a_sentence_also_where_a_library_written_in_rust_says_it():
    def full():
        raise Exception("No space left on device (os error 28)")

    with pytest.raises(SystemExit) as ended:
        exit_in_words(full)
    assert ended.value.code.startswith("No space left on device; free some space; nothing half-written")


def test_ctrl_c_is_two_lines_and_the_status_that_shells_give_it(capsys):
    def stopped():
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as ended:
        exit_in_words(stopped)
    assert ended.value.code == 130
    assert len(capsys.readouterr().err.strip().splitlines()) == 2


def test_a_fault_of_the_program_keeps_its_traceback():
    def broken():
        return [][0]

    with pytest.raises(IndexError):
        exit_in_words(broken)


def test_a_program_that_ends_well_ends_with_nothing_said(capsys):
    exit_in_words(lambda: print("done"))
    assert capsys.readouterr() == ("done\n", "")


def test_what_a_terminal_would_obey_is_spelled_out():
    assert shown("a\x1b[31mb\x07\x9b\u202e") == r"a\x1b[31mb\x07\x9b\u202e"
    assert shown("two\nlines, a\ttab, café 😊") == "two\nlines, a\ttab, café 😊"


def test_a_sentence_brings_no_escape_sequence_of_what_was_found():
    def fails():
        raise UserError("found \x1b[2J")

    with pytest.raises(SystemExit, match=r"found \\x1b\[2J"):
        exit_in_words(fails)


def test_whatever_a_library_raises_about_a_file_is_one_sentence():
    for raised in (Exception("two\nlines"), ValueError("two\nlines"), MemoryError("two lines")):
        sentence = "^here: expected a table; found .*: two lines.; make it again$"
        with pytest.raises(UserError, match=sentence), reading("here", "a table", "make it again"):
            raise raised
    for through in (UserError("mine"), KeyboardInterrupt("stop")):
        with pytest.raises(type(through), match="mine|stop"), reading("here", "a table", "make it again"):
            raise through


PRINTS = "from emotions.errors import exit_in_words; exit_in_words(lambda: print({}))"


def test_nobody_listening_any_more_is_no_traceback(root):
    code = PRINTS.format("'line' * 100_000")
    done = run_python("-c", f"import os; r, w = os.pipe(); os.close(r); os.dup2(w, 1); {code}", cwd=root)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_closed_output_is_no_traceback(root):
    done = run_python("-c", f"import sys; sys.stdout = None; {PRINTS.format('1')}", cwd=root)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_terminal_of_ascii_gets_codes(root, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = run_python("-c", PRINTS.format("'café 😊'"), cwd=root)
    assert done.stdout == "caf\\xe9 \\U0001f60a\n"


def test_a_sentence_holds_thirty_names_and_says_how_many_follow():
    names = [f"label {number}" for number in range(1000)]
    assert listed(["joy", "anger"]) == "joy, anger"
    assert listed(names[:30]).endswith("label 29")
    assert listed(names).endswith("label 29 and 970 more")


def test_of_many_names_a_sentence_says_where_they_differ():
    names = [f"label {number}" for number in range(1000)]
    assert apart(["joy", "anger"], ["anger", "joy"]) == ("joy, anger", "anger, joy")
    assert apart(names, [*names[:40], "other", *names[41:]]) == (
        "1,000 of them, number 41 'label 40'",
        "1,000 of them, number 41 'other'",
    )
    assert apart(names, names[:-1]) == ("1,000 of them, number 1,000 'label 999'", "999 of them")
