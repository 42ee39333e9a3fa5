"""What the process that forks runs: `python start.py`.

It is no module of a package: importing `retrieval` would bring faiss and tantivy along, which no
document needs, and `multiprocessing` would run the script of whoever uses the library again.
"""

import os
import sys
from pathlib import Path
from types import ModuleType

if __name__ == "__main__":
    package = ModuleType("retrieval")
    package.__path__ = [str(Path(__file__).parents[2])]
    sys.modules["retrieval"] = package

    from retrieval.reading.sandbox import zygote

    # A parser that prints must not be taken for a reply.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    zygote.serve(sys.stdin.buffer, replies)
