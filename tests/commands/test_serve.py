import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

pytest.importorskip("fastapi", reason="not installed: pip install -r requirements-serve.txt")

from emotions.errors import UserError


def test_a_folder_without_a_model_is_refused(tmp_path, call):
    with pytest.raises(UserError, match="expected a model's folder"):
        call("serve", "--model", str(tmp_path))


@pytest.mark.slow
def test_it_listens_where_it_is_told_and_answers_by_the_workspaces_model(project_copy):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "emotions", "serve", "--port", str(port)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            body = json.dumps({"texts": ["so happy today"]}).encode()
            asked = urllib.request.Request(
                f"http://127.0.0.1:{port}/predict", body, {"Content-Type": "application/json"}
            )
            answered = json.loads(answer_of(asked, server))
        finally:
            server.terminate()
    sweep = json.loads((project_copy / "metrics/threshold_sweep.json").read_text())
    assert answered["policy"] == sweep["policy"]
    assert set(answered["answers"][0]["probabilities"]) == {"joy", "anger", "neutral"}


def answer_of(request: urllib.request.Request, server: subprocess.Popen, patience: float = 60) -> bytes:
    """Return what the server answers, once it listens; fails where it ends or takes longer than `patience` seconds."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(request, timeout=patience) as response:
                return response.read()
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError("the server does not listen")
