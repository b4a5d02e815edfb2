import json

import pytest

from emotions.data.columns import Asked, plan
from emotions.errors import UserError


@pytest.fixture
def table(tmp_path):
    def written(*lines: str):
        path = tmp_path / "rows.csv"
        path.write_text("\n".join(lines) + "\n")
        return str(path)

    return written


def test_columns_of_usual_names_are_found(table):
    path = table("ID,Comment,Tags,Split", "a1,so happy,joy,train")
    found = plan(Asked([path]))
    assert (found.text, found.labelling.columns, found.id, found.split) == (["Comment"], ["Tags"], "ID", "Split")
    assert found.described().splitlines() == [
        f"{path}: utf-8, a comma between cells, quotes around, a header",
        "  text    column Comment",
        "  labels  one a row, in column Tags",
        "  ids     column ID",
        "  split   column Split",
        "  first   'so happy': joy",
    ]


def test_columns_asked_for_come_before_usual_ones(table):
    path = table("id,text,title,label,kind,split", "a1,so happy,Hi,x,joy;love,train")
    found = plan(Asked([path], text="title,text", labels="kind", separator=";", id="none", split="none"))
    assert (found.text, found.id, found.split) == (["title", "text"], None, None)
    assert found.described().splitlines()[-1] == "  first   'Hi so happy': joy, love"


def test_columns_of_0_and_1_are_labels_where_nothing_else_is_there(table):
    path = table("id,comment_text,toxic,insult", "1,so bad,1,0", "2,fine,0,0")
    found = plan(Asked([path]))
    assert found.labelling.columns == found.order == ["toxic", "insult"]
    path = table("id,comment_text,author,toxic,insult", "1,so bad,me,1,0")
    with pytest.raises(UserError, match=r"columns of 0 and 1 beside others; .*--labels 'toxic\.\.insult'"):
        plan(Asked([path]))
    path = table("comment_text,toxic,author,insult", "so bad,1,me,0")
    with pytest.raises(UserError, match="columns of 0 and 1 beside others; .*--labels 'toxic,insult'"):
        plan(Asked([path]))
    path = table("id,comment_text,author,toxic,insult", "1,so bad,me,1,0")
    assert plan(Asked([path], labels="toxic..insult")).labelling.columns == ["toxic", "insult"]


def test_a_column_without_a_name_holds_no_labels(table):
    assert plan(Asked([table(",text,toxic,insult", "7,so bad,1,0", "8,fine,0,0")])).order == ["toxic", "insult"]


def test_a_column_that_is_not_there_is_refused_with_those_that_are(table):
    path = table("body,kind", "so happy,joy")
    with pytest.raises(
        UserError, match="expected --text to name one of the columns body, kind; found none with a name"
    ):
        plan(Asked([path]))
    with pytest.raises(
        UserError, match=r"rows\.csv:1: expected the names .* those asked for among them; found 'body,kind'"
    ):
        plan(Asked([path], text="text"))


def test_names_of_numbers_come_from_a_file(table, tmp_path):
    (tmp_path / "names.txt").write_text("joy\nanger\n")
    found = plan(Asked([table("text,label", "so happy,0")], label_names=tmp_path / "names.txt"))
    assert found.order == ["joy", "anger"]
    assert found.described().endswith("'so happy': joy")


def test_names_of_numbers_come_from_a_list_in_json_too(table, tmp_path):
    names = tmp_path / "names.json"
    names.write_text('[\n  "joy",\n  "anger"\n]')
    assert plan(Asked([table("text,label", "so happy,0")], label_names=names)).order == ["joy", "anger"]
    for bad, said in (
        ('{"0": "joy"}', "expected a JSON list of label names; found {'0': 'joy'}: write them as"),
        ("[]", "expected a JSON list of label names; found"),
        ("[", "expected a JSON list of label names; found what is not JSON"),
        ("[" * 100_000, "expected a JSON list of label names; found what is not JSON .too deep"),
        ("[1" + "0" * 5_000 + "]", "expected a JSON list of label names; found what is not JSON"),
        ('["joy", "joy"]', "expected each label name once; found 'joy' again"),
        ('["joy ", "fear"]', "expected a label name without spaces around it; found 'joy ': write 'joy'"),
        ('["joy", "an\\u00a0ger"]', "expected a label name of characters that show"),
        ("[1, 2]", "expected a label name; found 1"),
    ):
        names.write_text(bad)
        with pytest.raises(UserError, match=rf"names\.json: {said}"):
            plan(Asked([table("text,label", "so happy,0")], label_names=names))


def test_names_of_columns_that_are_labels_are_label_names(table, tmp_path):
    path = tmp_path / "rows.jsonl"
    for column, said in ((" joy", "without spaces around it; found ' joy': write 'joy'"), ("jo\xa0y", "that show")):
        path.write_text(json.dumps({"text": "so happy", column: 1, "anger": 0}) + "\n")
        with pytest.raises(UserError, match=rf"rows\.jsonl, names of columns that are labels: expected .*{said}"):
            plan(Asked([str(path)]))
    with pytest.raises(UserError, match="expected each label name once; found 'joy' again"):
        plan(Asked([table("text,joy,anger", "so happy,1,0")], labels="joy,joy"))


def test_spaces_around_the_names_of_columns_are_none_of_theirs(table):
    path = table("text, joy, anger", "so happy, 1, 0")
    assert plan(Asked([path])).order == ["joy", "anger"]
    assert plan(Asked([path], text="text", labels="joy, anger")).order == ["joy", "anger"]


def test_label_names_that_datasets_noted_are_checked(tmp_path):
    from datasets import ClassLabel, Dataset, Features, Value

    features = Features({"text": Value("string"), "label": ClassLabel(names=["joy", "an\xa0ger"])})
    Dataset.from_list([{"text": "so happy", "label": 0}], features=features).to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(UserError, match=r"rows\.parquet, names of column label: .* characters that show.* 'an ger'"):
        plan(Asked([str(tmp_path / "rows.parquet")]))


def test_a_list_in_the_column_of_texts_is_refused(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"text": ["so", "happy"], "label": "joy"}) + "\n")
    with pytest.raises(UserError, match=r"rows\.jsonl:1: expected one text, name or number in a cell"):
        plan(Asked([str(path)])).described()


def test_the_inputs_of_a_source_have_the_same_columns(table, tmp_path):
    other = tmp_path / "test.jsonl"
    other.write_text(json.dumps({"text": "fine", "tags": ["joy"]}) + "\n")
    with pytest.raises(UserError, match=r"test\.jsonl: expected the columns of .*rows\.csv; found no label"):
        plan(Asked([table("text,label", "so happy,joy")], test=[str(other)]))


def test_a_table_without_rows_is_refused(table):
    with pytest.raises(UserError, match=r"rows\.csv: expected rows; found none"):
        plan(Asked([table("text,label")]))


def test_a_first_row_that_cannot_be_read_is_refused_with_its_line(table):
    path = table("text,label", "so happy,joy;love")
    with pytest.raises(UserError, match=r"rows\.csv:2: expected one label or several, clearly"):
        plan(Asked([path])).described()
