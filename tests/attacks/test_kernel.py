"""A student's code against the sandbox: what it cannot reach, use up, keep alive or forge.

Each attack is bounded by itself, at about twice the limit that must stop it.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import tracemalloc
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent
from threading import Thread

import psutil
import pytest

from helpers.judge import preload, seccomp, watchdog
from helpers.judge.lodgers import IDS
from helpers.judge.memory_group import remove
from helpers.judge.sandbox import Refused
from helpers.judge.session import Dead, NoReply, TooSlow
from helpers.judge.start import differences

pytestmark = pytest.mark.slow  # kernels start

ROOT = Path(__file__).parents[2]
OWN = str(90_000_000 + os.getpid())  # seconds to sleep: no other run of this file sleeps so long
NUMBER = 0 if seccomp.ARCHITECTURES[os.uname().machine] == seccomp.X86 else 1
CALL = "import ctypes, os; c = ctypes.CDLL(None, use_errno=True); c.syscall({}); ctypes.get_errno()"

PROBES = {  # what a student runs, and what must come of it
    "a host on the internet": (
        "import socket; socket.create_connection(('1.1.1.1', 53), 2)",
        "Network is unreachable",
    ),
    "a name server": ("import socket; socket.gethostbyname('pypi.org')", "gaierror"),
    "the machine's hypervisor": ("import socket; socket.socket(40, 1)", "Address family"),
    "the kernel's crypto sockets": ("import socket; socket.socket(38, 5)", "Address family"),
    "passwords": ("open('/etc/shadow')", "FileNotFoundError"),
    "the repository": (f"open({str(ROOT / 'pyproject.toml')!r})", "FileNotFoundError"),
    "solutions": (f"import os; os.listdir({str(ROOT / 'solutions')!r})", "FileNotFoundError"),
    "the judge": ("import helpers.judge", "ModuleNotFoundError"),
    "the host's variables": ("import os; os.environ['HOST_WORD']", "KeyError"),
    "variables of process 1": (
        "print('HOST_WORD' in open('/proc/1/environ').read())",
        "False|PermissionError",
    ),
    "the options of the sandbox": ("print('ro-bind' in open('/proc/1/cmdline').read())", "False"),
    "to change a library": ("import json; open(json.__file__, 'a')", "Read-only|Permission"),
    "to add a package": (
        "import zmq; open(zmq.__path__[0] + '/x.py', 'w')",
        "Read-only|Permission",
    ),
    "to change the course": (
        "import greeting; open(greeting.__file__, 'a')",
        "Read-only|Permission",
    ),
    "to write to the root": ("open('/x', 'w')", "Read-only|Permission"),
    "to write to /dev": ("open('/dev/x', 'w')", "Read-only|Permission"),
    "a mount that can be written": (
        "import os; [os.statvfs(p).f_flag & os.ST_RDONLY for p in ('/', '/usr', os.__file__)]",
        r"\[1, 1, 1\]",
    ),
    "to become root": ("import os; os.setuid(0)", "PermissionError|Invalid argument"),
    "capabilities": ("print(*open('/proc/self/status'))", r"CapEff:\s0{16}(?s:.)*NoNewPrivs:\s1"),
    "a core dump": ("import resource; resource.getrlimit(resource.RLIMIT_CORE)", r"\(0, 0\)"),
    "to raise a limit": (
        "import resource; resource.setrlimit(resource.RLIMIT_NPROC, (900, 900))",
        "not allowed",
    ),
    "x32 system calls": (CALL.format(0x40000000 + 39), "38"),
    "a user namespace by clone": (CALL.format(f"{seccomp.CLONE[NUMBER]}, 0x10000011, 0"), "1"),
    "ready-made networks": ("import torchvision; torchvision.models.resnet18", "AttributeError"),
    "an answer at the keyboard": ("input()", "StdinNotImplementedError"),
    "the judge's standard input": ("import sys; len(sys.stdin.read())", "0"),
}
for name, numbers in seccomp.REFUSED.items():
    PROBES[f"system call {name}"] = (CALL.format(f"{numbers[NUMBER]}, 0, 0, 0, 0, 0"), "38")


@pytest.mark.parametrize("name", PROBES)
def test_a_student_does_not_get(name, shared, said):
    code, expected = PROBES[name]
    assert re.search(rf"(^|\W)({expected})(\W|$)", said(shared, code))


def test_no_port_and_no_abstract_socket_of_the_host_can_be_reached(shared, said):
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind("\0host-listener")
        unix.listen()
        port = tcp.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        assert "Connection refused" in said(shared, code)
        code = "socket.socket(socket.AF_UNIX).connect('\\0host-listener')"
        assert "Connection refused" in said(shared, code)


def test_no_file_of_the_host_can_be_read(shared, said, host_secret):
    assert "FileNotFoundError" in said(shared, f"open({str(host_secret)!r})")
    home = Path(sys.base_prefix).parents[-2]
    seen = said(shared, f"import os; print(os.listdir({str(home)!r}))")
    assert seen.count(",") < len(os.listdir(home)) or len(os.listdir(home)) == 1


def test_the_table_of_mounts_names_no_folder_but_what_is_shown(shared, said, library):
    table = said(shared, "print(open('/proc/self/mountinfo').read())")
    sources = {line.split()[3] for line in table.splitlines() if len(line.split()) > 8}
    disk = {source for source in sources if source.startswith((str(ROOT), "/root", "/home"))}
    assert "/usr" in sources
    assert disk <= {os.path.realpath(sys.prefix), os.path.realpath(sys.base_prefix)}


def test_no_descriptor_inside_leads_to_a_file_of_the_host(shared, said):
    code = """
        import os
        links = [f'/proc/self/fd/{name}' for name in os.listdir('/proc/self/fd')]
        print(*[os.readlink(link) for link in links if os.path.lexists(link)])
    """
    kinds = {re.split(r"[:(]", word)[0] for word in said(shared, dedent(code)).split()}
    assert {"pipe", "socket"} <= kinds
    assert {kind for kind in kinds if kind.startswith("/")} <= {"/dev/null"}


def test_signals_reach_only_the_student_s_own_processes(shared, said):
    code = """
        import os
        try:
            os.kill(1, 9)
        except PermissionError:
            pass
        sorted(name for name in os.listdir('/proc') if name.isdigit())
    """
    assert "['1', '2', '3']" in said(shared, dedent(code))


def test_who_kills_the_sandbox_s_own_process_ends_only_itself(shared, fresh, said):
    with fresh() as session, pytest.raises(Dead, match="ended itself"):
        session.execute("import os, time; os.kill(2, 9); time.sleep(5)")
    assert "4" in said(shared, "2 + 2")


@pytest.fixture
def own_zygote(monkeypatch):
    """The next kernel is forked from a zygote of its own."""
    monkeypatch.setattr(preload, "_zygote", None)


def test_the_memory_that_a_kernel_is_forked_with_knows_nothing_of_the_judge(
    own_zygote, monkeypatch, fresh, said
):
    code = """
        import re
        found = set()
        with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb', 0) as memory:
            for line in maps:
                first, last, mode = re.match('(\\w+)-(\\w+) (\\S+)', line).groups()
                if mode.startswith('rw') and '[v' not in line:
                    memory.seek(int(first, 16))
                    held = memory.read(int(last, 16) - int(first, 16)) or b''
                    found |= {word for word in WORDS if re.search(word, held)}
        print('FOUND', len(WORDS), sorted(found))
    """
    monkeypatch.setenv("HOST_WORD", "a word of the host")
    words = ["a word of the host", str(ROOT / "solutions"), "a part of the kernel"]
    hidden = [rf"{word[:-1]}[{word[-1]}]".encode() for word in words]  # does not match itself
    with fresh() as session:
        session.execute("known = 'a part of the ' + 'kernel'")
        assert f"FOUND 3 {hidden[2:]}" in said(session, f"WORDS = {hidden!r}\n{dedent(code)}")


def test_no_page_of_a_kernel_can_be_written_by_another_process(shared, said):
    code = """
        import mmap, re
        count = lambda: sum(bool(re.match(r'\\S+ .w.s', line)) for line in open('/proc/self/maps'))
        before, own = count(), mmap.mmap(-1, 4096)
        print('SHARED', before, count() - before)
        del own
    """
    assert "SHARED 0 1" in said(shared, dedent(code))


def test_the_program_that_runs_cannot_be_overwritten(shared, said):
    text = said(shared, "import os; os.open('/proc/self/exe', os.O_WRONLY)")
    assert re.search("Text file busy|Permission denied|Read-only", text)


@pytest.mark.parametrize(
    ("step", "named"), [("refuse_calls", "Seccomp"), ("give_up_rights", "CapEff")]
)
def test_a_kernel_that_keeps_a_right_is_not_let_go(step, named, own_zygote, monkeypatch, fresh):
    text = re.sub(rf"^    {re.escape(step)}\(.*\n", "", preload.TEXT, flags=re.MULTILINE)
    assert text.count("\n") == preload.TEXT.count("\n") - 1
    monkeypatch.setattr(preload, "TEXT", text)
    with pytest.raises(Refused, match=f"differs from the sandbox's own in .*{named}"), fresh():
        pass


def test_a_process_of_the_host_differs_from_one_inside(shared):
    inside = shared._kernel._kernel.pid
    assert {"mnt", "net", "pid", "root", "Seccomp"} <= set(differences(os.getpid(), inside))
    assert differences(inside, inside) == []


@pytest.mark.parametrize("folder", ["/dev/shm", "/tmp", "/home/student"])
def test_a_scratch_folder_is_full_at_its_size(folder, shared, said):
    code = f"""
        import pathlib
        written, paths = 0, [pathlib.Path({folder!r}, f'fill-{{i}}') for i in range(16)]
        try:
            for path in paths:
                with open(path, 'wb') as file:
                    for _ in range(8):
                        written += file.write(bytes(1 << 20))
        except OSError as error:
            print(error)
        for path in paths:
            path.unlink(missing_ok=True)
        written >> 20
    """
    text = said(shared, dedent(code))
    assert "No space left" in text
    assert 50 < int(re.search(r"^\d+$", text, re.M)[0]) <= 64


def test_one_file_is_not_larger_than_scratch(shared, said):
    code = "import os; f = open('/tmp/x', 'wb'); os.posix_fallocate(f.fileno(), 0, 200 << 20)"
    assert "File too large" in said(shared, code)
    said(shared, "f.close(); os.unlink('/tmp/x')")


def test_a_fork_bomb_ends_at_the_limit(shared, said):
    code = """
        import os
        reading, writing = os.pipe()
        children = []
        try:
            while len(children) < 128:
                child = os.fork()
                if child == 0:
                    os.close(writing)
                    os.read(reading, 1)
                    os._exit(0)
                children.append(child)
        except OSError as error:
            print(error)
        os.close(writing)
        for child in children:
            os.waitpid(child, 0)
        os.close(reading)
        len(children)
    """
    text = said(shared, dedent(code))
    assert "Resource temporarily unavailable" in text
    assert 20 < int(re.search(r"^\d+$", text, re.M)[0]) < 64


def test_a_bomb_of_threads_ends_at_the_limit(shared, said):
    code = """
        import threading
        stop, threads = threading.Event(), []
        try:
            while len(threads) < 128:
                threads.append(threading.Thread(target=stop.wait))
                threads[-1].start()
        except RuntimeError as error:
            print(error)
        stop.set()
        len(threads)
    """
    text = said(shared, dedent(code))
    assert "can't start new thread" in text
    assert 20 < int(re.search(r"^\d+$", text, re.M)[0]) < 64


PIECES = "import mmap, os, time\nheld = []\n"
HOGS = {  # each takes at most 600 MiB, in pieces of 20
    "private": "for _ in range(30):\n    held.append(b'x' * (20 << 20))\n    time.sleep(.03)",
    "shared": (
        "for _ in range(30):\n    held.append(mmap.mmap(-1, 20 << 20))\n"
        "    held[-1].write(b'x' * (20 << 20))\n    time.sleep(.03)"
    ),
    "of many processes": (
        "children = [os.fork() for _ in range(2)]\n"
        "for _ in range(7):\n    held.append(mmap.mmap(-1, 20 << 20))\n"
        "    held[-1].write(b'x' * (20 << 20))\n    time.sleep(.03)\ntime.sleep(1)"
    ),
}


@pytest.mark.parametrize("kind", HOGS)
def test_memory_is_bounded_in_sum(kind, fresh):
    with (
        fresh(memory_mib=300) as session,
        pytest.raises(Dead, match="used more than 300 MiB of memory"),
    ):
        session.execute(PIECES + HOGS[kind] + "\ntime.sleep(2)")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a memory group")
def test_the_system_s_own_limit_holds_where_the_watchdog_sleeps(fresh, monkeypatch):
    monkeypatch.setattr(watchdog, "PERIOD", 60)
    with fresh(memory_mib=1, scratch_mib=16) as session:
        if session._kernel._group is None:
            pytest.skip("this system allows no memory group")
        with pytest.raises(Dead, match="used more than 1 MiB of memory"):
            session.execute(PIECES + HOGS["shared"])


def test_processor_time_is_bounded_over_all_processes(fresh):
    code = "import os\nfor _ in range(2):\n    os.fork()\nwhile True:\n    pass"
    with (
        fresh(cpu_seconds=3) as session,
        pytest.raises(Dead, match="more than 3 seconds of processor time"),
    ):
        session.execute(code)


def test_a_million_small_files_end_the_kernel(fresh):
    code = "import time\nfor i in range(2000):\n    open(f'/tmp/{i}', 'w').close()\ntime.sleep(2)"
    with fresh(scratch_files=500) as session, pytest.raises(Dead, match="more than 500 files"):
        session.execute(code)


def test_a_slow_cell_is_interrupted_and_the_kernel_goes_on(fresh, said):
    with fresh(cell_seconds=0.5) as session:
        with pytest.raises(TooSlow) as caught:
            session.execute("print('begun')\nwhile True:\n    pass")
        assert caught.value.outputs[0].text == "begun\n"
        assert "4" in said(session, "2 + 2")


def test_a_flood_of_output_is_kept_small_and_interrupted(fresh, said):
    with fresh(output_bytes=100_000, cell_seconds=1) as session:
        with pytest.raises(TooSlow) as caught:
            session.execute("while True:\n    print('x' * 20)")
        assert len(str(caught.value.outputs)) < 110_000
        assert "left out" in str(caught.value.outputs)
        assert "4" in said(session, "2 + 2")


def test_a_loop_that_swallows_interrupts_is_killed(fresh):
    code = "import time\nwhile True:\n    try:\n        time.sleep(9)\n    except BaseException:\n"
    limited = fresh(cell_seconds=0.1)
    with limited as session, pytest.raises(Dead, match="went on when it was interrupted"):
        session.execute(code + "        pass")


def test_the_notebook_has_one_deadline(fresh):
    with fresh(notebook_seconds=2) as session:
        assert session.execute("import time; time.sleep(1)") == []
        with pytest.raises(Dead, match="more than 2 seconds for all cells"):
            session.execute("time.sleep(5)")


@pytest.mark.parametrize(
    "code", ["os._exit(0)", "os.kill(os.getpid(), 9)", "os.closerange(3, 256)"]
)
def test_a_kernel_that_ends_itself_is_dead_and_stays_so(code, fresh):
    with fresh() as session:
        with pytest.raises(Dead, match=r"ended itself|closed its connection"):
            session.execute(f"import os; {code}")
        with pytest.raises(Dead):
            session.execute("1")


def test_nothing_of_a_sandbox_stays(fresh, said):
    code = """
        import subprocess
        subprocess.Popen(['setsid', 'sleep', SECONDS], start_new_session=True)
    """
    with fresh() as session:
        session.execute(f"SECONDS = '{OWN}'\n{dedent(code)}")
        assert OWN in commands()
        folder, child = session._kernel.folder, session._kernel._process
        uid = int(re.search(r"^\d+$", said(session, "import os; os.getuid()"), re.M)[0])
    assert OWN not in commands()
    assert child.returncode is not None
    assert not folder.exists()
    if uid in IDS:
        there = [p.info["uids"] for p in psutil.process_iter(["uids"])]  # None: it ended meanwhile
        assert uid not in {uids.real for uids in there if uids}


KILLED = """
import os, sys
from pathlib import Path
from helpers.judge.session import Session
with Session(library=Path(sys.argv[1])) as session:
    session.execute(f"import subprocess; subprocess.Popen(['sleep', {sys.argv[2]!r}])")
    group = session._kernel._group
    print(session._kernel.folder, *([group._folder] if group else []), flush=True)
    os.kill(os.getpid(), 9)
