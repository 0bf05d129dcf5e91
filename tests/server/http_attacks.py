#!/usr/bin/env python3
"""Attacks a running server with requests that break or bend HTTP, and says what came of each.

    http_attacks.py HOST:PORT [PID]
    http_attacks.py --serve CARREL SOURCE_DIR [--tls]

The second form serves the sample company itself, in the clear or through TLS. With the server's
process id it also prints resident memory before and after. Needs no account: what
is tried here must be refused, or be harmless, before anybody is signed in. The status is 1 when an
attack got through. Only for servers one is responsible for.
"""
import os
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from served import Served  # noqa: E402

MEMORY_GROWTH_MAX_KB = 16 * 1024


class Target:
    def __init__(self, address, pid):
        host, _, port = address.rpartition(":")
        self.address = (host.strip("[]"), int(port))
        self.host = address.encode()
        self.pid = pid

    def connect(self):
        return socket.create_connection(self.address, timeout=10)

    def send(self, data, wait_s=3):
        """Sends `data` and returns all that comes back; a reset while sending is no error."""
        with self.connect() as connection:
            try:
                connection.sendall(data)
            except OSError:
                pass
            return receive(connection, wait_s)

    def get(self, path):
        return self.send(self.head(b"GET " + path + b" HTTP/1.1", b"Connection: close"))

    def head(self, line, *headers):
        return b"\r\n".join([line, b"Host: " + self.host, *headers, b"", b""])

    def resident_kb(self):
        if self.pid is None:
            return None
        with open(f"/proc/{self.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def receive(connection, wait_s):
    connection.settimeout(wait_s)
    out = b""
    try:
        while piece := connection.recv(65536):
            out += piece
    except OSError:
        pass
    return out


def status(answer):
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.") else None


def flood(target, first, piece, times):
    with target.connect() as connection:
        try:
            connection.sendall(first)
            for _ in range(times):
                connection.sendall(piece)
        except OSError:
            pass
        return receive(connection, 2)


def chunked_over_limit(target):
    body = b"A" * 1_000_000
    answer = target.send(
        target.head(b"POST /api/v1/session HTTP/1.1", b"Transfer-Encoding: chunked")
        + b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n")
    return status(answer) in (400, 411, None), f"status {status(answer)}"


def body_over_limit(target):
    answer = target.send(
        target.head(b"POST /api/v1/session HTTP/1.1", b"Content-Length: 10000000") + b"A" * 200_000)
    return status(answer) == 413, f"status {status(answer)}"


def smuggled(target, *headers, body=b""):
    inner = target.head(b"GET /healthz HTTP/1.1")
    lengths = [h.replace(b"INNER", b"%d" % len(inner)) for h in headers]
    answer = target.send(target.head(b"POST /api/v1/session HTTP/1.1", *lengths) + body + inner)
    count = answer.count(b"HTTP/1.1 ")
    return count <= 1 and status(answer) != 200, f"{count} answer(s), status {status(answer)}"


def length_and_chunks(target):
    return smuggled(target, b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n")


def two_lengths(target):
    return smuggled(target, b"Content-Length: INNER", b"Content-Length: INNER")


def late_body(target):
    inner = target.head(b"GET /healthz HTTP/1.1")
    length = b"Content-Length: %d" % len(inner)
    with target.connect() as connection:
        connection.sendall(target.head(b"POST /api/v1/session HTTP/1.1", length, length))
        answer = connection.recv(65536)
        try:
            connection.sendall(inner)
        except OSError:
            pass
        answer += receive(connection, 5)
    count = answer.count(b"HTTP/1.1 ")
    return count == 1, f"{count} answer(s)"


def long_header(target):
    answer = flood(target, b"GET /healthz HTTP/1.1\r\nX: ", b"B" * 1_000_000, 30)
    return status(answer) in (431, None), f"status {status(answer)}"


def many_headers(target):
    lines = b"".join(b"X-%d: %s\r\n" % (i, b"v" * 50) for i in range(1000))
    answer = flood(target, b"GET /healthz HTTP/1.1\r\n", lines, 100)
    return status(answer) in (431, None), f"status {status(answer)}"


def many_ranges(target):
    ranges = b"Range: bytes=" + b",".join([b"0-"] * 400)
    answer = target.send(target.head(b"GET /app.js HTTP/1.1", ranges))
    return status(answer) == 416 and len(answer) < 8192, f"status {status(answer)}, {len(answer)} bytes"


def depth_bomb(target):
    body = b'{"user":' + b"[" * 30_000 + b"]" * 30_000 + b"}"
    answer = target.send(
        target.head(b"POST /api/v1/session HTTP/1.1", b"Content-Type: application/json",
                    b"Content-Length: %d" % len(body)) + body)
    return status(answer) == 400, f"status {status(answer)}"


def absolute_target(target):
    answer = target.send(target.head(b"GET http://evil.example/ HTTP/1.1"))
    return status(answer) == 400, f"status {status(answer)}"


def foreign_host(target):
    answer = target.send(b"GET /healthz HTTP/1.1\r\nHost: evil.example/\r\n\r\n")
    return status(answer) == 400, f"status {status(answer)}"


def kept_open_then_smuggled(target):
    """On a connection that is kept: what follows a refused request is not answered."""
    worst = 0
    for bad in (b"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n",
                b"GET /healthz HTTP/1.1\nHost: a\n\n",
                b"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc",
                b"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc"):
        with target.connect() as connection:
            connection.sendall(target.head(b"GET /healthz HTTP/1.1"))
            first = connection.recv(65536)
            connection.sendall(bad + target.head(b"GET /readyz HTTP/1.1"))
            rest = receive(connection, 5)
        if status(first) != 200 or status(rest) not in (400, 411, None):
            return False, f"status {status(first)}, then {status(rest)}"
        worst = max(worst, rest.count(b"HTTP/1.1 "))
    return worst <= 1, f"{worst} answer(s)"


def pipelined(target):
    """Two requests in one packet: the first is answered and ends the connection."""
    answer = target.send(target.head(b"GET /healthz HTTP/1.1") + target.head(b"GET /readyz HTTP/1.1"))
    count = answer.count(b"HTTP/1.1 ")
    return count == 1, f"{count} answer(s)"


def slow_crowd(target, connections=200):
    """Idle and dripping connections; a healthy request must be answered while they last."""
    crowd = [target.connect() for _ in range(connections)]
    try:
        for connection in crowd[: connections // 2]:
            connection.sendall(b"GET /healthz HT")
        begin = time.monotonic()
        answer = target.get(b"/healthz")
        waited = time.monotonic() - begin
        return status(answer) == 200 and waited < 5, f"healthy request after {waited:.3f} s"
    finally:
        for connection in crowd:
            connection.close()


ATTACKS = [chunked_over_limit, body_over_limit, length_and_chunks, two_lengths, late_body, long_header,
           many_headers, many_ranges, depth_bomb, absolute_target, foreign_host, kept_open_then_smuggled,
           pipelined, slow_crowd]


class ServedTarget(Target):
    def __init__(self, server):
        super().__init__(f"127.0.0.1:{server.address[1]}", server.pid)
        self.connect = server.connect


def main():
    if len(sys.argv) in (4, 5) and sys.argv[1] == "--serve":
        with Served(sys.argv[2], sys.argv[3], tls="--tls" in sys.argv) as server:
            server.wait_until_idle()
            sys.exit(run(ServedTarget(server)))
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(run(Target(sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else None)))


def run(target):
    before = target.resident_kb()
    held = True
    for attack in ATTACKS:
        withstood, what = attack(target)
        held &= withstood
        print(f"{'held  ' if withstood else 'BROKEN'} {attack.__name__}: {what}")
    alive = status(target.get(b"/healthz")) == 200
    print(f"{'held  ' if alive else 'BROKEN'} the server still answers")
    after = target.resident_kb()
    if before is not None:
        grew = after - before
        held &= grew < MEMORY_GROWTH_MAX_KB
        print(f"{'held  ' if grew < MEMORY_GROWTH_MAX_KB else 'BROKEN'} resident memory {before} -> {after} kB")
    return 0 if held and alive else 1


if __name__ == "__main__":
    main()
