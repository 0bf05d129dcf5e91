#!/usr/bin/env python3
"""How an honest client fares while a server is attacked.

    under_attack.py CARREL SOURCE_DIR [--small] [--only plain|tls] [--markdown]

Serves the sample company in the clear and then through TLS. Before each attack an honest client
searches over a kept connection, and another asks for health over new ones; during the attack they do
so again. Prints a line an attack: medians and 99th percentiles before and during, their ratio, the
slowest health answer before and during, and resident memory before, during and after. The first line
is of no attack at all: what the machine does by itself. The attacker runs in a process of its own, on
the same machine, so its own work is part of what the honest client feels; it gives way to others, as
it would on a machine of its own. It comes from several loopback addresses, so that what is held is not
bounded by what one address may hold.

The status is 1 if an honest request failed, or health was not answered, or memory grew beyond bounds.
Times are told, not judged: they belong to the machine.
"""
import argparse
import json
import multiprocessing
import os
import statistics
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from served import Served  # noqa: E402

MEMORY_GROWTH_MAX_KB = 96 * 1024
SOURCES = [f"127.0.0.{i}" for i in range(2, 6)]
ATTACKER_NICENESS = 5
HEAD = b" HTTP/1.1\r\nHost: localhost\r\n"


def hold(server, count, first, drip, is_ready, is_over):
    """Opens `count` connections, sends each `first` and then `drip` bytes every second."""
    crowd = []
    for number in range(count):
        try:
            connection = server.connect(source=SOURCES[number % len(SOURCES)])
            if first:
                connection.sendall(first)
            crowd.append(connection)
        except OSError:
            pass
    is_ready.set()
    while not is_over.wait(1):
        for connection in crowd if drip else []:
            try:
                connection.sendall(drip)
            except OSError:
                pass


def nothing(server, is_ready, is_over):
    is_ready.set()
    is_over.wait()


def attacker(body, *arguments):
    os.nice(ATTACKER_NICENESS)
    body(*arguments)


