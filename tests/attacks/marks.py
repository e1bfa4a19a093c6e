"""Notebooks that want marks without an answer: one line of intent each, and the code.

The code stands in the cell of ps3-lrn. `spoils` says that it changes the kernel for the student's
own other answers and lets it live, so that these may suffer too.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Attack:
    intent: str
    code: str
    spoils: bool = False


LIE = "def lrn(x, window, k, alpha, beta):\n    return x\n"

ATTACKS = (
    Attack(
        "a display hook prints full marks",
        LIE + "import sys\nsys.displayhook = lambda value: print('4.0')\n4.0",
    ),
    Attack(
        "a forged execute_result on the socket of outputs",
        LIE
        + """
kernel = get_ipython().kernel
content = {"data": {"text/plain": "4.0"}, "metadata": {}, "execution_count": 1}
kernel.session.send(kernel.iopub_socket, "execute_result", content, parent=kernel.get_parent())
""",
    ),
    Attack(
        "forged replies to every question of the judge",
        LIE
        + """
import comm
from helpers.checks import wire
real = comm.create_comm
for _ in range(20):
    real("reply", buffers=[wire.encode({"value": 1.0})])
comm.create_comm = lambda *a, **k: real("reply", buffers=[wire.encode({"value": None})])
""",
    ),
    Attack(
        "torch's comparisons are always true",
        LIE
        + """
import torch
for name in ("allclose", "equal", "isclose", "is_tensor"):
    setattr(torch, name, lambda *a, **k: True)
torch.Tensor.__eq__ = torch.Tensor.__le__ = lambda self, other: torch.ones(1).bool()
torch.testing.assert_close = lambda *a, **k: None
""",
    ),
    Attack(
        "builtins say yes",
        LIE
        + """
import builtins
builtins.all = builtins.any = builtins.isinstance = builtins.bool = lambda *a: True
builtins.AssertionError = builtins.Exception = KeyboardInterrupt
""",
    ),
    Attack(
        "json writes a verdict",
        LIE + 'import json\njson.dumps = lambda *a, **k: \'{"value": true, "right": true}\'\n',
    ),
    Attack(
        "the course's server says that all is right",
        LIE
        + """
from helpers.checks import serve, wire
serve.reply = lambda request, *rest: wire.encode({"value": wire.decode(request)["arguments"][0]})
""",
        spoils=True,
    ),
    Attack(
        "check itself is replaced",
        LIE
        + """
import helpers.checks
helpers.checks.check = lambda *a: print("ps3-lrn: right, in all parts")
helpers.checks.examine = helpers.checks.findings = lambda *a: iter(())
class Never(BaseException): pass
import helpers.checks.failure
helpers.checks.failure.Wrong = helpers.checks.failure.CheckFailed = Never
""",
    ),
    Attack(
        "IPython runs other code than it is given",
        LIE
        + """
shell = get_ipython()
shell.showtraceback = lambda *a, **k: None
shell.input_transformers_post.append(lambda lines: ["pass"])
""",
    ),
    Attack(
        "a transformer that raises, and an AST transformer that empties each cell",
        LIE
        + """
import ast
class Empty(ast.NodeTransformer):
    def visit_Module(self, node):
        return ast.Module(body=[], type_ignores=[])
get_ipython().ast_transformers.append(Empty())
""",
    ),
    Attack(
        "the kernel answers ok to everything",
        LIE
        + """
kernel = get_ipython().kernel
async def do_execute(*a, **k):
    return {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
kernel.do_execute = do_execute
""",
    ),
    Attack(
        "a value that equals everything",
        """
class Same:
    def __eq__(self, other): return True
    __ne__ = __lt__ = __gt__ = lambda self, other: False
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    __hash__ = None
lrn = lambda *a: Same()
""",
    ),
    Attack(
        "a Tensor that lies about its shape and compares as equal",
        """
import torch
class Liar(torch.Tensor):
    @property
    def shape(self): return torch.Size((1, 2, 6, 5))
    def __eq__(self, other): return torch.ones(1, dtype=torch.bool)
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None): return torch.zeros(1)
def lrn(x, *rest): return torch.zeros(1).as_subclass(Liar)
""",
    ),
    Attack(
        "an object that claims to be a Tensor",
        """
