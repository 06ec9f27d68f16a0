#!/bin/sh
# Create the virtual environment $1 with the first interpreter that is new enough, or say what is missing.
set -eu

candidates=${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}
for candidate in $candidates; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        if "$candidate" -m venv "$1"; then
            exit 0
        fi
        echo "error: '$candidate -m venv' failed; on Debian and Ubuntu, install the package python3-venv." >&2
        exit 1
    fi
done

first=${candidates%% *}
found=$("$first" --version 2>/dev/null || echo "no $first")
echo "error: globaltables needs Python 3.11 or newer; this machine has: $found." >&2
echo "       Install a newer one, or name it: make run PYTHON=/path/to/python3.12" >&2
exit 1
