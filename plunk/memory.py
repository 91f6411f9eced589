"""What a process that stays does about its memory."""

from __future__ import annotations

import gc


def settle() -> None:
    """Takes what is loaded by now out of the garbage collector's rounds: none of it becomes garbage.

    A batch of contacts makes so many objects that whole rounds run inside of it; they went over all code and settings
    each time, a third of the time of reading contacts. Copies of the process also share more of its memory.
    """
    gc.collect()
    gc.freeze()
