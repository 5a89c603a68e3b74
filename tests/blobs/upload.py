"""Uploads disk images with poolwright to a real blob service, and reads back what came of it."""

import json
import os
import re
import subprocess
import sys
import traceback

from azurite import MIB, Stage, digest, fixed_vhd, run

FAILED = []


def flat(text):
    """A text without the breaks that a screen's width makes."""
    return " ".join(text.split())


def check(name, holds, said=""):
    print(f"{'ok  ' if holds else 'FAIL'}  {name}", flush=True)
    if not holds:
        FAILED.append(name)
        print("      " + str(said).replace("\n", "\n      "), file=sys.stderr)


def whole_file(stage):
    code, said = stage.run("plan")
    check("the plan says what is uploaded", code == 0 and "upload os.vhd: 20 MiB of 64 MiB" in flat(said), said)
    check("the plan uploads nothing", stage.metadata("render.vhd") is None)
    code, said = stage.apply()
    check("a file becomes a version", code == 0, said)
    check("the blob is the file, byte for byte", stage.blob_digest("render.vhd") == digest(stage.folder / "os.vhd"))
    _, _, pages = stage.ask("GET", "/images/render.vhd?comp=pagelist")
    ranges = re.findall(rb"<Start>(\d+)</Start><End>(\d+)</End>", pages)
    sent = sum(int(end) + 1 - int(start) for start, end in ranges)
    check("only what holds data was sent", sent == 20 * MIB + 512, pages)
    code, said = stage.run("plan", "--detailed-exitcode")
    check("planned again, nothing is left to do", code == 0, said)


def same_content(stage):
    _, before, _ = stage.ask("GET", "/images/render.vhd", {"x-ms-range": "bytes=0-0"})
    code, said = stage.apply(version="2.0.0")
    check("another version of the same content is made", code == 0, said)
    _, after, _ = stage.ask("GET", "/images/render.vhd", {"x-ms-range": "bytes=0-0"})
    check("and sends nothing", before["ETag"] == after["ETag"] and "upload" not in said, said)


def gone_file(stage):
    (stage.folder / "os.vhd").rename(stage.folder / "kept.vhd")
    code, said = stage.run("plan", "--detailed-exitcode")
    check("a file that is gone is not missed once its version is there", code == 0, said)
    code, said = stage.apply(version="3.0.0")
    check("it is missed while the version is not", code == 4 and "os.vhd cannot be read" in flat(said), said)
    (stage.folder / "kept.vhd").rename(stage.folder / "os.vhd")


def other_content(stage):
    fixed_vhd(stage.folder / "new.vhd", 32, [(3, 9)])
    code, said = stage.apply(version="4.0.0", file="new.vhd")
    check("what this stack has put there is overwritten", code == 0 and "in the place of" in flat(said), said)
    check("by all of the new file", stage.blob_digest("render.vhd") == digest(stage.folder / "new.vhd"))


def foreign_blob(stage):
    made = {"x-ms-blob-type": "BlockBlob"}
    stage.ask("PUT", "/images/foreign.vhd", made, b"somebody else's")
    code, said = stage.apply(version="5.0.0", blob="foreign.vhd")
    check("a blob of somebody else stops it", code == 4 and "this stack has not made it" in flat(said), said)
    _, _, still = stage.ask("GET", "/images/foreign.vhd")
    check("and stays as it is", still == b"somebody else's", still)
    code, said = stage.apply(version="5.0.0", container="nowhere")
    wanted = "az storage container create --auth-mode login --account-name renderbuild --name nowhere"
    check("a container that is not there stops it, with the command", code == 4 and wanted in flat(said), said)


