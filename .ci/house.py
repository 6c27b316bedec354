"""Measures how much there is to read: lines of code by crate and by concept, the files on the way
of a request, what stands in for a broken invariant, how large the largest type is, and which files
import one another in circles.

usage: house.py TREE…            the tables, in Markdown, with a column for each TREE
       house.py --circles TREE…  the files of each circle of imports, and what each imports there

A TREE is a directory or a commit. Code is every line under
`crates/*/src` that is not blank, not a comment and not for tests only. Lines to read are all lines
of a file, comments too. `docs/house.md` says what it is for.
"""

import pathlib
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict

# Where files stood before, and where they stand now. Every other table here uses the second name.
MOVED = [
    (r"crates/domain/src/allocator\.rs", "crates/allocation/src/lib.rs"),
    (r"crates/domain/src/(audit|what_if)\.rs", r"crates/\1/src/lib.rs"),
    (r"crates/domain/src/allocator/", "crates/allocation/src/"),
    (r"crates/domain/src/(audit|what_if)/", r"crates/\1/src/"),
    (r"crates/what_if/", "crates/what-if/"),
    (r"crates/log/", "crates/event-log/"),
    (r"crates/cli/src/(demo|import|study)\.rs", r"crates/\1/src/lib.rs"),
    (r"crates/cli/src/(demo|import|study)/", r"crates/\1/src/"),
    (r"crates/cli/src/cluster\.rs", "crates/cluster/src/lib.rs"),
    (r"crates/cli/src/chart\.rs", "crates/study/src/chart.rs"),
    (r"crates/cli/src/what_if\.rs", "crates/study/src/comparison.rs"),
    (r"crates/allocation/src/(names|slab)\.rs", r"crates/domain/src/\1.rs"),
]

# The first that matches a path says what the file is about.
CONCEPTS = [
    ("events, ids, demand lines", r"domain/src/(event|ids|money|demand|lib)"),
    (
        "decider and host",
        r"domain/src/(decider|room)"
        r"|chassis/src/(host|shared|drive|turn|errands|clock|past)",
    ),
    ("event log, snapshots", r"event-log/"),
    ("serving: settings, telemetry, door readers", r"chassis/"),
    ("orders", r"domain/src/orders"),
    ("inventory", r"domain/src/inventory"),
    ("notifier", r"domain/src/notifier"),
    ("supplier gateway", r"domain/src/supplier_gateway"),
    ("allocator: names and catalogue", r"domain/src/names|allocation/src/catalogue"),
    (
        "allocator: queue (tree, keys, blockers)",
        r"allocation/src/(tree|turn|queue_key|entry|bars|blockers|passed_over)",
    ),
    ("allocator: order book", r"domain/src/slab|allocation/src/(book|line)"),
    (
        "allocator: SKU state, supply",
        r"allocation/src/(shel[fv]|sku_state|supply|purchases)",
    ),
    ("allocator: fold", r"allocation/src/(fold|delta|agenda)"),
    (
        "allocator: settle, sourcing, shares",
        r"allocation/src/(settle|sink|effect|sourc|ration|fair|sharing)",
    ),
    ("allocator: rank rules", r"allocation/src/rule"),
    (
        "allocator: promises, dates, offers",
        r"allocation/src/(promise|likely|reliability|availability|offers)",
    ),
    ("allocator: holds", r"allocation/src/holds"),
    ("allocator: rebalance", r"allocation/src/rebalance"),
    ("allocator: measures", r"allocation/src/(measures|figures)"),
    ("allocator: explain", r"allocation/src/(explain|wording|why|causes|provenance|decisions|folding|passed)"),
    ("allocator: the room, queries, checks", r"allocation/src/"),
    ("audit", r"crates/audit/"),
    ("what-if", r"crates/what-if/"),
    (
        "doors: protos read and answered",
        r"crates/(api|orders|inventory|allocator|notifier|supplier-gateway)/",
    ),
    ("demo, import, study", r"crates/(demo|import|study|cluster)/"),
    ("command", r"crates/cli/"),
    ("local NATS, simulation", r"crates/(local-nats|testkit)/"),
]

# Where a broken invariant would stay unseen: the crates that only compute.
PURE = ("domain", "allocation", "audit", "what-if")