def bursts(server, count, is_ready, is_over):
    """`count` new connections in one moment, each with one request; again and again."""
    def one():
        try:
            connection = server.connect()
            connection.sendall(b"GET /app.js" + HEAD + b"Connection: close\r\n\r\n")
            while connection.recv(65536):
                pass
        except OSError:
            pass
    is_ready.set()
    while not is_over.is_set():
        threads = [threading.Thread(target=one) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        is_over.wait(0.5)


def guesses(server, count, is_ready, is_over):
    """Sign-ins with names that nobody has, as fast as `count` connections take them."""
    def one(number):
        tries = 0
        while not is_over.is_set():
            try:
                client = server.client()
                for _ in range(50):
                    tries += 1
                    client.request("POST", "/api/v1/session",
                                   json.dumps({"user": f"nobody{number}-{tries}", "password": "x"}),
                                   {"Content-Type": "application/json"})
                    client.getresponse().read()
                    if is_over.is_set():
                        return
            except OSError:
                pass
    threads = [threading.Thread(target=one, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    is_ready.set()
    for thread in threads:
        thread.join()


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


class Honest:
    def __init__(self, server):
        self.server = server
        self.client = server.client()
        self.headers = server.sign_in(self.client)
        self.failed = 0

    def search(self, seconds):
        times, until = [], time.monotonic() + seconds
        body = json.dumps({"query": "annual leave"})
        while time.monotonic() < until:
            begin = time.perf_counter()
            self.client.request("POST", "/api/v1/search", body, self.headers)
            answer = self.client.getresponse()
            answer.read()
            times.append(1000 * (time.perf_counter() - begin))
            self.failed += answer.status != 200
            if answer.getheader("Connection") == "close":
                self.client.close()
            time.sleep(0.01)
        return times

    def health(self, seconds, times):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            begin = time.perf_counter()
            try:
                client = self.server.client()
                client.request("GET", "/healthz")
                self.failed += client.getresponse().status != 200
                client.close()
            except OSError:
                self.failed += 1
            times.append(1000 * (time.perf_counter() - begin))
            time.sleep(0.05)

    def measure(self, seconds):
        health = []
        beside = threading.Thread(target=self.health, args=(seconds, health))
        beside.start()
        searches = self.search(seconds)
        beside.join()
        return searches, health


def attack(server, honest, name, body, arguments, seconds, is_small):
    before, health_before = honest.measure(seconds)
    memory = [server.resident_kb()]
    is_ready, is_over = multiprocessing.Event(), multiprocessing.Event()
    process = multiprocessing.Process(target=attacker,
                                      args=(body, server, *arguments, is_ready, is_over))
    process.start()
    is_ready.wait(60)
    during, health = honest.measure(seconds)
    memory.append(server.resident_kb())
    is_over.set()
    process.join(30)
    if process.is_alive():
        process.kill()
    if not is_small:
        server.wait_until_idle()
    memory.append(server.resident_kb())
    return {"attack": name, "tls": server.tls,
            "search_p50_ms": [round(statistics.median(t), 1) for t in (before, during)],
            "search_p99_ms": [round(percentile(t, 0.99), 1) for t in (before, during)],
            "p99_ratio": round(percentile(during, 0.99) / percentile(before, 0.99), 2),
            "health_max_ms": [round(max(t), 1) for t in (health_before, health)],
            "memory_kb": memory, "failed": honest.failed}


def run(server, is_small):
    share, seconds = (10, 1) if is_small else (1, 5)
    slow_body = (b"POST /api/v1/session" + HEAD +
                 b"Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n{")
    attacks = [("nothing", nothing, ()),
               ("slow heads", hold, (400 // share, b"GET /healthz HT", b"")),
               ("dripping heads", hold, (400 // share, b"GET /" + HEAD + b"X: ", b"a")),
               ("slow bodies", hold, (400 // share, slow_body, b" ")),
               ("idle", hold, (2000 // share, b"", b"")),
               ("slow readers", hold, (200 // share, b"GET /app.js" + HEAD + b"\r\n", b"")),
               ("64 at once", bursts, (64,)),
               ("sign-in flood", guesses, (16,))]
    server.wait_until_idle()
    honest = Honest(server)
    honest.measure(1)
    for name, body, arguments in attacks:
        yield attack(server, honest, name, body, arguments, seconds, is_small)


def told(row, is_markdown):
    """One line for a person, or one of a table."""
    way = "TLS" if row["tls"] else "clear"
    p50, p99, health = row["search_p50_ms"], row["search_p99_ms"], row["health_max_ms"]
    memory = " ".join(f"{kb / 1024:.1f}" for kb in row["memory_kb"])
    if is_markdown:
        return (f"| {row['attack']}, {way} | {p50[0]} / {p50[1]} | {p99[0]} / {p99[1]} | "
                f"{row['p99_ratio']} | {health[0]} / {health[1]} | "
                f"{memory.replace(' ', ' / ')} |")
    return (f"{way:5} {row['attack']:15} search p50 {p50[0]:6} -> {p50[1]:6} ms, "
            f"p99 {p99[0]:6} -> {p99[1]:6} ms (x{row['p99_ratio']}), slowest health "
            f"{health[0]:5} -> {health[1]:5} ms, memory {memory} MiB, {row['failed']} failed")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("carrel")
    parser.add_argument("source")
    parser.add_argument("--small", action="store_true", help="for tests: fewer and shorter")
    parser.add_argument("--only", choices=("plain", "tls"))
    parser.add_argument("--markdown", action="store_true", help="lines of a table")
    flags = parser.parse_args()
    held = True
    for tls in [way == "tls" for way in ("plain", "tls") if flags.only in (None, way)]:
        with Served(flags.carrel, flags.source, tls=tls) as server:
            for row in run(server, flags.small):
                growth = max(row["memory_kb"]) - row["memory_kb"][0]
                is_good = row["failed"] == 0 and growth < MEMORY_GROWTH_MAX_KB
                held &= is_good
                mark = "" if flags.markdown else "held   " if is_good else "BROKEN "
                print(mark + told(row, flags.markdown), flush=True)
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