def leased_blob(stage):
    fixed_vhd(stage.folder / "leased.vhd", 32, [(3, 2)])
    code, said = stage.apply(version="7.0.0", file="leased.vhd", blob="leased.vhd")
    check("a version whose blob will be leased is made", code == 0, said)
    lease = {"x-ms-lease-action": "acquire", "x-ms-lease-duration": "-1"}
    status, _, said = stage.ask("PUT", "/images/leased.vhd?comp=lease", lease, b"")
    check("somebody leases the blob", status == 201, said)
    code, said = stage.apply(version="7.1.0", file="leased.vhd", blob="leased.vhd")
    check("another version of its content is made, since nothing is written", code == 0, said)
    code, said = stage.apply(version="7.2.0", file="new.vhd", blob="leased.vhd")
    check("another content is stopped, with the command", code == 4 and "az storage blob lease break" in flat(said), said)


def written_file(stage):
    path = stage.folder / "written.vhd"
    fixed_vhd(path, 64, [(3, 40)])
    touched = []

    def touch(_):
        if not touched:
            touched.append(os.utime(path))

    said = stage.watch_uploading(touch, version="8.0.0", file="written.vhd", blob="written.vhd")
    state = stage.metadata("written.vhd").get("poolwrightstate")
    check("a file that is only touched while it is sent is looked at again, and its version made", state == "complete", said)


def two_at_once(stage):
    fixed_vhd(stage.folder / "twice.vhd", 128, [(3, 60)])
    variables = {"version": "9.0.0", "file": "twice.vhd", "blob": "twice.vhd"}
    command = stage.command("apply", f"--emulator={stage.state}", "--yes", **variables)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "cwd": stage.folder}
    both = [subprocess.Popen(command, **pipes) for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    check("two runs at once both end well", all(process.returncode == 0 for process in both), "\n".join(said))
    check("and the blob is the file", stage.blob_digest("twice.vhd") == digest(stage.folder / "twice.vhd"))


def killed(stage):
    fixed_vhd(stage.folder / "large.vhd", 512, [(0, 100), (200, 60)])
    total = 160 * MIB + 512
    variables = {"version": "6.0.0", "file": "large.vhd", "blob": "large.vhd"}
    stage.kill_while_uploading(0.5, **variables)
    state = stage.metadata("large.vhd").get("poolwrightstate")
    check("what a kill leaves says that it is not complete", state == "begun", state)
    code, said = stage.run("plan", **variables)
    check("the next plan goes on", code == 0 and "go on to upload large.vhd" in flat(said), said)
    code, said = stage.run("apply", "--yes", "--format", "json", **variables)
    events = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    sent = max((event["totalBytes"] for event in events if "totalBytes" in event), default=None)
    check("and sends the rest alone", code == 0 and sent is not None and 0 < sent <= 0.51 * total, said)
    check("the blob is the file", stage.blob_digest("large.vhd") == digest(stage.folder / "large.vhd"))
    complete = stage.metadata("large.vhd").get("poolwrightstate")
    check("and complete", complete == "complete", complete)


def wrong_formats(stage):
    for name, options in [
        ("dynamic.vhd", ["-O", "vpc"]),
        ("disk.vhdx", ["-O", "vhdx"]),
        ("disk.qcow2", ["-O", "qcow2"]),
        ("disk.img", ["-O", "raw"]),
    ]:
        run(["qemu-img", "create", "-f", options[1], stage.folder / name, "20M"])
        code, said = stage.run("validate", file=name)
        shown = "error[spec/disk-image]" in said and "qemu-img convert -O vpc -o subformat=fixed,force_size" in flat(said)
        check(f"{name} is refused with the command that makes it right", code == 3 and shown, said)


def main():
    with Stage(sys.argv[1]) as stage:
        fixed_vhd(stage.folder / "os.vhd", 64, [(0, 8), (30, 12)])
        parts = (whole_file, same_content, gone_file, other_content, foreign_blob, leased_blob)
        parts += (written_file, two_at_once, killed, wrong_formats)
        for part in parts:
            try:
                part(stage)
            except Exception:
                check(part.__name__, False, traceback.format_exc())
    sys.exit(1 if FAILED else 0)


main()
