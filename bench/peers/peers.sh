#!/usr/bin/env bash
# Prepares the virtual environment of the peers (.venv-peers, kept) and runs them: npm run bench:peers -- [--limit SECONDS] [FILE]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
venv=$root/.venv-peers
here=$root/bench/peers
stamp=$(sha256sum < "$here/requirements.txt")
if [ ! -f "$venv/stamp" ] || [ "$(cat "$venv/stamp")" != "$stamp" ]; then
  rm -rf "$venv"
  "${PYTHON:-python3}" -m venv "$venv"
  "$venv/bin/python" -m pip --disable-pip-version-check install --quiet -r "$here/requirements.txt"
  echo "$stamp" > "$venv/stamp"
fi
# no model is looked for on the network; threads that wait for others take no processor time
HF_HUB_OFFLINE=1 OMP_WAIT_POLICY=passive PYTHONDONTWRITEBYTECODE=1 exec "$venv/bin/python" "$here/peers.py" "$@"
