"""The judge: a student's code runs in a sandbox, the verdict is formed outside it.

From the outside to the inside:

- `intake`, `unpack`: what students handed in, opened by a limited process. `mend`: the notebook
  beside the release. `clean`: what a page, a terminal or a table may show.
- `nbgrader_plug`: the judge in nbgrader's steps; `cells`: whose cell it is. `verdicts`: a process
  for the judge, apart from nbgrader's.
- `judge`: one notebook to verdicts; `remote`: an answer in the sandbox, spoken to by the checks'
  protocol; `reference`: the right replies.
- `session`: a kernel to run cells in and to ask, and the deadlines.
- `messages` and `wire`: what a kernel may say, bounded before it is believed. Nothing that comes
  from it is trusted, nothing is unpickled, and no message can make the judge grow.
- `kernel`: one kernel in one sandbox, from start to the death of its last process.
- `sandbox`: the limits, and what bubblewrap is told. `seccomp`: the system calls that are refused.
- `watchdog`: memory, processor time and files in sum. `memory_group`: the system's own limit,
  where there is one. `lodgers`: a user id for each sandbox, where the judge is root. `leftovers`:
  what a killed judge left goes at the next start.
- `start`: a sandbox, and a kernel's process let into it. `preload`: the way to `zygote`, the
  process with torch from which judges and kernels are forked; its lines are the only ones of ours
  that run inside, before the student's.
- `bare`: a kernel without a sandbox, for a teacher's own notebooks.
- `provisioner`: the same sandbox for any Jupyter client.

A student owns everything inside: may patch the kernel, forge its messages, lie in each reply. So
values are compared outside, and silence earns nothing. A fault of the system's kernel is out of
scope: who leaves the sandbox by one is on the grader's machine.
"""
