"""System calls that the sandbox refuses: the classic BPF program that bubblewrap installs.

Refused are ways to memory that no process's size shows (memfd, System V, io_uring), to other
processes (ptrace and kin), to namespaces and mounts, and every socket that a network namespace
does not hold (vsock, AF_ALG). `clone3` hides its flags behind a pointer, so it looks absent and
the C library takes `clone`. Numbers: Linux, asm/unistd_64.h and asm-generic/unistd.h.
"""

import errno
import platform
import struct

X86, ARM = 0xC000003E, 0xC00000B7  # AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64
ARCHITECTURES = {"x86_64": X86, "aarch64": ARM}
REFUSED = {  # name: (x86-64, aarch64)
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "semget": (64, 190),
    "msgget": (68, 186),
    "io_uring_setup": (425, 425),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "perf_event_open": (298, 241),
    "bpf": (321, 280),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "clone3": (435, 435),
}
CLONE, SOCKET = (56, 220), (41, 198)
NEW_NAMESPACE = 0x7E020000  # CLONE_NEW* in one mask
FAMILIES = (1, 2, 10, 16)  # AF_UNIX, AF_INET, AF_INET6, AF_NETLINK: what a namespace holds
X32 = 0x40000000

NUMBER, ARCHITECTURE, ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, value


def program(machine: str = platform.machine()) -> bytes:
    """The filter, ready for `bwrap --seccomp`.

    Raises: KeyError for a processor other than x86_64 and aarch64.
    """
    architecture = ARCHITECTURES[machine]
    own = 0 if architecture == X86 else 1
    instructions = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        *when((AT_LEAST, X32), refuse(errno.ENOSYS)),
    ]
    for numbers in REFUSED.values():
        instructions += when((EQUAL, numbers[own]), refuse(errno.ENOSYS))
    instructions += when((EQUAL, CLONE[own]), no_namespace())
    instructions += when((EQUAL, SOCKET[own]), known_family())
    return b"".join(struct.pack("HBBI", *i) for i in [*instructions, (RETURN, 0, 0, ALLOW)])


def when(test: tuple[int, int], then: list[Instruction]) -> list[Instruction]:
    """Run `then`, which returns, where the test holds; else go on after it."""
    code, value = test
    return [(code, 0, len(then), value), *then]


def refuse(error: int) -> list[Instruction]:
    return [(RETURN, 0, 0, ERROR | error)]


def no_namespace() -> list[Instruction]:
    flags = when((ANY_BIT, NEW_NAMESPACE), refuse(errno.EPERM))
    return [(LOAD, 0, 0, ARGUMENT), *flags, (RETURN, 0, 0, ALLOW)]


def known_family() -> list[Instruction]:
    known = [i for f in FAMILIES for i in when((EQUAL, f), [(RETURN, 0, 0, ALLOW)])]
    return [(LOAD, 0, 0, ARGUMENT), *known, *refuse(errno.EAFNOSUPPORT)]
