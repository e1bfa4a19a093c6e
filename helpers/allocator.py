"""What the memory allocator does with a freed tensor.

glibc gives a large block back to the system as soon as it is freed, and asks for it again, page by
page, for the next step: about a tenth of the time of a training on the CPU. Other allocators are
left as they are.
"""

import ctypes
import sys

# man 3 mallopt: bytes from which a block is mapped for itself, and freed bytes that are kept
M_MMAP_THRESHOLD, M_TRIM_THRESHOLD = -3, -1
MOST = 32 << 20  # the largest M_MMAP_THRESHOLD that glibc takes


def keep_freed() -> None:
    """Keeps up to 512 MiB of freed memory for the next step."""
    _set(MOST, 512 << 20)


def give_back() -> bool:
    """Gives every freed block of 64 KiB or more back at once, so that the process holds what is
    in use and no more; False where the allocator cannot."""
    return _set(64 << 10, 0)


def _set(mapped: int, kept: int) -> bool:
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if not hasattr(libc, "mallopt"):  # musl has none
        return False
    libc.malloc_trim(0)
    return all(map(libc.mallopt, (M_MMAP_THRESHOLD, M_TRIM_THRESHOLD), (mapped, kept)))
