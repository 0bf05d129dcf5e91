"""A library of the sample company, served for a test: in the clear or through TLS.

    with Served(carrel, source, tls=True) as server:
        server.connect()                 # a socket, TLS already spoken
        server.request("GET", "/healthz")
"""
import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import time

USER, PASSWORD = "ben", "quiet-queue-of-night"


class Served:
    def __init__(self, carrel, source, tls=False, config=""):
        self.tls = tls
        self.folder = tempfile.mkdtemp(prefix="carrel-served-")
        library = os.path.join(self.folder, "lib")
        company = os.path.join(source, "examples", "northlight")
        self.run(carrel, "init", "--data", library)
        self.run(carrel, "user", "import", os.path.join(company, "company.toml"), "--data", library)
        self.run(carrel, "ingest", company, "--data", library)
        with open(os.path.join(library, "config.toml"), "a") as file:
            file.write(config)
        command = [carrel, "serve", "--data", library, "--listen", "127.0.0.1:0"]
        if tls:
            self.make_certificate()
            command += ["--tls-cert", self.path("crt"), "--tls-key", self.path("key")]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        line = self.process.stdout.readline().decode()
        found = re.search(r"at https?://[^:/]+:(\d+)/", line)
        if found is None:
            raise RuntimeError("the server did not start: " + line)
        self.address = ("127.0.0.1", int(found.group(1)))
        self.pid = self.process.pid
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def run(*command):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def path(self, ending):
        return os.path.join(self.folder, "server." + ending)

    def make_certificate(self):
        self.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                 "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", self.path("key"),
                 "-out", self.path("crt"))

    def connect(self, timeout=20, source=None):
        plain = socket.create_connection(self.address, timeout, source and (source, 0))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.context.wrap_socket(plain) if self.tls else plain

    def client(self):
        kind = http.client.HTTPSConnection if self.tls else http.client.HTTPConnection
        extra = {"context": self.context} if self.tls else {}
        return kind(*self.address, timeout=30, **extra)

    def sign_in(self, client):
        """The headers by which `client`'s next requests are USER's."""
        body = json.dumps({"user": USER, "password": PASSWORD})
        client.request("POST", "/api/v1/session", body, {"Content-Type": "application/json"})
        answer = client.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"signing in: status {answer.status}")
        cookies = "; ".join(c.split(";")[0] for c in answer.headers.get_all("Set-Cookie"))
        return {"Cookie": cookies, "X-Carrel-Request": "1", "Content-Type": "application/json"}

    def resident_kb(self):
        with open(f"/proc/{self.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def wait_until_idle(self):
        """Until what the start left to do (embeddings) is done: no processor time for a second."""
        def ticks():
            with open(f"/proc/{self.pid}/stat") as stat:
                return sum(int(n) for n in stat.read().rsplit(")", 1)[1].split()[11:13])
        before = ticks()
        for _ in range(120):
            time.sleep(1)
            now = ticks()
            if now - before <= 2:
                return
            before = now
