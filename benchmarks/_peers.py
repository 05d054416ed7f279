"""Starts the servers of `benchmarks/peers`, each as a process."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ocpp_core.sim.load import LoadReport

HERE = Path(__file__).parent / "peers"
MODULES = "benchmarks.peers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A server that can be started."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server that listens."""

    process: subprocess.Popen[str]
    port: int


def peers() -> tuple[list[Peer], dict[str, str]]:
    """Return our server and what there is to compare it with, and why the others are missing."""
    python = (sys.executable, "-m")
    found = [
        Peer(name="ampherd", command=(*python, f"{MODULES}.ampherd_server"), environment={}),
        Peer(name="ocpp, in memory", command=(*python, f"{MODULES}.ocpp_server"), environment={}),
    ]
    try:
        modules = _installed()
    except (OSError, subprocess.SubprocessError) as error:
        return found, {"ocpp-rpc, strict": str(error)}
    found.append(
        Peer(
            name="ocpp-rpc, strict",
            command=("node", str(HERE / "ocpp_rpc_server.js")),
            environment={"NODE_PATH": str(modules)},
        )
    )
    return found, {}


@contextmanager
def running(found: list[Peer]) -> Iterator[list[Running]]:
    """Start servers and stop them at the end; raises RuntimeError when one ends badly."""
    with ExitStack() as stack:
        yield [stack.enter_context(_running(peer)) for peer in found]


@contextmanager
def _running(peer: Peer) -> Iterator[Running]:
    with mortal(peer) as server:
        yield server
        if server.process.stdin is not None:
            server.process.stdin.close()
        if server.process.wait(30) != 0:
            raise RuntimeError(f"{peer.name} ended with {server.process.returncode}")


@contextmanager
def mortal(peer: Peer) -> Iterator[Running]:
    """Start a server that may be dead at the end; it is killed if it is not."""
    process = subprocess.Popen(  # the commands are written above
        peer.command,
        env=os.environ | peer.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline() if process.stdout is not None else ""
        if not line.strip().isdigit():
            raise RuntimeError(f"{peer.name} did not start")
        yield Running(process=process, port=int(line))
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def looped(work: Coroutine[object, object, LoadReport]) -> LoadReport:
    """Run the chargers on the fastest event loop there is."""
    try:
        import uvloop  # noqa: PLC0415 - it does not exist everywhere
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)


def share(ratio: float) -> str:
    """Return a ratio in words: 1/4.0 for 0.25."""
    return f"1/{1 / ratio:.1f}" if ratio < 1 else f"{ratio:.2f}"


def _installed() -> Path:
    """Install the packages of `package.json` once and return where they are."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise FileNotFoundError(f"{program} is not on PATH")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "ampherd" / "benchmark-peers"
    wanted = (HERE / "package.json").read_text("utf-8")
    described, modules = folder / "package.json", folder / "node_modules"
    if modules.is_dir() and described.is_file() and described.read_text("utf-8") == wanted:
        return modules
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(modules, ignore_errors=True)
    described.write_text(wanted, "utf-8")
    subprocess.run(
        ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"],
        cwd=folder,
        check=True,
        timeout=300,
    )
    return modules
