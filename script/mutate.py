"""Break a module in one small way at a time and see whether its tests notice.

    script/mutate --at-least 95 ledger/verifier.py -- tests/ledger/test_trees.py tests/ledger/…
    script/mutate --plain --sample 200 --seed 7 ledger/tree.py -- tests/ledger/test_trees.py

A mutant that the tests let pass shows a check that nobody checks. What stands behind `--` goes to
pytest; list the quickest tests first, as the first failure ends a mutant's run. Each process works in
a copy of the checkout, so the checkout itself is never touched, and with a test database of its own,
which is made once and kept from mutant to mutant. `--plain` leaves out conftest and Django, for modules
that need neither, which is much quicker.

Not mutmut, because it puts a runtime of its own into the module: the verifier must run alone, as one
file, also in its tests.
"""

import argparse
import ast
import contextlib
import copy
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import hypothesis  # noqa: F401 - loaded once, for all
import pytest

ROOT = Path(__file__).resolve().parent.parent
PLAIN = ["-p", "no:django", "-p", "no:xdist", "--noconftest", "-c", "plain.ini"]
# hypothesis is loaded before pytest looks for plugins, which it would call an error.
WHOLE = ["-n", "0", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
# Holds the servers of the tests, so that not every mutant starts and stops them: all copies use those
# of the checkout. In a process of its own, since nothing of Safeguard may be loaded in this one.
KEEPING = "import pytest, sys; from safeguard import settings; sys.stdin.read()"
# Ends what a process had for itself. The owner's role: the application's may not drop a database.
DROPPING = """
import django, os, pytest
django.setup()
from django.conf import settings
from django.db import connection
connection.settings_dict.update(
    {key: settings.DATABASE_OWNER[key] for key in ("USER", "PASSWORD", "HOST")}
)
with connection._nodb_cursor() as cursor:
    cursor.execute(f'DROP DATABASE IF EXISTS "{os.environ["SAFEGUARD_TEST_DB"]}" WITH (FORCE)')
"""
PATIENCE = 4  # a mutant that takes so many times as long as none runs for ever: noticed too
KILLED = -signal.SIGKILL  # as waitpid tells it
COMPARED = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt,),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt,),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
COMPUTED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}


def changes(node: Any) -> Iterator[tuple[str, ast.AST]]:
    """Return each way to break a node: what is done, and what stands there then."""
    match node:
        case ast.Compare():
            for place, operator in enumerate(node.ops):
                for instead in COMPARED.get(type(operator), ()):
                    broken: Any = copy.deepcopy(node)
                    broken.ops[place] = instead()
                    yield f"{type(operator).__name__} -> {instead.__name__}", broken
        case ast.BoolOp():
            other: ast.boolop = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield "and <-> or", ast.BoolOp(other, node.values)
            for place in range(len(node.values)):
                rest = node.values[:place] + node.values[place + 1 :]
                kept = rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
                yield f"without condition {place + 1}", kept
        case ast.UnaryOp(op=ast.Not()):
            yield "without not", node.operand
        case ast.BinOp() | ast.AugAssign() if type(node.op) in COMPUTED:
            broken = copy.deepcopy(node)
            broken.op = COMPUTED[type(node.op)]()
            yield f"{type(node.op).__name__} -> {type(broken.op).__name__}", broken
        case ast.If() | ast.While() | ast.IfExp() | ast.Assert():
            for truth in (True, False):
                if isinstance(node, ast.While) and truth:
                    continue
                broken = copy.copy(node)
                broken.test = ast.Constant(truth)
                yield f"condition is {truth}", broken
        case ast.Constant(value=bool(value)):
            yield f"{value} -> {not value}", ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield f"{value} -> {value + 1}", ast.Constant(value + 1)
            yield f"{value} -> {value - 1}", ast.Constant(value - 1)
        case ast.Constant(value=str(value)) if value and " " not in value:
            yield f"{value!r} -> another text", ast.Constant(value + "x")
        case ast.Constant(value=bytes(value)) if value:
            yield f"{value!r} -> other bytes", ast.Constant(value + b"x")
        case ast.Return(value=ast.expr()) if not _is_none(node.value):
            yield "return None", ast.Return(ast.Constant(None))
        case ast.Raise():
            yield "without raise", ast.Pass()
        case ast.Continue():
            yield "continue -> break", ast.Break()
        case ast.Break():
            yield "break -> continue", ast.Continue()
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()):
            yield "without the call", ast.Pass()


