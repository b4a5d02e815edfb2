import pandas as pd

from emotions.reporting.cross_fitted import between_table, choice_table


def cells(table: str) -> list[dict[str, str]]:
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines())
    return [dict(zip(head, row, strict=True)) for row in rows]


TABLE = pd.DataFrame(
    [
        ("a", "validation", 10, "macro_f1", "shrunk", 0.55, 0.53),
        ("a", "validation", 10, "log_loss", "platt_per_label", 0.08, 0.09),
        ("a", "cross_fitted", 50, "macro_f1", "shrunk", 0.52, 0.54),
        ("a", "cross_fitted", 50, "log_loss", "platt_per_label", 0.08, 0.08),
        ("b", "validation", 10, "macro_f1", "shrunk", 0.56, 0.55),
        ("b", "validation", 10, "log_loss", "platt_per_label", 0.08, 0.09),
        ("b", "cross_fitted", 50, "macro_f1", "shrunk", 0.54, 0.55),
        ("b", "cross_fitted", 50, "log_loss", "platt_per_label", 0.08, 0.09),
    ],
    columns=["run", "choice", "rows", "score", "by", "there", "test"],
)


def test_a_row_has_both_choices_and_what_each_loses():
    rows = cells(choice_table(TABLE))
    assert [row["run"] for row in rows] == ["a", "a", "b", "b"]
    assert (rows[0]["score"], rows[0]["by"]) == ("macro-28", "per emotion, shrunk towards one by rows")
    assert [rows[0][f"validation: {of}"] for of in ("there", "test", "there to test")] == ["55.00", "53.00", "-2.00"]
    assert [rows[0][f"cross_fitted: {of}"] for of in ("there", "test", "there to test")] == ["52.00", "54.00", "+2.00"]


def test_what_one_run_gains_is_told_there_and_on_test():
    [row] = cells(between_table(TABLE))
    assert (row["B - A"], row["score"]) == ("b - a", "macro-28")
    assert (row["validation: there"], row["validation: test"]) == ("+1.00", "+2.00")
    assert (row["cross_fitted: there"], row["cross_fitted: test"]) == ("+2.00", "+1.00")
