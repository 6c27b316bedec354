"""Checks that every `backorder …` and `cargo run … -- …` command in the documents' fenced blocks
is one that the command understands. With `--help` at its end it is parsed, and nothing is run.

usage: readme.py BINARY DOCUMENT…
"""

import re
import shlex
import subprocess
import sys

SHELLS = ("", "sh", "bash", "shell", "console")

binary, documents = sys.argv[1], sys.argv[2:]
seen, wrong = 0, []
for path in documents:
    with open(path, encoding="utf-8") as file:
        parts = re.split(r"^```(.*)\n", file.read(), flags=re.M)
    # Outside, language, inside, (empty) language of the closing fence, outside, …
    blocks = [text for language, text in zip(parts[1::4], parts[2::4]) if language in SHELLS]
    for line in "\n".join(blocks).replace("\\\n", " ").splitlines():
        line = re.sub(r"^\$ ", "", line.strip())
        match = re.match(r"(?:backorder|cargo run [^|]*?--(?= ))(?: |$)(.*)", line)
        if not match:
            continue
        words = []
        for word in shlex.split(match[1], comments=True):
            if word in ("|", ">", "&", "&&", ";"):
                break
            words.append(word)
        seen += 1
        done = subprocess.run([binary, *words, "--help"], capture_output=True, text=True)
        if done.returncode != 0:
            wrong.append(f"{path}: {line}\n{done.stderr}")
print(f"{seen} commands in {', '.join(documents)}")
print("\n".join(wrong), file=sys.stderr)
sys.exit(bool(wrong) or seen == 0)
