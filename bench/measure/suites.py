"""suites.py: what `bench run` measures: suites of cells, and the recipes of their data.

A cell is a question and options; every combination of a row's lists is one. `lines` is N, the ceiling
that the others' share is of: each suite has it for every thread count and instruction set it uses.
"""
import dataclasses
import itertools

SEED = 42


@dataclasses.dataclass(frozen=True)
class Data:
    """A generated file: `bench gen` with these arguments."""
    name: str
    arguments: tuple


def tweets(size, name=None, *more):
    return Data(name or f"tweets-{size}.ndjson",
                ("tweets", "--size", size, "--seed", str(SEED), *more))


def sized(data, size):
    """The same recipe, of another size."""
    arguments = list(data.arguments)
    was = arguments[arguments.index("--size") + 1]
    arguments[arguments.index("--size") + 1] = size
    return Data(data.name.replace(was, size), tuple(arguments))


def cells(queries, **lists):
    """Every combination of questions and options, as dicts."""
    for query, *values in itertools.product(queries, *lists.values()):
        yield {"query": query, **dict(zip(lists, values))}


def queries(threads):
    """The reference, which takes ten times as long, once; of the tiers every combination."""
    every = ["q1", "q2", "q3", "all"]
    ways = {"threads": sorted({1, threads}), "isa": ["avx512", "avx2"], "path": ["auto", "read"]}
    yield from cells(["lines"], **ways)
    yield from cells(every, validate=["used", "full"], **ways)
    yield from cells(every, validate=["used", "full"], threads=[threads], isa=["ref"], path=["auto"])


def quick(threads):
    yield from cells(["lines"], threads=[threads])
    yield from cells(["q1", "q2", "q3", "all"], validate=["used", "full"], threads=[threads])


def plans(threads):
    yield from cells(["lines"], threads=[threads])
    yield from cells(["q1", "q2", "q3"], validate=["used"], threads=[threads],
                     plan=["time", "memory"])


def scale(threads):
    counts = list(range(1, threads + 1)) if threads <= 8 else [1, 2, 4, threads // 2, threads]
    yield from cells(["lines"], threads=counts)
    yield from cells(["q1", "q2", "q3"], validate=["used", "full"], threads=counts)


def formats(threads):
    yield from cells(["q1", "q2", "q3"], validate=["used", "full"], threads=[threads])


# name: (data, cells of a number of threads)
SUITES = {
    "quick": ([tweets("100MB")], quick),
    "queries": ([tweets("2.2GB"), tweets("2.2GB", "tweets-2.2GB-utf8.ndjson", "--utf8")], queries),
    "plans": ([tweets("2.2GB")], plans),
    "formats": ([tweets("400MB"), tweets("400MB", "tweets-400MB.json", "--format", "json"),
                 tweets("400MB", "tweets-400MB-shuffled.ndjson", "--set", "shuffled=100"),
                 Data("mock-400MB.csv", ("mock", "--size", "400MB", "--seed", str(SEED)))], formats),
    "scale": ([tweets("100MB"), tweets("2.2GB"), tweets("20GB")], scale),
    "kernels": ([], None),
}


# SHA-256 of what the recipes make. Results are comparable only over the same bytes: a generator that
# makes others is a new series, and says so here.
DIGESTS = {
    "bench gen tweets --size 100MB --seed 42":
        "0bfbfe1d8a756192385d0d413fed94d59117cdc901b20355bbca52e5a41dbd0d",
    "bench gen tweets --size 400MB --seed 42":
        "d15e7bc0de11aac8024e5e032065c9392ef9bbeee484a81e3c3d426b25575a01",
    "bench gen tweets --size 400MB --seed 42 --format json":
        "35c8ab14802520187f7e86fafcf281cbb1084bebb0c67f38a941f9e7d1ff140d",
    "bench gen tweets --size 400MB --seed 42 --set shuffled=100":
        "085b96c67e91d18d4b6717031f82965564d10447f45d55df0d660566a49ce4cf",
    "bench gen mock --size 400MB --seed 42":
        "8474e199aa919500e7e3fe512d9ef2f64d33df3ff178efb24335951880f2e9dd",
    "bench gen tweets --size 2.2GB --seed 42":
        "5dc2b7b46d7099235536624b268beaddba0d9c162be15d42ce54706a1dbe766d",
    "bench gen tweets --size 2.2GB --seed 42 --utf8":
        "f1064d4b801e4aaf9ffd662ef4181149353ce59a6c999db35be6c21451c45132",
    "bench gen tweets --size 20GB --seed 42":
        "aa1819ce36b84541fa68ca65b28b74b79284b2839e75def91139fd326c04d837",
}


def arguments_of(cell):
    """The options of a cell as the command takes them."""
    return [word for name, value in cell.items() if name != "query"
            for word in (f"--{name}", str(value))]
