#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Holds the source tree to floors.txt: prints each break as FILE:LINE: what.
"""usage: arch.py ROOT

Exit codes: 0 the tree keeps to the table, 1 it does not, 2 cannot check.
"""
import fnmatch
import pathlib
import re
import sys

CODE = (".cc", ".h")
BANNER = {".cc": "//", ".h": "//", ".proto": "//", ".sql": "--", ".py": "#",
          ".sh": "#"}
LEAST_FILES = 20  # fewer means that we looked in the wrong place


class Table:
    """floors.txt, read once."""

    def __init__(self, text):
        self.floors, self.generated, self.fences = {}, {}, []
        self.never, self.beside, self.libraries = [], [], ()
        self.top, self.top_optional = set(), set()
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                kind, rest = line.split(None, 1)
                try:
                    self._read(kind, rest.strip())
                except (ValueError, re.error) as e:
                    raise ValueError(f"floors.txt:{number}: {e}") from e

    def _read(self, kind, rest):
        words = rest.split()
        if kind == "floor":
            floor, module = words
            if module in self.floors:
                raise ValueError(f"{module} is listed twice")
            self.floors[module] = int(floor)
        elif kind in ("never", "beside"):
            who, what = words
            (self.never if kind == "never" else self.beside).append((who, what))
        elif kind == "generated":
            prefix, source = words
            self.generated[prefix] = source
        elif kind == "library":
            self.libraries += tuple(words)
        elif kind in ("include", "code", "link"):
            pattern, places = rest.rsplit(" : ", 1)
            self.fences.append((kind, re.compile(pattern.strip()),
                                places.split()))
        elif kind == "top":
            self.top |= set(words)
        elif kind == "top?":
            self.top_optional |= set(words)
        else:
            raise ValueError(f"unknown rule {kind}")

    def module(self, path):
        """The longest listed prefix of `path`, or None."""
        holders = [m for m in self.floors if inside(path, m)]
        return max(holders, key=len, default=None)

    def fence_breaks(self, kind, path, text):
        """Yields (offset, found, places) for what `path` may not contain."""
        for fence, pattern, places in self.fences:
            if fence != kind or any(inside(path, p) for p in places):
                continue
            if kind == "code":
                hits = pattern.finditer(text)
            else:
                hits = filter(None, [pattern.fullmatch(text)])
            for hit in hits:
                yield hit.start(), hit.group().strip(), " ".join(places)


def inside(path, place):
    return (path == place or path.startswith(place + "/") or
            fnmatch.fnmatchcase(path, place))


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


# A quote inside a string is no comment, and the other way round: whichever
# starts first wins. 1'000 is a number, so a quote after a digit starts nothing.
TOKEN = re.compile(
    r'R"(?P<d>[^()\s\\]{0,16})\(.*?\)(?P=d)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'"
    r"|//(?:\\\n|[^\n])*|/\*.*?\*/", re.S)


def without_comments(text):
    """`text` with its comments blanked; lines keep their numbers."""
    def blank(m):
        token = m.group()
        return "\n" * token.count("\n") + " " if token[0] == "/" else token
    return TOKEN.sub(blank, text)


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)


def includes(code):
    """(line, quoted, path) of each #include in comment-free code."""
    return [(line_of(code, m.start(1)), m.group(1) == '"', m.group(2))
            for m in INCLUDE.finditer(code)]


def resolve(table, files, header):
    """The file of the tree that `header` names, or None."""
    for prefix, source in table.generated.items():
        if header.startswith(prefix):
            made_from = re.sub(r"(\.grpc)?\.pb\.h$", ".proto",
                               source + header[len(prefix):])
            return made_from if made_from in files else None
    return header if header in files else None


def check_include(table, files, path, quoted, header):
    """Yields what is wrong with one include outside of tests."""
    for _, found, places in table.fence_breaks("include", path, header):
        yield f"{found} is fenced: only {places} may include it"
    target = resolve(table, files, header)
    if target is None:
        if quoted and not header.startswith(table.libraries):
            yield f'"{header}" is not a full path from the root'
        return
    if not quoted:
        yield f"<{header}> is ours: include it in quotes"
    for who, what in table.never:
        if inside(path, who) and inside(target, what):
            yield f"nothing in {who} may include {what} ({header})"
    here, there = table.module(path), table.module(target)
    if there is None:
        yield f"{header} belongs to no module of floors.txt"
    elif here != there and here is not None:
        yield from check_floors(table, here, there, f"includes {header}")


def check_floors(table, here, there, does):
    mine, theirs = table.floors[here], table.floors[there]
    if theirs > mine:
        yield f"upward: {here} (floor {mine}) {does} (floor {theirs})"
    elif theirs == mine and (here, there) not in table.beside:
        yield f"sideways: {here} {does}, both on floor {mine}"


