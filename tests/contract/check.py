#!/usr/bin/env python3
"""Holds recorded exchanges against Azure's own contract.

    check.py [--others] RECORDING_OR_FOLDER...

A recording is what `poolwright emulator --record FILE` writes, and what the tests write when POOLWRIGHT_RECORD names a
folder. The contract is a folder `shared/azure-contract` beside the project, which is no part of it: without it there is
nothing to hold against, and this says so and succeeds.

Exchanges that a script of faults made are counted apart: they are meant to be wrong. With --others the recording is of
clients that are not ours: their requests are their own affair, and so is an api-version that the contract does not hold;
every answer they got is judged all the same.
"""

import collections
import importlib.util
import json
import pathlib
import re
import sys
import urllib.parse

PROJECT = pathlib.Path(__file__).resolve().parents[2]
CONTRACT = PROJECT.parent / "shared" / "azure-contract" / "tools" / "conformance.py"

# What the contract says and Azure does not do. Secrets are required in the models that requests and answers share, and
# no answer has them: the contract's own examples of answers (PoolGet.json, PoolList.json) leave them out too.
# The length of a file is text on the wire, by the official contract and its examples; what was derived from an SDK tells
# what the SDK makes of it.
KNOWN = re.compile(
    r"\$response\S*: missing required '(password|accountKey)'$"
    # What HTTP itself answers to a condition that holds; the contract declares the condition and not this.
    r"|^status: 304 not declared"
    r"|\.contentLength: type str, want integer$"
)
# The list of permissions on a resource has that resource's path inside its own, whose slashes the checker's templates do
# not take; the resource group's list has the same parameters and the same model.
PERMISSIONS = re.compile(r"(/resourcegroups/[^/]+)/providers/.+(/providers/Microsoft\.Authorization/permissions)\b", re.I)
# The contract has no list of permissions on a subscription itself: it is held against the resource group's. Were it refused,
# what rests on it (versions that go for their age) would stay.
ON_SUBSCRIPTION = re.compile(r"(/subscriptions/[^/]+)(/providers/Microsoft\.Authorization/permissions)\b", re.I)
# So it is with role assignments and definitions: `{scope}` is the whole path of what they are attached to.
ROLES = re.compile(r"^(\w+://[^/]+)/.+(/providers/Microsoft\.Authorization/role(?:Assignments|Definitions)\b)", re.I)
# Where an account's write is asked after. Azure names the place in the answer, and the contract does not hold it.
ACCOUNT_RESULTS = re.compile(r"/locations/[^/]+/accountOperationResults/", re.I)
# Of storage accounts the contract holds nothing.
STORAGE = re.compile(r"/providers/Microsoft\.Storage/", re.I)
# What a client sent, as against what it was answered.
SENT = re.compile(r"(\$request\S*|query): ")
# What a client left out of the answer itself, by asking for some properties only.
LEFT_OUT = re.compile(r"\$response\S*: missing required ")


def lines_of(places):
    """Every recorded line, and how often it was recorded: tests that kill a run everywhere repeat themselves a hundredfold."""
    lines = collections.Counter()
    for place in map(pathlib.Path, places):
        files = sorted(place.glob("**/*.jsonl")) if place.is_dir() else [place]
        for file in files:
            with open(file, encoding="utf-8") as recording:
                lines.update(line for line in recording if line.strip())
    return lines


def contract():
    """The contract's own checker, as a module."""
    spec = importlib.util.spec_from_file_location("conformance", CONTRACT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main():
    places = [argument for argument in sys.argv[1:] if argument != "--others"]
    others = "--others" in sys.argv
    if not places:
        sys.exit(__doc__)
    if not CONTRACT.exists():
        print("skipped: Azure's contract does not stand beside the project")
        return
    checker = contract()
    counts, wrong, known = collections.Counter(), collections.Counter(), collections.Counter()
    for line, times in lines_of(places).items():
        exchange = json.loads(line)
        if exchange.get("fault"):
            counts["struck by scripted faults"] += times
            continue
        exchange["url"] = PERMISSIONS.sub(r"\1\2", exchange["url"])
        exchange["url"] = ON_SUBSCRIPTION.sub(r"\1/resourcegroups/any\2", exchange["url"])
        exchange["url"] = ROLES.sub(r"\1/scope\2", exchange["url"])
        url, status = urllib.parse.urlsplit(exchange["url"]), int(exchange["status"])
        selected = "$select" in urllib.parse.parse_qs(url.query)
        operation, findings = (None, [])
        outside = (checker.OUTSIDE, ACCOUNT_RESULTS, STORAGE)
        is_outside = any(pattern.search(url.path) for pattern in outside)
        if not is_outside:
            operation, findings = checker.judge(exchange)
        if operation:
            counts["checked"] += times
        elif is_outside or status >= 400:
            counts["outside"] += times
        elif others:
            counts["on api-versions that the contract does not hold"] += times
        else:
            wrong[f"no operation serves {exchange['method']} {url.path}?{url.query}"] += times
        for finding in findings:
            if selected and LEFT_OUT.match(finding):
                continue
            if KNOWN.search(finding):
                known[finding] += times
            elif not (others and SENT.match(finding)):
                wrong[f"{operation} {exchange['method']} {status}: {finding}"] += times
    print("exchanges:", ", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    for finding, count in sorted(known.items()):
        print(f"known: {count} x {finding}")
    for finding, count in wrong.most_common(50):
        print(f"WRONG: {count} x {finding}")
    if not counts["checked"]:
        sys.exit("nothing was recorded that the contract knows")
    if wrong:
        sys.exit(f"{sum(wrong.values())} findings against the contract")
    print("no violation, and nothing unmatched")


if __name__ == "__main__":
    main()
