"""Fetches Imagenette once: resumed where it broke, checked, unpacked, kept in the cache folder."""

import hashlib
import http.client
import shutil
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

from filelock import FileLock
from tqdm import tqdm

from helpers.data import cache

# address and checksum as in torchvision.datasets.Imagenette
ADDRESS = "https://s3.amazonaws.com/fast-ai-imageclas/imagenette2-320.tgz"
MD5 = "3df6f0d01a2c9592104656642f5e78a3"
TRIES, SECONDS = 3, 30


class DownloadError(OSError):
    """The archive could not be fetched whole; the message says what to do."""


def imagenette() -> Path:
    """The folder with train/ and val/, fetched and unpacked at the first call.

    Raises:
        DownloadError: no connection, one that breaks again and again, or other content.
    """
    folder = cache.folder() / "imagenette2-320"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            _unpack(fetch(ADDRESS, MD5, folder.with_suffix(".tgz")), folder)
    return folder


def fetch(address: str, md5: str, path: Path, seconds: float = SECONDS) -> Path:
    """The file at `address`, of which what is already in `<path>.part` is not fetched again.

    Args:
        seconds: how long a silent connection is waited for.
    """
    part = path.with_name(path.name + ".part")
    reason = ""
    for _ in range(TRIES):
        try:
            _fetch_rest(address, part, seconds)
            break
        except (OSError, http.client.HTTPException) as error:
            reason = str(getattr(error, "reason", None) or error or type(error).__name__)
    else:
        raise DownloadError(
            f"{address}: {TRIES} tries failed ({reason}); what came is kept in {part}. Try again "
            "when the network is there, or fetch it by hand and set IMAGENETTE_DIR to its folder"
        )
    with part.open("rb") as file:
        found = hashlib.file_digest(file, "md5").hexdigest()
    if found != md5:
        part.unlink()
        raise DownloadError(f"{address}: its MD5 is {found}, not {md5}; it was deleted, try again")
    return part.rename(path)


def _fetch_rest(address: str, part: Path, seconds: float) -> None:
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        answer = urllib.request.urlopen(request, timeout=seconds)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # nothing is left to fetch
            return
        raise
    with answer:
        if answer.status != 206:  # the server sends the whole file
            have = 0
        left = int(answer.headers.get("Content-Length", 0))
        with (
            part.open("ab" if have else "wb") as file,
            tqdm(total=have + left, initial=have, unit="B", unit_scale=True, disable=None) as bar,
        ):
            while block := answer.read1(1 << 16):
                file.write(block)
                bar.update(len(block))
                left -= len(block)
        if left > 0:
            raise http.client.IncompleteRead(b"", left)


def _unpack(archive: Path, folder: Path) -> None:
    """Unpacks beside and renames, so that a kill leaves no half folder."""
    beside = folder.with_name(folder.name + ".unpacking")
    shutil.rmtree(beside, ignore_errors=True)
    with tarfile.open(archive) as tar:
        tar.extractall(beside, filter="data")
    (beside / folder.name).rename(folder)
    shutil.rmtree(beside)
    archive.unlink()
