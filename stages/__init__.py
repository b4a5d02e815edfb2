"""One file a stage of dvc.yaml, and a sentence for a Python that has none of the project's packages."""

import importlib.util
import sys

# dvc runs the python that PATH names, whichever environment dvc itself is from
if importlib.util.find_spec("pydantic") is None:
    sys.exit(
        f"{sys.executable}: expected a Python with the packages of requirements.txt; found none of them; "
        "activate the environment that has them, such as: source .venv/bin/activate"
    )