def check_cycles(graph):
    """Yields (file, message) for each cycle of includes."""
    done, stack = set(), []

    def visit(node):
        if node in stack:
            cycle = stack[stack.index(node):] + [node]
            yield node, "cycle: " + " -> ".join(cycle)
        elif node not in done:
            stack.append(node)
            for target in graph.get(node, ()):
                yield from visit(target)
            done.add(stack.pop())
    for node in sorted(graph):
        yield from visit(node)


def check_code(table, files):
    """Includes, fences and cycles of all code but the tests."""
    graph = {}
    for path, text in files.items():
        if not path.endswith(CODE) or inside(path, "tests"):
            continue
        if table.module(path) is None:
            yield path, 1, "belongs to no module of floors.txt"
        code = without_comments(text)
        for line, quoted, header in includes(code):
            graph.setdefault(path, []).append(resolve(table, files, header))
            for wrong in check_include(table, files, path, quoted, header):
                yield path, line, wrong
        for offset, found, places in table.fence_breaks("code", path, code):
            yield (path, line_of(code, offset),
                   f"{found} is fenced: only {places} may use it")
    for path, wrong in check_cycles(graph):
        yield path, 1, wrong


TARGET = re.compile(r"\b(kinstile_module|add_library)\(\s*(\w+)")


def check_links(table, files):
    """Libraries link only libraries of lower floors (CMakeLists.txt)."""
    lists = {p: re.sub(r"#[^\n]*", "", t) for p, t in files.items()
             if p.endswith("/CMakeLists.txt") and not inside(p, "tests")}
    home = {}
    for path, text in lists.items():
        for kind, name in TARGET.findall(text):
            target = "kinstile_" + name if kind == "kinstile_module" else name
            home[target] = path.rsplit("/", 1)[0]
    for path, text in lists.items():
        here = table.module(path)
        for word in re.finditer(r"\bkinstile_\w+|\b\w+::[\w+]+", text):
            target, line = word.group(), line_of(text, word.start())
            for _, found, places in table.fence_breaks("link", path, target):
                yield path, line, f"{found} is fenced: only {places} links it"
            there = table.module(home.get(target, path))
            if here and there and here != there:
                for wrong in check_floors(table, here, there,
                                          f"links {target}"):
                    yield path, line, wrong


def check_banners(files):
    """Line 1 is the licence, line 2 says what the file is for."""
    for path, text in files.items():
        lines = text.split("\n", 3)
        mark = BANNER.get(pathlib.PurePath(path).suffix)
        if lines[0].startswith("#!"):
            lines, mark = lines[1:], "#"
        if mark is None:
            continue
        if lines[0] != f"{mark} SPDX-License-Identifier: Apache-2.0":
            yield path, 1, "the banner's first line (SPDX) is missing"
        elif len(lines) < 2 or not re.match(
                re.escape(mark) + r" \S+ \S+ \S+", lines[1]):
            yield path, 2, "the banner's sentence (what it is for) is missing"


def check_top(table, names):
    for name in sorted(names):
        if not name.startswith(".") and name not in (table.top |
                                                     table.top_optional):
            yield name, 1, "does not belong at the top of the tree"
    for name in sorted(table.top - set(names)):
        yield name, 1, "is missing from the top of the tree"


def check(table, files, top):
    """All breaks in `files` (path -> text), as (path, line, what)."""
    return [*check_top(table, top), *check_banners(files),
            *check_code(table, files), *check_links(table, files)]


def read_tree(root):
    """The files to check and the names at the top, without built things."""
    def built(name):
        return name in ("node_modules", "__pycache__") or name == ".git"
    top = [p.name for p in root.iterdir()
           if not (p.is_dir() and p.name.startswith("build"))]
    files, todo = {}, [root / name for name in top if not built(name)]
    while todo:
        path = todo.pop()
        if path.is_dir():
            todo += [p for p in path.iterdir() if not built(p.name)]
        elif path.is_file():
            try:
                name = path.relative_to(root).as_posix()
                files[name] = path.read_text("utf-8")
            except UnicodeDecodeError:
                pass  # data, not source
    return dict(sorted(files.items())), top


def main(argv):
    if len(argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        rules = pathlib.Path(__file__).with_name("floors.txt")
        table = Table(rules.read_text("utf-8"))
        files, top = read_tree(pathlib.Path(argv[1]))
    except (OSError, ValueError) as e:
        print(f"arch: {e}", file=sys.stderr)
        return 2
    code = [p for p in files if p.endswith(CODE)]
    if len(code) < LEAST_FILES:
        print(f"arch: only {len(code)} source files in {argv[1]}",
              file=sys.stderr)
        return 2
    breaks = check(table, files, top)
    for path, line, wrong in breaks:
        print(f"{path}:{line}: {wrong}")
    print(f"arch: {len(code)} source files, {len(breaks)} breaks")
    return 1 if breaks else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