# What a newcomer reads to follow one thing from end to end. A name that a tree does not have is
# looked for under the name after `|`; a file that is not there at all is told.
LOOP = """
    domain/src/event domain/src/event/answers|event domain/src/decider domain/src/command|decider
    chassis/src/host chassis/src/shared|host chassis/src/drive chassis/src/drive/commit
    chassis/src/turn
    event-log/src/lib event-log/src/jetstream/append
"""
PATHS = {
    "PlaceOrder, from the door to the log": f"""
        proto:orders/v1/orders orders/src/grpc orders/src/request orders/src/answer orders/src/wait
        domain/src/orders domain/src/orders/commands|orders/door domain/src/orders/door
        domain/src/orders/bounds|orders/door domain/src/orders/refusals|orders
        domain/src/orders/open|orders/order domain/src/event/orders
        domain/src/ids/time {LOOP}
    """,
    "ReceiveStock, from the door to the log": f"""
        proto:inventory/v1/inventory
        inventory/src/grpc inventory/src/request inventory/src/answer
        domain/src/inventory domain/src/inventory/decisions|inventory/commands
        domain/src/inventory/keys|inventory/commands domain/src/inventory/bounds|inventory/refusals
        domain/src/inventory/stock domain/src/inventory/refusals domain/src/inventory/inbound
        domain/src/event/inventory {LOOP}
    """,
    "the allocator's fold": """
        allocation/src/lib allocation/src/fold allocation/src/fold/bars|fold/blockers
        allocation/src/fold/come|fold/line allocation/src/fold/inbound
        allocation/src/fold/numbers|delta allocation/src/fold/rank
        allocation/src/fold/settled|fold/lines allocation/src/fold/substitutes|fold/order
        allocation/src/fold/touch|agenda domain/src/demand domain/src/demand/changes|demand
        allocation/src/book allocation/src/line domain/src/slab domain/src/names
        allocation/src/shelf|sku_state allocation/src/shelves|sku_states allocation/src/entry
        allocation/src/turn|queue_key allocation/src/tree allocation/src/tree/node
        allocation/src/supply allocation/src/bars|blockers allocation/src/measures
        allocation/src/measures/calendar allocation/src/holds allocation/src/offers
        allocation/src/sharing allocation/src/reliability
    """,
    "settling": """
        allocation/src/settle allocation/src/settle/dates
        allocation/src/settle/desk|settle/allocation_plan
        allocation/src/settle/door|settle/record allocation/src/settle/over
        allocation/src/settle/repair allocation/src/settle/serve allocation/src/settle/share
        allocation/src/settle/terms|source/terms
        allocation/src/sink|effect_batch allocation/src/source allocation/src/ration
        allocation/src/fair allocation/src/promise allocation/src/likely
        allocation/src/shelf|sku_state allocation/src/bars|blockers
        allocation/src/turn|queue_key allocation/src/tree
    """,
}


def now_called(path):
    """The name that a file of an older tree has now."""
    for before, after in MOVED:
        path = re.sub(f"^{before}", after, path)
    return path


# --- code, without comments and tests ------------------------------------------------------------


def is_for_tests(path):
    return bool(re.search(r"/(tests|benches)/|/tests\.rs$", path))


def code_of(text):
    """The lines that are neither blank nor comments nor for tests only. Code is as rustfmt leaves
    it: an item ends where a line of its own depth closes it."""
    lines, kept, depth, comment = text.splitlines(), [], None, False
    for line in lines:
        bare = line.strip()
        if comment or bare.startswith("/*"):
            comment = "*/" not in bare
            continue
        if not bare or bare.startswith("//"):
            continue
        if depth is None:
            if bare == "#[cfg(test)]":
                depth = len(line) - len(line.lstrip())
            else:
                kept.append(line)
        elif len(line) - len(line.lstrip()) == depth and re.search(r"(;|\}|\},)$", bare):
            depth = None
    return kept


class Tree:
    """A checkout: its sources by the names that they have now."""

    def __init__(self, name, root):
        self.name, self.root, self.text, self.code = name, root, {}, {}
        for file in sorted(root.glob("crates/*/src/**/*.rs")):
            path = file.relative_to(root).as_posix()
            text = file.read_text(encoding="utf-8")
            self.text[now_called(path)] = text
            if not is_for_tests(path):
                self.code[now_called(path)] = code_of(text)
        for file in root.glob("proto/backorder/**/*.proto"):
            path = file.relative_to(root / "proto/backorder").with_suffix("").as_posix()
            self.text[f"proto:{path}"] = file.read_text(encoding="utf-8")

    def lines_by(self, sort):
        lines = Counter()
        for path, code in self.code.items():
            lines[sort(path)] += len(code)
        return lines

    def find(self, entry):
        """The file that an entry of a path means: the first of its names that is there."""
        first, *others = entry.split("|")
        crate = re.match(r"[\w-]+/src/", first)
        for name in (first, *(f"{crate[0]}{other}" for other in others)):
            for path in (name, f"crates/{name}.rs"):
                if path in self.text:
                    return path
        return None


