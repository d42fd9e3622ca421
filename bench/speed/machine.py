"""What was measured with: the machine, the build, the peers."""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess


def cpu():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    name = re.search(r"^model name\s*:\s*(.*)$", text, re.M)
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return f"{name[1] if name else os.uname().machine}, {os.cpu_count()} processors, {int(memory[1]) / 1e6:.0f} GB"


def build(folder):
    """Compiler and flags of a build folder, in words."""
    try:
        cache = (folder / "CMakeCache.txt").read_text()
    except OSError:
        return "unknown build"
    value = lambda key: (re.search(rf"^{key}:[A-Z]+=(.*)$", cache, re.M) or ["", ""])[1]
    kind = value("CMAKE_BUILD_TYPE")
    try:
        version = subprocess.run([value("CMAKE_C_COMPILER"), "--version"], capture_output=True, text=True).stdout
        compiler = version.splitlines()[0]
    except OSError:
        compiler = value("CMAKE_C_COMPILER")
    flags = value("CMAKE_C_FLAGS_" + kind.upper())
    sanitize = value("ATTUNE_SANITIZE")
    return f"{compiler}, {kind} ({flags}{' sanitizers: ' + sanitize if sanitize else ''})"


def peers(python):
    """Versions of the peers as one line, or None where they are not installed."""
    ask = ("import sys, sklearn, numpy, scipy, joblib; print('scikit-learn', sklearn.__version__ + ', NumPy', "
           "numpy.__version__ + ', SciPy', scipy.__version__ + ', joblib', joblib.__version__ + ', Python', "
           "sys.version.split()[0])")
    done = subprocess.run([python, "-c", ask], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def packages(python):
    """Versions of the libraries of bench/requirements.txt that are installed there, as one line."""
    if not python:
        return "none of bench/requirements.txt"
    ask = ("import importlib.metadata as m; print(', '.join(f'{d.metadata[\"Name\"]} {d.version}' for d in "
           "sorted(m.distributions(), key=lambda d: d.metadata['Name']) if d.metadata['Name'] not in ('pip', 'setuptools')))")
    return subprocess.run([python, "-c", ask], capture_output=True, text=True).stdout.strip()


def load():
    return " ".join(f"{x:.1f}" for x in os.getloadavg())


def revision(root):
    if not shutil.which("git"):
        return "no git"
    done = subprocess.run(["git", "-C", root, "describe", "--always", "--dirty", "--exclude", "*"],
                          capture_output=True, text=True)
    return done.stdout.strip() or "no git"


def fingerprint(program):
    return hashlib.sha256(program.read_bytes()).hexdigest()[:16]
