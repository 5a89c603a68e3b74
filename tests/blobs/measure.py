"""Measures an upload: a 4 GiB image with 300 MiB of data, in one go and killed at half. Prints a line for each run."""

import json
import os
import re
import subprocess
import sys
import time

from azurite import MIB, Stage, digest, fixed_vhd


def measured(stage, name, **variables):
    """Applies, and prints bytes, seconds, requests and the most memory that it had."""
    command = stage.command("apply", f"--emulator={stage.state}", "--yes", "--format", "json", "--log=info", **variables)
    log = stage.folder / "requests.log"
    begun = time.monotonic()
    with open(log, "w") as said:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True, cwd=stage.folder)
        upload = {"bytes": 0}
        ended = begun
        for line in process.stdout:
            event = json.loads(line)
            upload = event if "totalBytes" in event else upload
            if event["event"] == "ended" and event["step"].endswith(" upload"):
                ended = time.monotonic()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, log.read_text()
    puts = len(re.findall(r"PUT.*images/large\.vhd", log.read_text()))
    print(
        f"{name}: {upload['bytes'] / MIB:.1f} MiB sent, {ended - begun:.1f} s until the blob is complete, "
        f"{puts} writes to it, {usage.ru_maxrss / 1024:.0f} MiB of memory at most",
        flush=True,
    )


def main():
    with Stage(sys.argv[1]) as stage:
        image = stage.folder / "large.vhd"
        fixed_vhd(image, 4096, [(0, 100), (1000, 100), (3000, 100)])
        variables = {"file": "large.vhd", "blob": "large.vhd"}
        measured(stage, "in one go", version="1.0.0", **variables)
        assert stage.blob_digest("large.vhd") == digest(image)
        measured(stage, "again, the same content", version="2.0.0", **variables)
        # Another content, so that nothing of it stands there.
        with open(image, "r+b") as file:
            for at in (0, 1000, 3000):
                for number in range(100):
                    file.seek((at + number) * MIB)
                    file.write(os.urandom(MIB))
        sent = stage.kill_while_uploading(0.5, version="3.0.0", **variables)
        print(f"killed: {sent / MIB:.1f} MiB sent by its own word", flush=True)
        measured(stage, "gone on", version="3.0.0", **variables)
        assert stage.blob_digest("large.vhd") == digest(image)


main()
