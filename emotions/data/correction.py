"""A source with labels corrected, as a new source beside the old one."""

import csv
from pathlib import Path

from emotions.artifacts import atomic_write
from emotions.data.corpus import FILES, jsonl_line, jsonl_of, new_source, read_source, write_label_names
from emotions.errors import UserError

BETWEEN = "|"  # labels in a cell


def read_corrections(path: Path, names: list[str]) -> dict[str, tuple[int, ...]]:
    """Return label ids by row id from a CSV with the columns id and labels, names with BETWEEN them.

    Raises UserError, with the line, for a file of another form, an unknown label and an id that stands twice.
    """
    if not path.is_file():
        raise UserError(f"{path}: expected a CSV with the columns id and labels; found no such file")
    label_ids = {name: number for number, name in enumerate(names)}
    corrections = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        try:
            if not {"id", "labels"} <= set(reader.fieldnames or ()):
                found = ", ".join(reader.fieldnames or ())
                raise UserError(f"{path}:1: expected the columns id and labels; found {found}")
            if len(set(reader.fieldnames)) < len(reader.fieldnames):
                raise UserError(f"{path}:1: expected each column once; found {', '.join(reader.fieldnames)}")
            for row in reader:
                place = f"{path}:{reader.line_num}"
                if None in row or None in row.values():
                    columns = len(reader.fieldnames)
                    raise UserError(f"{place}: expected {columns} cells as in the first row; found more or fewer")
                if row["id"] in corrections:
                    raise UserError(f"{place}: expected each id once; found {row['id']!r} again")
                labels = [name.strip() for name in row["labels"].split(BETWEEN) if name.strip()]
                unknown = [name for name in labels if name not in label_ids]
                if unknown:
                    raise UserError(f"{place}: expected labels, {BETWEEN} between them; found {unknown[0]!r}")
                corrections[row["id"]] = tuple(sorted({label_ids[name] for name in labels}))
        except (csv.Error, UnicodeDecodeError) as error:
            raise UserError(f"{path}:{reader.line_num + 1}: expected CSV in UTF-8; found {error}") from None
    return corrections


def correct(name: str, source: str, path: Path) -> dict[str, int]:
    """Write data/raw/NAME and data/labels/NAME.txt, a source with some labels corrected; return rows changed by split.

    Rows keep their ids, texts, splits and order. Raises UserError for a name that is taken or a path, an id that no row
    has, and as `read_source` and `read_corrections` do.
    """
    target, list_of_names = new_source(name)
    names, splits = read_source(source)
    corrections = read_corrections(path, names)
    unknown = corrections.keys() - {row.id for rows in splits.values() for row in rows}
    if unknown:
        raise UserError(f"{path}: expected ids of rows of {source}; found {min(unknown)!r}")

    changed = dict.fromkeys(FILES, 0)
    with atomic_write(target) as folder:
        folder.mkdir()
        for split, rows in splits.items():
            with jsonl_of(folder, split).open("w", encoding="utf-8", newline="\n") as file:
                for row in rows:
                    labels = corrections.get(row.id, row.labels)
                    changed[split] += set(labels) != set(row.labels)
                    file.write(jsonl_line(row.id, row.text, [names[label] for label in labels]))
        write_label_names(list_of_names, names)
    return changed
