#!/usr/bin/env bash
# Runs the Python matcher's tests against the real packages, in a virtual environment (.venv, kept).
# Prints at the end what was left out and why. The proof on real traces is `npm run check:masks`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${PYTHON:-python3}
venv=.venv
here=integrations/python
stamp=$(cat $here/requirements-*.txt scripts/test-python.sh | sha256sum)
if [ ! -f $venv/stamp ] || [ "$(cat $venv/stamp)" != "$stamp" ]; then
  rm -rf $venv
  "$python" -m venv $venv
  pip="$venv/bin/python -m pip --disable-pip-version-check install --quiet"
  $pip -r $here/requirements-test.txt
  # verl is not made for machines like this one: without it, its test is skipped and says so.
  { $pip -r $here/requirements-verl.txt && $pip --no-deps verl==0.9.1 TransferQueue==0.1.11; } || echo "test:python: verl was not installed" >&2
  echo "$stamp" > $venv/stamp
fi
PYTHONDONTWRITEBYTECODE=1 $venv/bin/python -m pytest -p no:cacheprovider -q -rs $here/tests "$@"
