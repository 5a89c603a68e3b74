"""Azurite, the blob service that stands in for Azure's, with an emulator of poolwright that knows a storage account there.

What both the checks (`upload.py`) and the measurement (`measure.py`) begin with.
"""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MIB = 1024 * 1024


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Stage:
    """A folder with a stack in it, an emulator, and Azurite; all of it goes at the end."""

    def __init__(self, binary):
        self.binary = binary
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.processes = []
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}/devstoreaccount1"

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
            process.wait()
        shutil.rmtree(self.folder)

    def start(self):
        shutil.copy(HERE / "stack.yaml", self.folder)
        seed = (HERE / "seed.json").read_text().replace("PORT", str(self.port))
        (self.folder / "seed.json").write_text(seed)
        self.state = self.folder / "state"
        command = [self.binary, "emulator", "--listen", "127.0.0.1:0", "--state", self.state]
        command += ["--time-scale", "1800", "--seed", self.folder / "seed.json"]
        self.spawn(command, "emulator", lambda said: said.strip().endswith("}"))
        self.sign()
        azurite = ROOT / "target/blobs/node_modules/azurite/dist/src/blob/main.js"
        command = ["node", azurite, "--blobHost", "127.0.0.1", "--blobPort", str(self.port), "--oauth", "basic"]
        command += ["--cert", self.folder / "blob.pem", "--key", self.folder / "blob-key.pem"]
        command += ["--skipApiVersionCheck", "--disableTelemetry", "--inMemoryPersistence", "--silent"]
        self.spawn(command, "azurite", lambda said: "successfully listens" in said)
        self.trust = ssl.create_default_context(cafile=self.state / "ca.pem")
        status, _, said = self.ask("PUT", "/images?restype=container", body=b"")
        assert status == 201, said

    def spawn(self, command, name, is_up):
        """Starts a server and waits until what it prints says that it is up."""
        log = self.folder / f"{name}.log"
        with open(log, "wb") as out:
            process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=out, cwd=self.folder)
        self.processes.append(process)
        for _ in range(600):
            if is_up(log.read_text()):
                return
            if process.poll() is not None:
                break
            time.sleep(0.05)
        sys.exit(f"{name} did not start:\n{log.read_text()}")

    def sign(self):
        """A certificate for loopback of the emulator's authority, which is the only one that poolwright trusts here."""
        names = self.folder / "names"
        names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        key, request, made = (self.folder / name for name in ("blob-key.pem", "blob.csr", "blob.pem"))
        new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
        run(new + ["-keyout", key, "-out", request])
        sign = ["openssl", "x509", "-req", "-days", "2", "-in", request, "-extfile", names, "-out", made]
        run(sign + ["-CA", self.state / "ca.pem", "-CAkey", self.state / "ca-key.pem", "-CAcreateserial"])

    def token(self):
        now = int(time.time())
        claims = {"aud": "https://storage.azure.com", "iss": "https://sts.windows.net/x/"}
        claims |= {"iat": now, "nbf": now, "exp": now + 3600, "oid": "x", "tid": "x", "ver": "1.0"}
        parts = [json.dumps({"typ": "JWT", "alg": "none"}), json.dumps(claims), "test"]
        return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)

    def ask(self, method, path, headers=None, body=None):
        """Status, headers and body of a request to Azurite as somebody else than poolwright."""
        sent = {"Authorization": f"Bearer {self.token()}", "x-ms-version": "2021-12-02"} | (headers or {})
        request = urllib.request.Request(self.url + path, method=method, data=body, headers=sent)
        try:
            with urllib.request.urlopen(request, context=self.trust) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def command(self, verb, *arguments, **variables):
        named = [f"--var={name}={value}" for name, value in variables.items()]
        command = [self.binary, verb, self.folder / "stack.yaml", *arguments, *named]
        return [str(part) for part in command]

    def run(self, verb, *arguments, **variables):
        """Exit code and all that a command of poolwright over the stack says."""
        emulator = [] if verb == "validate" else [f"--emulator={self.state}"]
        command = self.command(verb, *emulator, *arguments, **variables)
        ended = subprocess.run(command, capture_output=True, text=True, cwd=self.folder)
        return ended.returncode, ended.stdout + ended.stderr

    def apply(self, **variables):
        return self.run("apply", "--yes", **variables)

    def blob_digest(self, name):
        """The digest of a blob, read back in parts, and its size."""
        whole, at = hashlib.sha256(), 0
        while True:
            wanted = {"x-ms-range": f"bytes={at}-{at + 16 * MIB - 1}"}
            status, headers, part = self.ask("GET", f"/images/{name}", wanted)
            assert status == 206, (status, part[:300])
            whole.update(part)
            at += len(part)
            if at >= int(headers["Content-Range"].rsplit("/", 1)[1]):
                return whole.hexdigest(), at

    def metadata(self, name):
        """The metadata of a blob, or none where there is no blob."""
        status, headers, _ = self.ask("GET", f"/images/{name}", {"x-ms-range": "bytes=0-0"})
        if status == 404:
            return None
        named = {key.lower(): value for key, value in headers.items()}
        return {key[len("x-ms-meta-") :]: value for key, value in named.items() if key.startswith("x-ms-meta-")}

    def watch_uploading(self, see, **variables):
        """Applies, and calls `see` with each event of the upload. All that was said."""
        command = self.command("apply", f"--emulator={self.state}", "--yes", "--format", "json", **variables)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.folder)
        said = []
        for line in process.stdout:
            said.append(line)
            if '"totalBytes"' in line:
                see(line)
        process.wait()
        return "".join(said)

    def kill_while_uploading(self, share, **variables):
        """Applies, and kills it without a word when that share of the bytes has been sent. The bytes that it told of."""
        command = self.command("apply", f"--emulator={self.state}", "--yes", "--format", "json", **variables)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=self.folder)
        for line in process.stdout:
            event = json.loads(line)
            if event.get("totalBytes") and event["bytes"] >= share * event["totalBytes"]:
                process.kill()
                process.wait()
                return event["bytes"]
        sys.exit("it came to its end before it could be killed")


def run(command):
    ended = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if ended.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{ended.stderr}")


def digest(path):
    """The digest of a file, and its size."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), os.path.getsize(path)


def fixed_vhd(path, mib, parts):
    """A fixed VHD as qemu-img makes it, of so many MiB, with random bytes in these (MiB, length in MiB)."""
    raw = path.with_suffix(".raw")
    with open(raw, "wb") as file:
        file.truncate(mib * MIB)
        for at, length in parts:
            for number in range(length):
                file.seek((at + number) * MIB)
                file.write(os.urandom(MIB))
    options = ["-f", "raw", "-O", "vpc", "-o", "subformat=fixed,force_size"]
    run(["qemu-img", "convert", *options, raw, path])
    raw.unlink()