# --- what is counted -----------------------------------------------------------------------------


def concept(path):
    return next((name for name, pattern in CONCEPTS if re.search(pattern, path)), "else")


def crate(path):
    return path.split("/")[1]


def calls(tree, name):
    pure = (code for path, code in tree.code.items() if crate(path) in PURE)
    return str(sum(len(re.findall(rf"\b{name}", line)) for code in pure for line in code))


def methods(tree):
    """The type with the most methods in its own `impl` blocks, and in how many files these are."""
    found, files = Counter(), defaultdict(set)
    for path, code in tree.code.items():
        of = None
        for line in code:
            block = re.match(r"impl(?:<[^{]*>)? (?:\w+::)*(\w+)(?:<[^{]*>)? \{$", line)
            if block:
                of = f"{crate(path)}: {block[1]}"
            elif line == "}":
                of = None
            elif of and re.match(r"    (?:pub(?:\([\w: ]+\))? )?(?:const )?(?:async )?fn ", line):
                found[of] += 1
                files[of].add(path)
    (name, most), = found.most_common(1)
    return f"{most} ({name}, in {len(files[name])} files)"


# --- circles of imports --------------------------------------------------------------------------


def expanded(path):
    """`a::{b, c::{d, e}}` as a::b, a::c::d, a::c::e."""
    brace = path.find("{")
    if brace < 0:
        return [path.split(" as ")[0].strip()]
    parts, depth, part = [], 0, ""
    for letter in path[brace + 1 : path.rindex("}")]:
        depth += (letter == "{") - (letter == "}")
        if letter == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += letter
    parts.append(part)
    whole = [path[:brace] + part.strip() for part in parts if part.strip()]
    return [found for one in whole for found in expanded(one)]


STATEMENTS = r"^\s*(pub(?:\([\w: ]+\))? )?use ([^;]+);"


class Modules:
    """The modules of one crate and what they take from one another."""

    def __init__(self, sources):
        self.files, self.exports = {}, defaultdict(dict)
        for path in sources:
            inside = path.split("/src/")[1].removesuffix(".rs")
            names = () if inside == "lib" else tuple(inside.removesuffix("/mod").split("/"))
            self.files[names] = path
        self.sources = sources
        uses = {module: list(self.uses(module)) for module in self.files}
        for module, found in uses.items():
            for public, names in found:
                if public and names[-1] != "*":
                    self.exports[module][names[-1]] = names
        # What each module takes, by the module where it stands.
        self.arrows = {module: defaultdict(set) for module in self.files}
        for module, found in uses.items():
            for public, names in found:
                target = self.home(names)
                if target is None or target == module:
                    continue
                if not public or self.is_used(module, names[-1]):
                    self.arrows[module][target].add(names[-1])

    def is_used(self, module, name):
        """Whether a module works with a name that it exports on."""
        if name == "*":
            return True
        code = re.sub(STATEMENTS, "", "\n".join(self.sources[self.files[module]]), flags=re.M)
        return bool(re.search(rf"(?<!mod )\b{name}\b", code))

    def uses(self, module):
        """Whether each path is exported on, and the path from the crate's root."""
        text = "\n".join(self.sources[self.files[module]])
        for public, path in re.findall(STATEMENTS, text, flags=re.M):
            for one in expanded(re.sub(r"\s+", " ", path)):
                names = self.absolute(module, one.split("::"))
                if names:
                    yield bool(public), names
        rest = re.sub(STATEMENTS, "", text, flags=re.M)
        children = [names[-1] for names in self.files if names and names[:-1] == module]
        roots = "|".join(["crate", "super", *children])
        for path in re.findall(rf"(?<![\w:])(?:{roots})(?:::\w+)+", rest):
            names = self.absolute(module, path.split("::"))
            if names:
                yield False, names

    def absolute(self, module, names):
        """A path as it is from the root; nothing, if it leads out of the crate."""
        if names[0] == "crate":
            return tuple(names[1:])
        at = module
        while names and names[0] in ("self", "super"):
            at = at[:-1] if names[0] == "super" else at
            names = names[1:]
            if not names:
                return None
        if at != module or module + (names[0],) in self.files:
            return (*at, *names)
        return None

    def home(self, names, steps=8):
        """The module in whose file something stands that is called so."""
        for end in range(len(names), -1, -1):
            if names[:end] not in self.files:
                continue
            module, item = names[:end], names[end : end + 1]
            onward = self.exports[module].get(item[0]) if item else None
            return self.home(onward, steps - 1) if onward and steps else module
        return None

    def circles(self):
        """The sets of modules of which each reaches each other (Tarjan)."""
        index, low, stack, found = {}, {}, [], []

        def visit(module):
            index[module] = low[module] = len(index)
            stack.append(module)
            for target in self.arrows[module]:
                if target not in index:
                    visit(target)
                    low[module] = min(low[module], low[target])
                elif target in stack:
                    low[module] = min(low[module], index[target])
            if low[module] == index[module]:
                at = stack.index(module)
                found.append(stack[at:])
                del stack[at:]

        for module in self.arrows:
            if module not in index:
                visit(module)
        return [circle for circle in found if len(circle) > 1]


