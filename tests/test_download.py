import hashlib
import http.server
import threading
from typing import ClassVar

import pytest

from helpers.data import download

CONTENT = bytes(range(256)) * 1000
MD5 = hashlib.md5(CONTENT).hexdigest()


class Server(http.server.BaseHTTPRequestHandler):
    """Sends CONTENT, from where it is asked; `behaviours` says what each request meets."""

    behaviours: ClassVar[list[str]]
    asked: ClassVar[list[str | None]]
    hang: ClassVar[threading.Event]

    def do_GET(self):
        start = self.headers.get("Range")
        self.asked.append(start)
        first = int(start.removeprefix("bytes=").rstrip("-")) if start else 0
        behaviour = self.behaviours.pop(0) if self.behaviours else "whole"
        self.send_response(206 if first else 200)
        self.send_header("Content-Length", str(len(CONTENT) - first))
        self.end_headers()
        if behaviour == "whole":
            self.wfile.write(CONTENT[first:])
            return
        self.wfile.write(CONTENT[first : first + 50_000])
        self.wfile.flush()
        if behaviour == "hangs":
            self.hang.wait(5)

    def log_message(self, *_):
        pass


@pytest.fixture
def address():
    Server.behaviours, Server.asked, Server.hang = [], [], threading.Event()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/x.tgz"
    Server.hang.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("behaviour", ["breaks", "hangs"])
def test_a_download_that_breaks_or_hangs_goes_on_where_it_was(address, tmp_path, behaviour):
    Server.behaviours = [behaviour]
    path = download.fetch(address, MD5, tmp_path / "x.tgz", seconds=0.3)
    assert path.read_bytes() == CONTENT
    assert Server.asked == [None, "bytes=50000-"]


def test_a_download_that_breaks_each_time_keeps_what_came_and_the_next_completes(address, tmp_path):
    Server.behaviours = ["breaks"] * 3
    with pytest.raises(download.DownloadError, match=r"3 tries failed .* kept in"):
        download.fetch(address, MD5, tmp_path / "x.tgz")
    assert (tmp_path / "x.tgz.part").stat().st_size == 150_000
    assert download.fetch(address, MD5, tmp_path / "x.tgz").read_bytes() == CONTENT
    assert Server.asked[-1] == "bytes=150000-"


def test_other_content_is_refused_and_deleted(address, tmp_path):
    with pytest.raises(download.DownloadError, match=f"its MD5 is {MD5}, not 0000"):
        download.fetch(address, "0000", tmp_path / "x.tgz")
    assert list(tmp_path.iterdir()) == []


def test_no_network_says_what_to_do(tmp_path):
    with pytest.raises(download.DownloadError, match="set IMAGENETTE_DIR"):
        download.fetch("http://127.0.0.1:9/x.tgz", MD5, tmp_path / "x.tgz", seconds=1)
