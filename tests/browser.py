"""A page as headless Chromium leaves it, the network off."""

import shutil
import subprocess
import tempfile
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def rendered(page: Path | str) -> str:
    """Return the elements of a page, a file or an address, after its scripts ran; fails on a message in the console."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        return dumped(page.as_uri() if isinstance(page, Path) else page, profile)


def dumped(address: str, profile: str) -> str:
    done = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", f"--user-data-dir={profile}",
         "--enable-logging=stderr", "--virtual-time-budget=10000", "--dump-dom", address],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert "CONSOLE" not in done.stderr, "an error in the page"
    return done.stdout