"""


def test_a_sandbox_ends_when_the_judge_is_killed(library):
    judge = [sys.executable, "-c", KILLED, str(library), OWN]
    ran = subprocess.run(judge, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == -9
    late = time.monotonic() + 5
    while OWN in commands() and time.monotonic() < late:
        time.sleep(0.05)
    assert OWN not in commands()
    folder, *groups = ran.stdout.split()
    shutil.rmtree(folder)
    for group in groups:
        remove(Path(group))


def test_a_kernel_outlives_the_thread_that_started_it(fresh, said):
    with ExitStack() as stack:
        started = []
        starter = Thread(target=lambda: started.append(stack.enter_context(fresh())))
        starter.start()
        starter.join()
        time.sleep(0.5)
        assert "4" in said(started[0], "2 + 2")


def commands() -> str:
    return " ".join(" ".join(p.info["cmdline"] or []) for p in psutil.process_iter(["cmdline"]))


def test_two_sandboxes_do_not_see_or_count_each_other(shared, fresh, said):
    who = "import os; (os.getuid(), [p for p in os.listdir('/proc') if p.isdigit()])"
    with fresh() as session:
        first, second = said(shared, who), said(session, who)
        assert "['1', '2', '3']" in first
        assert (first != second) == (os.geteuid() == 0)


RAW = """
    import os
    for name in os.listdir('/proc/self/fd'):
        try:
            if 'socket' in os.readlink(f'/proc/self/fd/{name}'):
                os.write(int(name), JUNK)
        except OSError:
            pass
    import time; time.sleep(3)
