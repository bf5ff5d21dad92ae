# Copyright: (c) 2026, wsgiops contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which texts the code in plugins/ can print, read from its source, and whether a quote is one of them.

A text is what a string of the source becomes: f-strings and sums of strings are put together, names and calls are
followed to what they stand for. What is known only at run time is a `HOLE`.
"""

from __future__ import annotations

import ast
import functools
import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

HOLE = "\0"
ANY = "…"  # in a quote: whatever it says there
DEEPEST = 4
MOST = 48
# Of the letters of a quote those that are in the source and not in a hole: less is no proof.
ENOUGH = 0.5
LONGEST = 600  # the documentation of a module is no message


@dataclass
class Module:
    place: str
    tree: ast.Module
    names: dict[str, list[ast.expr]] = field(default_factory=dict)
    functions: dict[str, list[ast.FunctionDef]] = field(default_factory=dict)


def read(root: Path) -> list[Module]:
    modules = []
    for path in sorted(root.glob("plugins/**/*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions: dict[str, list[ast.FunctionDef]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                functions.setdefault(node.name, []).append(node)
        modules.append(Module(path.relative_to(root).as_posix(), tree, _assigned(tree.body), functions))
    return modules


def texts(modules: Iterable[Module]) -> dict[str, str]:
    """Every text with the place that it is printed from."""
    modules = list(modules)
    shared: dict[str, list[ast.expr]] = {}
    functions: dict[str, list[ast.FunctionDef]] = {}
    for module in modules:
        for name, values in module.names.items():
            shared.setdefault(name, []).extend(values)
        for name, found in module.functions.items():
            functions.setdefault(name, []).extend(found)
    result: dict[str, str] = {}
    for module in modules:
        reader = _Reader({**shared, **module.names}, {**functions, **module.functions})
        for node, scope in _roots(module.tree, {}, _handed(module)):
            for text in reader.printed(node, scope):
                if re.search(r"[a-z]{3}", text) and len(text) <= LONGEST:
                    result.setdefault(text, f"{module.place}:{node.lineno}")
    return result


def _assigned(body: Iterable[ast.AST]) -> dict[str, list[ast.expr]]:
    """What names are bound to; for `x += y` both, with and without."""
    found: dict[str, list[ast.expr]] = {}
    for node in body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).append(node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and isinstance(node.op, ast.Add):
            before = list(found.get(node.target.id, ()))
            found.setdefault(node.target.id, []).extend(ast.BinOp(one, ast.Add(), node.value) for one in before)
    return found


def _handed(module: Module) -> dict[str, list[ast.expr]]:
    """Plain texts that the module hands to the parameters of its own functions: `function(parameter`."""
    found: dict[str, list[ast.expr]] = {}
    for call in ast.walk(module.tree):
        for function in module.functions.get(_name(call.func), ()) if isinstance(call, ast.Call) else ():
            names = [one.arg for one in function.args.args if one.arg != "self"]
            given = [*zip(names, call.args), *((one.arg, one.value) for one in call.keywords)]
            for name, value in given:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    found.setdefault(f"{function.name}({name}", []).append(value)
    return found


def _roots(
    node: ast.AST, scope: Mapping[str, list[ast.expr]], handed: Mapping[str, list[ast.expr]]
) -> Iterator[tuple[ast.expr, Mapping[str, list[ast.expr]]]]:
    """Whole strings, not the parts that they are made of; and errors, whose parts are printed as one."""
    if isinstance(node, ast.FunctionDef):
        own = _assigned(ast.walk(node))
        taken = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        unknown = [ast.Constant(None)]
        scope = {**scope, **{name: [*handed.get(f"{node.name}({name}", ()), *unknown] for name in taken}, **own}
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue  # a docstring
        if _is_string(child):
            yield child, scope
            continue
        if isinstance(child, ast.Call) and _name(child.func) == "InputError":
            yield child, scope
        yield from _roots(child, scope, handed)


def _is_string(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _is_string(node.left) or _is_string(node.right)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


@dataclass
class _Reader:
    names: Mapping[str, list[ast.expr]]
    functions: Mapping[str, list[ast.FunctionDef]]

    def printed(self, node: ast.expr, scope: Mapping[str, list[ast.expr]]) -> Iterable[str]:
        if not isinstance(node, ast.Call):
            return self.texts(node, scope, 0)
        variable, problem, *hint = [self.texts(one, scope, 1) for one in node.args]
        whole = self._product([variable, [": "], problem, *([[" "], *hint] if hint else [])])
        return [*whole, *self._product([variable, [": "], problem])]

    def texts(self, node: ast.AST, scope: Mapping[str, list[ast.expr]], depth: int) -> list[str]:
        if isinstance(node, ast.Constant):
            return [node.value if isinstance(node.value, str) else HOLE]
        if isinstance(node, ast.JoinedStr):
            return self._product([self.texts(part, scope, depth) for part in node.values])
        if isinstance(node, ast.FormattedValue):
            quote = "'" if node.conversion == ord("r") else ""
            return [quote + text + quote for text in self.texts(node.value, scope, depth)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._product([self.texts(node.left, scope, depth), self.texts(node.right, scope, depth)])
        if isinstance(node, ast.IfExp):
            return self._any([node.body, node.orelse], scope, depth)
        if isinstance(node, ast.BoolOp):
            return self._any(node.values, scope, depth)
        if isinstance(node, ast.Name):
            return self._any(scope.get(node.id, self.names.get(node.id, [])), scope, depth + 1)
        if isinstance(node, ast.Call) and _name(node.func) in self.functions and depth < DEEPEST:
            return self._returned(self.functions[_name(node.func)], depth + 1)
        return [HOLE]

    def _returned(self, functions: Iterable[ast.FunctionDef], depth: int) -> list[str]:
        found = []
        for function in functions:
            scope = _assigned(ast.walk(function))
            given = [one.value for one in ast.walk(function) if isinstance(one, ast.Return) and one.value]
            found += self._any(given, scope, depth)
        return self._few(found)

    def _any(self, nodes: Iterable[ast.AST], scope: Mapping[str, list[ast.expr]], depth: int) -> list[str]:
        if depth > DEEPEST:
            return [HOLE]
        return self._few([text for node in nodes for text in self.texts(node, scope, depth)])

    def _product(self, parts: list[list[str]]) -> list[str]:
        while math.prod(map(len, parts)) > MOST:
            longest = max(range(len(parts)), key=lambda index: len(parts[index]))
            parts[longest] = [HOLE]
        return ["".join(one) for one in itertools.product(*parts)]

    def _few(self, found: list[str]) -> list[str]:
        several = list(dict.fromkeys(found))
        return several if 0 < len(several) <= MOST else [HOLE]


# ---- quotes ------------------------------------------------------------------------------------------------------


def shows(text: str, quote: str) -> bool:
    """Whether a text without holes is what is quoted: `says`, for what the program has really said."""
    wanted = _wanted(quote)
    pattern = ".*?".join(re.escape(part) for part in wanted.rstrip(f"{ANY} ").split(ANY))
    end = r"(?=\s|$)" if wanted[-1] in ".?!" else "" if wanted[-1] == ANY else r"(?![A-Za-z])"
    return bool(re.search(rf"(?:^|[.\n]|: |\. |(?=\()){pattern}{end}", text))


def _wanted(quote: str) -> str:
    return re.sub(r"\bX\b", ANY, quote.strip())


def says(text: str, quote: str) -> bool:
    """Whether the text is what is quoted, from its beginning or from that of a part, and to the end of a sentence.

    `…` in the quote stands for holes, and at its end for all that follows; a hole may be given as one word of example.
    A quote without a full stop may leave out what follows.
    """
    wanted = _wanted(quote)
    last = wanted[-1]
    wanted = wanted.rstrip(f"{ANY} ")
    letters = sum(map(str.isalpha, wanted))
    if not letters or not _alike(wanted, text):
        return False
    table = _table(wanted, text, last)
    return max(table[start] for start in _starts(text)) >= ENOUGH * letters


@functools.cache
def words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[A-Za-z]{3,}", text))


def _alike(quote: str, text: str) -> bool:
    """Whether enough of the words are there for a closer look, and all of the variable that the quote begins with."""
    variable = re.match(r"(\S+): ", quote)
    own = words(variable.group(1)) if variable else frozenset()
    return own <= words(text) and len(words(quote) & words(text)) * 2 >= len(words(quote))


def _starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer(r"\. |: |[\0.\n]|(?=\()", text))]


def _table(quote: str, text: str, last: str) -> list[float]:
    """For each place of the text: how many letters of the quote are there, or -inf where it is not."""
    after = [0.0 if _may_end(text, place, last) else -math.inf for place in range(len(text) + 1)]
    for char in reversed(quote):
        row = [-math.inf] * (len(text) + 1)
        for place in range(len(text), -1, -1):
            here = text[place] if place < len(text) else ""
            if char == ANY:
                row[place] = after[place]
                if here and not here.isalpha():
                    row[place] = max(row[place], row[place + 1])
            elif here == HOLE:
                row[place] = max(row[place + 1], -math.inf if char.isspace() else after[place])
            elif here == char:
                row[place] = after[place + 1] + char.isalpha()
        after = row
    return after


def _may_end(text: str, place: int, last: str) -> bool:
    """After a sentence comes another one or nothing, after `…` whatever there is, and no quote ends inside a word."""
    rest = text[place : place + 1]
    return last == ANY or not rest or rest in f" \n{HOLE}" or (last not in ".?!" and not rest.isalpha())
