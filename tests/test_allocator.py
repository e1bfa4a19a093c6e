"""glibc keeps freed memory or gives it back, as it was told; each in a process of its own."""

import subprocess
import sys

import pytest

# Page faults of eight tensors of 16 MiB that are made and then freed, ten times.
COUNTED = """
import resource, torch
from helpers import allocator

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        [torch.ones(2**22) for _ in range(8)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

allocator.{told}()
faults()
print(faults())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc only")
@pytest.mark.parametrize(("told", "asks_again"), [("keep_freed", False), ("give_back", True)])
def test_a_freed_tensor_is_kept_for_the_next_or_given_back(told, asks_again):
    code = COUNTED.format(told=told)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    pages = 10 * 8 * 16 * 2**20 // 4096
    assert (int(ran.stdout) > pages / 2) == asks_again
