import pytest
from typer.exceptions import TyperException


def test_the_next_command_names_the_new_checkpoint(project_copy, call):
    said = call("pretrain", "comments", "--epochs", "1")
    assert said.startswith("pretrain: loss ")
    assert said.endswith(" dvc exp run -S model.checkpoint=build/comments\n")


@pytest.mark.parametrize(("epochs", "said"), [("0", "greater than or equal to 1"), ("many", "a valid integer")])
def test_epochs_are_a_whole_number_from_1(epochs, said, call):
    with pytest.raises(TyperException, match=said):
        call("pretrain", "comments", "--epochs", epochs)