def _is_none(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


class Breaking(ast.NodeTransformer):
    """Walk over the same tree in the same order each time, and break the wanted place."""

    def __init__(self, wanted: int = -1):
        self.found: list[str] = []
        self._wanted = wanted

    def visit(self, node: Any) -> ast.AST:
        if isinstance(node, ast.JoinedStr):  # sentences for people are not what is held to account
            return node
        chosen = None
        if not _is_docstring(node):
            for what, broken in changes(node):
                if len(self.found) == self._wanted:
                    chosen = broken
                self.found.append(f"line {node.lineno}: {what}: {_short(node)}")
        self.generic_visit(node)
        return node if chosen is None else ast.copy_location(chosen, node)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _short(node: ast.AST) -> str:
    return ast.unparse(node).split("\n")[0][:90]


def mutants(source: str) -> list[str]:
    breaking = Breaking()
    breaking.visit(ast.parse(source))
    return breaking.found


def mutated(source: str, number: int) -> str:
    return ast.unparse(ast.fix_missing_locations(Breaking(number).visit(ast.parse(source))))


def checkout(folder: Path) -> Path:
    """Copy what is in the checkout, without what git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    (folder / "plain.ini").write_text("[pytest]\npythonpath = .\n")
    return folder


def passes(folder: Path, given: argparse.Namespace, seconds: float | None = None) -> bool:
    """Run the tests in the copy, those that failed last time first; say whether all pass."""
    arguments = ["-x", "-q", "--ff", *(PLAIN if given.plain else WHOLE), *given.tests]
    child = os.fork()  # pytest is there already: half of what a short run costs
    if not child:
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        code = 70
        try:
            code = int(pytest.main(arguments))
        finally:
            os._exit(code)
    code = _code(child, seconds)
    if code == KILLED:  # in the middle of a test: what it committed must not fail the next mutant
        drop(folder, given)
    return code == 0


def _code(child: int, seconds: float | None) -> int:
    deadline = time.monotonic() + (seconds or 3600)
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return KILLED


def work(
    todo: list[tuple[str, str, int, str]], given: argparse.Namespace, survivors: Queue
) -> None:
    """Try mutants, one after another, in a copy of this process's own."""
    os.environ |= database_of_ones_own() | {"SAFEGUARD_TEST_DB_KEPT": "1"}
    with tempfile.TemporaryDirectory(prefix="mutate-") as name:
        folder = checkout(Path(name))
        for module, source, number, what in todo:
            (folder / module).write_text(mutated(source, number), "utf-8")
            alive = passes(folder, given, given.seconds)
            print(f"{'survived' if alive else 'noticed '}  {module} {what}", flush=True)
            if alive:
                survivors.put(what)
            (folder / module).write_text(source, "utf-8")
        if not passes(folder, given):  # what fails for another reason would count as noticed
            sys.exit("the tests fail after all was mended")
        drop(folder, given)


def database_of_ones_own() -> dict[str, str]:
    """Return what tells a run of tests the name of this process's database."""
    return {"SAFEGUARD_TEST_DB": f"mutate_{os.getpid()}"}


def drop(folder: Path, given: argparse.Namespace) -> None:
    """Remove the process's database: the next run makes a new one."""
    if not given.plain:
        django = os.environ | {"DJANGO_SETTINGS_MODULE": "safeguard.settings"}
        subprocess.run([sys.executable, "-c", DROPPING], cwd=folder, env=django, check=True)


@contextlib.contextmanager
def servers(given: argparse.Namespace) -> Iterator[None]:
    """Keep the database's server running until all is done."""
    if given.plain:
        yield
        return
    os.environ.setdefault("SAFEGUARD_VAR", str(ROOT / "var" / "test"))
    keeper = subprocess.Popen([sys.executable, "-c", KEEPING], cwd=ROOT, stdin=subprocess.PIPE)
    try:
        yield
    finally:
        keeper.communicate()


def try_all(todo: list[tuple[str, str, int, str]], given: argparse.Namespace) -> list[str]:
    """Try the mutants in several processes; return those that the tests let pass."""
    os.environ |= database_of_ones_own()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutate-") as name:
        if not passes(checkout(Path(name)), given):
            sys.exit("the tests fail before anything is broken")
    given.seconds = 30 + PATIENCE * (time.monotonic() - began)

    forking = multiprocessing.get_context("fork")
    alive: Queue = forking.Queue()
    share = -(-len(todo) // given.processes)  # neighbours together: what saw one sees the next
    parts = [todo[start : start + share] for start in range(0, len(todo), share)]
    workers = [forking.Process(target=work, args=(part, given, alive)) for part in parts]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        sys.exit("a process broke down")
    survivors = []
    while not alive.empty():
        survivors.append(alive.get())
    return survivors


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("modules", nargs="+")
    parser.add_argument("--at-least", type=float, default=95, help="percent that must be noticed")
    parser.add_argument("--sample", type=int, help="only so many mutants of each module, drawn")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--plain", action="store_true", help="without conftest and Django")
    end = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    given = parser.parse_args(sys.argv[1:end])
    given.tests = sys.argv[end + 1 :]
    if not given.tests:
        parser.error("say behind -- which tests should notice")

    todo = []
    for module in given.modules:
        source = (ROOT / module).read_text("utf-8")
        found = list(enumerate(mutants(source)))
        if given.sample and given.sample < len(found):
            found = sorted(random.Random(given.seed).sample(found, given.sample))
        todo += [(module, source, number, what) for number, what in found]
    with servers(given):
        survivors = try_all(todo, given)
    total = len(todo)
    killed = total - len(survivors)
    percent = 100 * killed / total if total else 100
    print("", *sorted(f"survived  {one}" for one in survivors), sep="\n")
    print(f"\n{total} mutants (seed {given.seed}): {killed} noticed, {len(survivors)} survived.")
    print(f"{percent:.1f} % noticed; at least {given.at_least:g} % wanted.")
    return 0 if percent >= given.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