"""
FORGED = """
    kernel = get_ipython().kernel
    parent = kernel.session.serialize(kernel.session.msg('status', {}, parent=kernel.get_parent()))
    parent[-1] = BODY
    kernel.iopub_socket.send_multipart([b'stream', *parent])
    import time; time.sleep(1)
"""


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (RAW.replace("JUNK", "b'junk' * 100"), "sent|closed|ended"),
        (FORGED.replace("BODY", "b'[' * 100_000 + b']' * 100_000"), "what is not a message"),
        (
            FORGED.replace("BODY", "b'{\"a\": ' + b'[' * 50 + b']' * 50 + b'}'"),
            "what is not a message",
        ),
        (FORGED.replace("BODY", "b'{\"a\": NaN}'"), "what is not a message"),
        (FORGED.replace("BODY", "b'\\xff\\xfe'"), "what is not a message"),
        (FORGED.replace("BODY", "bytes(8 << 20)"), "more than 4 MiB"),
        (FORGED.replace("BODY", "b''").replace("*parent", "*parent * 20"), "more than 32 parts"),
    ],
    ids=[
        "junk on the sockets",
        "deep JSON",
        "nested JSON",
        "NaN",
        "not text",
        "large",
        "many parts",
    ],
)
def test_what_is_not_a_message_ends_the_kernel(code, why, fresh):
    with fresh(message_bytes=4 << 20) as session, pytest.raises(Dead, match=why):
        session.execute(dedent(code))


def test_a_message_of_another_request_is_dropped(fresh, said):
    code = """
        kernel = get_ipython().kernel
        parent = {'header': {**kernel.get_parent()['header'], 'msg_id': 'another'}}
        kernel.session.send(kernel.iopub_socket, 'stream', {'name': 'stdout', 'text': 'FORGED'},
                            parent=parent)
        print('own')
    """
    with fresh() as session:
        text = said(session, dedent(code))
        assert "own" in text
        assert "FORGED" not in text


def test_a_malformed_output_is_left_out(shared):
    code = """
        kernel = get_ipython().kernel
        for content in ({}, {'name': 3, 'text': []}, {'name': 'stdout', 'text': None}):
            kernel.session.send(kernel.iopub_socket, 'stream', content, parent=kernel.get_parent())
    """
    assert shared.execute(dedent(code)) == []


def test_a_question_carries_bytes_in_and_out(shared):
    shared.execute("factor = 2")
    assert shared.ask("twice = bytes(_payload) * factor\ntwice", b"ab\0") == b"ab\0ab\0"
    large = os.urandom(5 << 20)
    assert shared.ask("bytes(_payload)[::-1]", large) == large[::-1]


def test_a_question_that_gets_no_reply_says_so(shared):
    with pytest.raises(NoReply, match="NameError"):
        shared.ask("unheard_of")
    shared.execute("import comm; kept = comm.create_comm; comm.create_comm = lambda *a, **k: None")
    with pytest.raises(NoReply, match="no reply came"):
        shared.ask("b''")
    shared.execute("comm.create_comm = kept")


def test_many_replies_to_one_question_do_not_fill_the_judge(fresh):
    code = """
        import comm
        for number in range(40):
            comm.create_comm('reply', buffers=[bytes(3 << 20)])
        b'last'
    """
    with fresh(message_bytes=4 << 20) as session:
        tracemalloc.start()
        reply = session.ask(dedent(code))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert reply == b"last"
    assert peak < 40 << 20


def test_a_reply_over_the_size_ends_the_kernel(fresh):
    with fresh(message_bytes=4 << 20) as session, pytest.raises(Dead, match="more than 4 MiB"):
        session.ask("bytes(100 << 20)")


def test_an_ordinary_notebook_runs(fresh):
    cells = """
        import subprocess, sys, warnings, greeting, torch
        from torch.utils.data import DataLoader
        from tqdm import tqdm
        layer = torch.nn.Conv2d(3, 4, 3)
        layer(torch.zeros(2, 3, 8, 8)).sum().backward()
        assert layer.weight.grad is not None and greeting.WORD == 'hello'
        ---
        batches = DataLoader(torch.arange(8.), 2, num_workers=2)
        print(sum(float(batch.sum()) for batch in tqdm(batches)))
        ---
        import matplotlib.pyplot as plt
        plt.plot([1, 2]); plt.savefig('figure.png'); plt.show()
        ---
        warnings.warn('a remark'); print('err', file=sys.stderr)
        subprocess.run(['echo', 'hi'], capture_output=True, text=True, check=True).stdout
    """
    with fresh() as session:
        runs = [session.execute(cell) for cell in dedent(cells).split("---\n")]
    assert not [o for outputs in runs for o in outputs if o.output_type == "error"]
    assert "28.0" in str(runs[1])
    assert "hi" in runs[3][-1].data["text/plain"]


SHOW = 'mount --bind "$1" "$2" && mount -t tmpfs -o mode=755 none "$3" && mkdir -p "$1" && \
mount --move "$2" "$1" && shift 3 && exec "$@"'
AGAIN = "root or capabilities or clone or passwords or host or mounts or memory or fork or stays"
AGAIN += " or overwritten or keeps"


@pytest.mark.skipif(os.geteuid() != 0, reason="root tries the way of an ordinary user as well")
def test_an_ordinary_user_s_sandbox_is_as_tight():
    """Some of these tests again; an interpreter in root's closed home is shown to that user."""
    if closed_above(ROOT) or closed_above(Path(os.path.realpath(sys.prefix))):
        pytest.skip("no other user can read the course here")
    user = ["setpriv", "--reuid=60900", "--regid=60900", "--clear-groups", "--"]
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o777)
        command = [*user, sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += ["-k", AGAIN, __file__, f"--basetemp={folder}/base"]
        if closed := closed_above(Path(sys.base_prefix)):
            Path(folder, "spare").mkdir()
            show = ["unshare", "--mount", "sh", "-c", SHOW, "sh", sys.base_prefix]
            command = [*show, f"{folder}/spare", str(closed), *command]
        env = {**os.environ, "HOME": folder}
        ran = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert int(re.search(r"(\d+) passed", ran.stdout)[1]) > 12


def closed_above(path: Path) -> Path | None:
    """The first folder on the way to a path that others may not enter."""
    return next((p for p in reversed(path.parents) if not p.stat().st_mode & 1), None)
