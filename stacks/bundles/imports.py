"""Which modules a module imports, transitively, read from the source without running it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

__all__ = ["Closure", "imported_names", "module_closure", "module_file"]


def module_file(root: Path, module: str) -> Path | None:
    """Return the file of a dotted module under ``root``: a package's __init__ or a module."""
    base = root.joinpath(*module.split("."))
    for candidate in (base / "__init__.py", base.with_suffix(".py")):
        if candidate.is_file():
            return candidate
    return None


class Closure:
    """Modules (dotted name -> file) of some packages, and the dotted names imported from others."""

    def __init__(self) -> None:
        self.files: dict[str, Path] = {}
        self.outside: dict[str, str] = {}  # dotted name -> a module that imports it


def module_closure(root: Path, start: str, packages: frozenset[str]) -> Closure:
    """Return every module of ``packages`` that ``start`` imports, parents' __init__ included.

    Imports inside functions count, imports for type checkers alone don't. ``start`` must exist;
    a module of ``packages`` that does not raises FileNotFoundError, which names its importer.
    """
    closure = Closure()
    waiting = [(start, start)]
    while waiting:
        module, importer = waiting.pop()
        if module in closure.files:
            continue
        if module.partition(".")[0] not in packages:
            closure.outside.setdefault(module, importer)
            continue
        file = module_file(root, module)
        if file is None:
            raise FileNotFoundError(f"{importer} imports {module}, and {root} has no such module")
        closure.files[module] = file
        if "." in module:
            waiting.append((module.rpartition(".")[0], module))
        waiting += [
            (_module_named(root, name, packages), module) for name in imported_names(file, module)
        ]
    return closure


def _module_named(root: Path, name: str, packages: frozenset[str]) -> str:
    """Tell ``from package import module`` from ``from module import name``."""
    parent = name.rpartition(".")[0]
    if not parent or name.partition(".")[0] not in packages:
        return name
    if module_file(root, name) is None and module_file(root, parent) is not None:
        return parent
    return name


def imported_names(file: Path, module: str) -> tuple[str, ...]:
    """Return the dotted names that ``file`` imports; ``a.b`` for ``from a import b`` as well."""
    return _imported_names(file, module, file.stat().st_mtime_ns)


@cache
def _imported_names(file: Path, module: str, _changed_ns: int) -> tuple[str, ...]:
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    tree = ast.parse(file.read_bytes(), filename=str(file))
    return tuple(dict.fromkeys(_names(tree, package)))


def _names(tree: ast.AST, package: str) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = _source(node, package)
            # A star or a name of the module: _exists finds out which, by the files.
            yield from (f"{source}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _names(ast.Module(body=node.orelse, type_ignores=[]), package)
        else:
            yield from _names(node, package)


def _source(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)
