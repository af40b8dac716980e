#!/usr/bin/env bash
# Runs the Spark job on a small cluster of processes of this machine, in a virtual environment (.venv-spark, kept).
# "fixtures" (the default) or "data": the proof on real traces, from SG_MINE_DATA. Needs Java 11 or 17.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${PYTHON:-python3}
venv=.venv-spark
requirements=integrations/spark/requirements-test.txt
if ! java -version >/dev/null 2>&1; then
  echo "test:spark: left out: Spark needs Java, and there is none (Debian: openjdk-17-jre-headless)"
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
fi
stamp=$(cat $requirements scripts/test-spark.sh | sha256sum)
if [ ! -f $venv/stamp ] || [ "$(cat $venv/stamp)" != "$stamp" ]; then
  rm -rf $venv
  "$python" -m venv $venv
  $venv/bin/python -m pip --disable-pip-version-check install --quiet -r $requirements
  echo "$stamp" > $venv/stamp
fi
PYTHONDONTWRITEBYTECODE=1 exec $venv/bin/python scripts/check-spark.py "$@"
