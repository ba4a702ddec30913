"""`python -m benchmarks [NAME …]`: run all benchmarks, or those named, and print their figures."""

from __future__ import annotations

import importlib
import pkgutil
import signal
import sys

import benchmarks
from benchmarks.measure import table

HELPERS = {"__main__", "measure", "rigs"}


def main(names: list[str]) -> int:
    known = [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name not in HELPERS]
    if unknown := set(names) - set(known):
        print(f"No such benchmark: {', '.join(sorted(unknown))}. There are: {', '.join(known)}.", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers that were started are ended
    for name in names or known:
        module = importlib.import_module(f"benchmarks.{name}")
        print(f"\n## {name}\n\n{(module.__doc__ or '').strip()}\n", flush=True)
        print(table(module.run()), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
