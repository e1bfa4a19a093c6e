"""The judge's heap gives memory back when it is freed.

As it comes, glibc keeps what was freed: a heap for each thread, and in them tensors of up to
32 MiB. Pages that come and go cost the judge about a tenth of a second a hand-in, while the
student's kernel starts; the kernels keep glibc's own settings, since there it would cost more.
Source: mallopt(3) of glibc; the numbers are those of its <malloc.h>.
"""

import ctypes

MIB = 1 << 20
SETTINGS = {-8: 1, -3: MIB, -1: MIB}  # M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD


def give_back() -> None:
    """Set this process's heap so from now on; another C library is left alone."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    for number, value in SETTINGS.items():
        if mallopt:
            mallopt(number, value)
