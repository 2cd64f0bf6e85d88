"""The programs in the guide for developers run, and print what they promise."""

import json
import re
import shutil
import subprocess
import sys

import pytest

from support import ROOT

CELLS = json.loads((ROOT / "nbs" / "52_guide.ipynb").read_text(encoding="utf-8"))["cells"]
TEXT = "\n".join("".join(cell["source"]) for cell in CELLS)
PROGRAMS = {"python": [sys.executable, "-"], "javascript": ["node", "--input-type=module"]}
BLOCKS = re.findall(r"```(python|javascript)\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize(("language", "code"), BLOCKS, ids=[f"{name}{at}" for at, (name, _) in enumerate(BLOCKS)])
def test_a_program_of_the_guide_runs(server, language, code):
    command = PROGRAMS[language]
    if not shutil.which(command[0]):
        pytest.skip("needs Node.js")
    assert "http://127.0.0.1:8000" in code
    code = code.replace("http://127.0.0.1:8000", str(server.base_url).rstrip("/"))
    done = subprocess.run(command, input=code, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout.strip(), done.stderr


def test_the_guide_has_programs_in_both_languages():
    assert {language for language, _ in BLOCKS} == {"python", "javascript"} and len(BLOCKS) >= 6
