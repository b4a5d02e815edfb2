import pytest

from emotions.errors import UserError, exit_in_words


def test_a_user_error_is_its_sentence_on_standard_error_and_status_1(capsys):
    def fails():
        raise UserError("here.txt:3: expected a number; found 'x'")

    with pytest.raises(SystemExit) as ended:
        exit_in_words(fails)
    assert ended.value.code == "here.txt:3: expected a number; found 'x'", "which Python prints, with status 1"
    assert capsys.readouterr().out == ""


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
