"""Runs the checks of a program: each is a function, its name is what it shows, and a line says how it went.

`run` adds the lines up, so that a program needs no more of a framework than this.
"""

import sys
import time
import traceback
from pathlib import Path

from azure.core.exceptions import HttpResponseError

_CHECKS = []


def check(function):
    """Marks a function as a check. Checks run in the order in which they stand."""
    _CHECKS.append(function)
    return function


def run():
    """Runs every check, whatever became of those before it: a later one may well show something of its own."""
    program = Path(sys.argv[0]).stem
    failed = 0
    for function in _CHECKS:
        name = f"{program}: {function.__name__.replace('_', ' ')}"
        begun = time.monotonic()
        try:
            function()
        except Exception as error:  # any: a program that ends early hides what it did not try
            failed += 1
            said = (str(error) or "see the place").strip().splitlines()[0]
            print(f"FAIL  {name}: {type(error).__name__}: {said}", flush=True)
            traceback.print_exc(chain=False)
        else:
            print(f"ok    {name} ({time.monotonic() - begun:.1f} s)", flush=True)
    sys.exit(1 if failed else 0)


def equal(found, wanted):
    """Fails, with both values, unless they are equal."""
    if found != wanted:
        raise AssertionError(f"found {found!r}, wanted {wanted!r}")


def holds(condition, found):
    """Fails, with what was found, unless the condition holds."""
    if not condition:
        raise AssertionError(f"found {found!r}")


def refused(call, status, code, kind=HttpResponseError):
    """Calls, and fails unless it is refused with this status, code, and class of the client's errors."""
    try:
        call()
    except HttpResponseError as error:
        found = (error.status_code, error.error and error.error.code)
        equal(found, (status, code))
        if not isinstance(error, kind):
            raise AssertionError(f"a {type(error).__name__} and no {kind.__name__}") from error
        return error
    raise AssertionError(f"it was not refused with {status} {code}")


def eventually(read, condition, patience=30.0):
    """Reads again until the condition holds, and gives what was read last."""
    end = time.monotonic() + patience
    while True:
        found = read()
        if condition(found):
            return found
        if time.monotonic() > end:
            raise AssertionError(f"after {patience} s still {found!r}")
        time.sleep(0.05)
