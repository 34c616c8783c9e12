"""A test runner of thirty lines: named steps, and one closing line."""

import sys
import traceback

passed = 0
failed = 0


def step(name):
    """Runs the decorated function at once; its failure is printed and counted."""

    def run(work):
        global passed, failed
        try:
            work()
            passed += 1
            print(f"ok   {name}", flush=True)
        except Exception:
            failed += 1
            print(f"FAIL {name}\n{traceback.format_exc()}", flush=True)

    return run


def equal(found, expected, what):
    """Fails the step unless both are the same."""
    assert found == expected, f"{what}: expected {expected!r}, found {found!r}"


def finish():
    """Prints the closing line and ends the process."""
    print(f"{passed} passed, {failed} failed", flush=True)
    sys.exit(0 if failed == 0 else 1)
