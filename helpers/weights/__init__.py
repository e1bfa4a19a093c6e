"""Small trained members that come with the course, so that pages need no training.

Each is `<network>.safetensors` (half precision) and `<network>.json`, the record of its training
with the file's hash. They are made by `make train NETWORK=... ARGUMENTS=--package`.
"""

import hashlib
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from helpers import networks, results
from helpers.names import choose

FOLDER = Path(__file__).parent


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def save(network: nn.Module, run: results.Run) -> Path:
    """Packages the network's weights with the record of their training."""
    path = FOLDER / f"{run.network}.safetensors"
    state = {k: v.half().cpu() if v.is_floating_point() else v for k, v in _state(network)}
    save_file(state, path)
    record = replace(run, environment={**run.environment, "sha256": _digest(path)})
    results.save(record, FOLDER).replace(FOLDER / f"{run.network}.json")
    return path


def _state(network: nn.Module):
    return ((key, value.contiguous()) for key, value in network.state_dict().items())


def packaged() -> list[str]:
    """The names of the packaged networks, in the order of the table of networks."""
    return [name for name in networks.NETWORKS if (FOLDER / f"{name}.safetensors").exists()]


def load(name: str) -> tuple[nn.Module, results.Run]:
    """The packaged network of that name, in eval mode, and the record of its training.

    Raises:
        ValueError: no such network is packaged (the list is printed), or its file was changed.
    """
    choose("packaged network", name, packaged())
    path, run = FOLDER / f"{name}.safetensors", results.load(name, FOLDER)
    if _digest(path) != run.environment["sha256"]:
        raise ValueError(f"{path}: not the file of its record; restore both with git checkout")
    network = networks.build(name, len(run.classes), **run.variant)
    networks.load_state(network, {k: v.float() for k, v in load_file(path).items()})
    return network.eval(), run


def statistics(run: results.Run) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation with which the network's pictures were normalised, (3,) each."""
    return torch.tensor(run.mean), torch.tensor(run.std)
