"""Walks the README's tour: runs each of its commands against a cell of its own and compares what
it shows with what the command says. Times, ids and the widths of columns differ from run to run
and are masked; a line of `…` stands for any lines. What shows no output must succeed.

usage: tour.py BINARY README
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

binary, readme = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()

# What is never the same twice, and what stands in its place.
MASKS = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "ID"),
    (r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?", "TIME"),
    (r"http://\S+?:\d+", "ADDRESS"),
    (r"\s+", " "),
)
# A watch goes on until nothing can change any more; it is looked at for a moment.
PATIENCE_S, WATCH_S = 60, 2


def masked(line):
    for pattern, mask in MASKS:
        line = re.sub(pattern, mask, line)
    return line.strip()


def steps(text):
    """The tour's commands, each with the lines that it shows."""
    tour = re.split(r"^## ", text, flags=re.M)
    tour = next(part for part in tour if part.startswith("A tour\n"))
    for block in re.findall(r"^```console\n(.*?)^```", tour, flags=re.M | re.S):
        step = None
        for line in block.splitlines():
            if line.startswith("$ "):
                if step:
                    yield step
                step = (line[2:], [])
            elif step:
                step[1].append(line)
        if step:
            yield step


def matches(shown, said):
    """Whether what is shown is what was said, where `…` stands for any lines."""
    if not shown:
        return not said
    if shown[0] == "…":
        return any(matches(shown[1:], said[skip:]) for skip in range(len(said) + 1))
    return bool(said) and shown[0] == said[0] and matches(shown[1:], said[1:])


def walk(folder):
    (folder / "bin").mkdir()
    (folder / "bin" / "backorder").symlink_to(binary)
    (folder / "docs").symlink_to(readme.parent / "docs")
    env = {name: value for name, value in os.environ.items() if not name.startswith("BACKORDER_")}
    env["PATH"] = f"{folder / 'bin'}:{env['PATH']}"
    up = [binary, "up", "--any-ports", "-o", "json", "--state", folder / "state"]
    with open(folder / "up.log", "wb") as log:
        cell = subprocess.Popen(up, stdout=subprocess.PIPE, stderr=log, env=env, cwd=folder)
    try:
        told = json.loads(cell.stdout.readline())
        env["BACKORDER_NATS_URL"] = told["nats"]
        for room, address in told["services"].items():
            name = f"BACKORDER_GRPC_{room.replace('-', '_').upper()}_PORT"
            env[name] = address.rsplit(":", 1)[1]
        return [wrong for step in steps(readme.read_text()) if (wrong := run(*step, folder, env))]
    finally:
        cell.send_signal(signal.SIGTERM)
        cell.wait(PATIENCE_S)


def run(command, shown, folder, env):
    """What is wrong with a command, if anything is."""
    if command.startswith("backorder up"):
        return None
    watches = "--watch" in command or "--follow" in command
    try:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=WATCH_S if watches else PATIENCE_S,
        )
        said, code = done.stdout, done.returncode
    except subprocess.TimeoutExpired as late:
        if not watches:
            return f"$ {command}\n  takes more than {PATIENCE_S} s"
        said, code = (late.stdout or b"").decode(), 0
    fails = any(line.startswith("error:") for line in shown)
    if fails != (code != 0):
        return f"$ {command}\n  ends with {code}:\n{said}"
    # In which zone times are is said beside each answer that tells one; the tour says it once.
    lines = [line for line in said.splitlines() if not line.startswith("times are in ")]
    lines = [masked(line) for line in lines if line.strip()]
    wanted = [masked(line) for line in shown if line.strip()]
    if wanted and not matches(wanted, lines):
        return f"$ {command}\n  shows in the README:\n{chr(10).join(shown)}\n  and says:\n{said}"
    return None


with tempfile.TemporaryDirectory() as place:
    wrong = walk(Path(place))
count = sum(1 for _ in steps(readme.read_text()))
print(f"{count} commands of the tour, {len(wrong)} of them not as the README shows")
print("\n\n".join(wrong), file=sys.stderr)
sys.exit(bool(wrong) or count == 0)
