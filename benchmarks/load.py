"""A load generator that costs little: one thread, a few keep-alive connections, requests made beforehand.

    python -m benchmarks.load PORT CONNECTIONS PATH KEY < BODIES

BODIES is a JSON body a line. Each connection sends one, waits for the answer, sends the next that nobody has sent.
Prints JSON: seconds, requests, statuses, cpuSeconds of this process, latencies in milliseconds.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import sys
import time
from collections import Counter
from typing import Any

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
PATIENCE = 60.0


def main(port: int, connections: int, path: str, key: str) -> dict[str, Any]:
    requests = [_request(path, key, line.strip()) for line in sys.stdin.buffer if line.strip()]
    return Load(port, requests).run(connections)


class Load:
    """One run over a list of requests."""

    def __init__(self, port: int, requests: list[bytes]) -> None:
        self.port = port
        self.waiting = iter(requests)
        self.statuses: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.selector = selectors.DefaultSelector()

    def run(self, connections: int) -> dict[str, Any]:
        cpu, began = time.process_time(), time.perf_counter()
        for _ in range(connections):
            self._send(_Connection(self.port))
        while self.selector.get_map():
            ready = self.selector.select(PATIENCE)
            if not ready:
                raise TimeoutError(f"no answer within {PATIENCE:.0f} s")
            for key, _ in ready:
                self._receive(key.data)
        seconds = time.perf_counter() - began
        ordered = sorted(self.latencies)
        return {
            "seconds": seconds,
            "requests": len(ordered),
            "statuses": dict(self.statuses),
            "cpuSeconds": time.process_time() - cpu,
            "p50": 1000 * ordered[len(ordered) // 2],
            "p99": 1000 * ordered[len(ordered) * 99 // 100],
        }

    def _send(self, connection: _Connection) -> None:
        request = next(self.waiting, None)
        if connection.is_registered:
            self.selector.unregister(connection.socket)
            connection.is_registered = False
        if request is None:
            connection.socket.close()
            return
        connection.send(request)
        self.selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.is_registered = True

    def _receive(self, connection: _Connection) -> None:
        answer = connection.receive()
        if answer is None:
            return
        self.statuses[answer[9:12].decode()] += 1
        self.latencies.append(time.perf_counter() - connection.sent_at)
        self._send(connection)


class _Connection:
    """A keep-alive connection with one request in flight."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.is_registered = False
        self.got = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.got = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """The whole answer, or None while it is not there yet."""
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("the server closed a connection in the middle")
        self.got += part
        head, separator, body = self.got.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not separator or (length and len(body) < int(length[1])):
            return None
        return self.got


def _request(path: str, key: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])))