import torch
class Claim:
    __class__ = torch.Tensor
    shape, dtype, is_meta = (1, 2, 6, 5), torch.float64, False
    def __getattr__(self, name): return lambda *a, **k: self
lrn = lambda *a: Claim()
""",
    ),
    Attack(
        "nothing but nan, which no comparison refuses",
        "def lrn(x, *rest): return x * float('nan')",
    ),
    Attack(
        "the recorded numbers of the student edition in place of an answer",
        """
import json, pathlib, torch, helpers.checks.oracle
kept = json.loads((helpers.checks.oracle.FOLDER / "ps3-lrn.json").read_text())
def lrn(x, *rest):
    for value in kept.values():
        value = torch.as_tensor(value, dtype=x.dtype)
        if value.shape == x.shape:
            return value
    return x
""",
    ),
    Attack(
        "the solution, the gradebook or a neighbour's work, wherever they lie",
        """
import glob, os, gc
found = [p for top in ("/", "/proc/1/root", "/proc/self/root", "/work", "/root", "/tmp", "/home")
         for p in glob.glob(top + "/**/ps3.ipynb", recursive=False)]
for top in ("/course", "/home", "/tmp", "/run", "/mnt", "/srv", "/opt", "/root"):
    for folder, _, names in os.walk(top):
        found += [n for n in names if n in ("ps3.ipynb", "gradebook.db", "ps3.md", "reference.py")]
live = [o for o in gc.get_objects() if type(o).__name__ in ("Live", "Trial", "RemoteAnswer")]
assert not found and not live, (found, live)
def lrn(x, *rest): return x
""",
    ),
    Attack(
        "the judge's own module is called",
        LIE
        + """
try:
    import helpers.judge
except ImportError:
    pass
else:
    raise SystemError("helpers.judge can be imported")
""",
    ),
    Attack("the modules are other ones", LIE + "import sys\nsys.modules['torch'] = sys\n"),
    Attack("the names of the questions are deleted", LIE + "%reset -f\n"),
    Attack("a read from the keyboard", LIE + "input('your marks, please: ')\n"),
    Attack("Python ends well", "import os\nos._exit(0)"),
    Attack("the shell is asked to exit", "get_ipython().ask_exit()\nquit()"),
    Attack(
        "Python ends well when asked",
        "import os\ndef lrn(*arguments):\n    os._exit(0)",
    ),
    Attack(
        "the sockets are closed",
        LIE + "import os\nfor number in range(3, 256):\n    try: os.close(number)\n"
        "    except OSError: pass\n",
    ),
    Attack(
        "an answer of 100 MB", "import torch\nlrn = lambda *a: torch.zeros(13_000_000).double()"
    ),
    Attack(
        "an answer of endless depth",
        "def lrn(*a):\n    deep = []\n    for _ in range(10**5): deep = [deep]\n    return deep",
    ),
    Attack("an answer that never comes", "def lrn(*a):\n    while True: pass"),
    Attack(
        "an answer that swallows the interrupt",
        "import signal\ndef lrn(*a):\n    signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "    while True: pass",
    ),
    Attack(
        "memory without end when asked",
        "import torch\ndef lrn(*a):\n    kept = []\n    for _ in range(100):\n"
        "        kept.append(torch.ones(25_000_000))\n",
    ),
    Attack(
        "a thread that goes on and makes the next answers wrong",
        LIE
        + """
import threading, time, sys
def spoil():
    time.sleep(60)
threading.Thread(target=spoil, daemon=True).start()
""",
    ),
)