def circles(tree):
    sources = defaultdict(dict)
    for path, code in tree.code.items():
        if not path.endswith("/main.rs"):
            sources[crate(path)][path] = code
    crates = [Modules(files) for files in sources.values()]
    return [(modules, circle) for modules in crates for circle in modules.circles()]


# --- printing ------------------------------------------------------------------------------------


def table(head, rows, trees):
    print(f"\n| {head} | {' | '.join(tree.name for tree in trees)} |")
    print("|---|" + "--:|" * len(trees))
    for name, cells in rows:
        print(f"| {name} | {' | '.join(cells)} |")


def counted(head, sort, order, trees):
    lines = [tree.lines_by(sort) for tree in trees]
    names = [name for name in order if any(name in one for one in lines)]
    rows = [(name, [f"{one[name]:,}" if name in one else "" for one in lines]) for name in names]
    rows.append(("all", [f"{sum(one.values()):,}" for one in lines]))
    table(head, rows, trees)


def to_read(tree, entries):
    paths = [tree.find(entry) for entry in entries.split()]
    there = {path for path in paths if path}
    lines = sum(tree.text[path].count("\n") for path in there)
    missing = [entry for entry, path in zip(entries.split(), paths) if not path]
    told = f" (not there: {', '.join(missing)})" if missing else ""
    return f"{len(there)} files, {lines:,} lines{told}"


def report(trees):
    table(
        "to read",
        [(name, [to_read(tree, entries) for tree in trees]) for name, entries in PATHS.items()],
        trees,
    )
    in_circles = [[circle for _, circle in circles(tree)] for tree in trees]
    table(
        "in the code",
        [
            *(
                (f"`{name}…` in crates that only compute", [calls(tree, name) for tree in trees])
                for name in ("saturating_", "checked_", "debug_assert")
            ),
            ("most methods on one type", [methods(tree) for tree in trees]),
            (
                "circles of imports",
                [f"{len(one)}, of {sum(map(len, one))} files" for one in in_circles],
            ),
            (
                "files in the largest",
                [str(max(map(len, one), default=0)) for one in in_circles],
            ),
        ],
        trees,
    )
    crates = sorted({crate(path) for tree in trees for path in tree.code})
    counted("lines of code by crate", crate, crates, trees)
    concepts = [name for name, _ in CONCEPTS] + ["else"]
    counted("lines of code by concept", concept, concepts, trees)


def tree_of(name, scratch):
    if pathlib.Path(name).is_dir():
        return Tree("now" if name == "." else name, pathlib.Path(name))
    root = pathlib.Path(scratch) / name
    root.mkdir()
    git = ["git", "archive", name, "crates", "proto"]
    archive = subprocess.run(git, check=True, stdout=subprocess.PIPE).stdout
    subprocess.run(["tar", "-x", "-C", root], input=archive, check=True)
    return Tree(f"`{name}`", root)


def list_circles(trees):
    for tree in trees:
        print(f"{tree.name}:")
        for modules, circle in circles(tree):
            print()
            for module in sorted(circle):
                print(f"  {modules.files[module]}")
                for target in sorted(set(modules.arrows[module]).intersection(circle)):
                    names = ", ".join(sorted(modules.arrows[module][target]))
                    print(f"    -> {short(modules.files[target])}: {names}")


def short(path):
    return path.split("/src/")[1]


def main():
    names = [name for name in sys.argv[1:] if name != "--circles"]
    if not names:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as scratch:
        trees = [tree_of(name, scratch) for name in names]
        if "--circles" in sys.argv:
            list_circles(trees)
        else:
            report(trees)


main()
