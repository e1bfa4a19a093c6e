"""The sandbox for any Jupyter client."""

import json
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import KernelProvisionerFactory

from helpers.judge.provisioner import kernel_spec

pytestmark = pytest.mark.slow  # kernels start

GROUP = "jupyter_client.kernel_provisioners"


@pytest.fixture(scope="module")
def manager(library, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kernels")
    (folder / "sandbox").mkdir()
    (folder / "sandbox" / "kernel.json").write_text(json.dumps(kernel_spec(library)))
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    entry = EntryPoint("sandbox", project["project"]["entry-points"][GROUP]["sandbox"], GROUP)
    with pytest.MonkeyPatch.context() as patch:
        factory = KernelProvisionerFactory.instance()
        patch.setitem(factory.provisioners, "sandbox", entry)
        specs = KernelSpecManager(kernel_dirs=[str(folder)])
        manager = KernelManager(kernel_name="sandbox", kernel_spec_manager=specs)
        manager.connection_file = str(folder / "connection.json")
        manager.start_kernel()
        yield manager
        manager.shutdown_kernel(now=True)
        assert not manager.is_alive()


def test_a_client_runs_code_in_the_sandbox(manager):
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=30)
    texts = []
    client.execute_interactive(
        "import greeting, os; print(greeting.WORD, os.listdir('/home'))",
        timeout=30,
        output_hook=lambda message: texts.append(message["content"].get("text", "")),
    )
    client.stop_channels()
    assert "hello ['student']" in "".join(texts)


def test_a_client_s_heartbeat_and_interrupt_arrive(manager):
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=30)
    assert client.hb_channel.is_beating()
    client.execute("print('begun'); import time; time.sleep(60)")
    while client.get_iopub_msg(timeout=30)["content"].get("text") != "begun\n":
        pass
    manager.interrupt_kernel()
    reply = client.get_shell_msg(timeout=30)
    client.stop_channels()
    assert reply["content"]["ename"] == "KeyboardInterrupt"


def test_an_ended_kernel_is_seen_as_ended(manager):
    manager.restart_kernel(now=True)
    assert manager.is_alive()
    manager.signal_kernel(9)
    assert not manager.is_alive()
