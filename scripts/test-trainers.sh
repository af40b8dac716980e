#!/usr/bin/env bash
# Runs the wirings against the real trainers, version by version, on a CPU: TRL and verl from their oldest to their
# newest, OpenRLHF, SkyRL, retrain. Each version lies in a folder of its own over the environment of test:python, without
# the packages that need a GPU. Ends with a table; exit 1 if a test failed, or none of a version ran. Takes a quarter of an
# hour, and a gigabyte under .venv-trainers.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
here=integrations/python
over=.venv-trainers
[ -x .venv/bin/python ] || scripts/test-python.sh --collect-only -q > /dev/null || exit 1
table=""
status=0

# try NAME TEST PACKAGE...: the packages over the common environment, and one test file with them
try() {
  local name=$1 test=$2 folder log outcome
  shift 2
  folder=$over/$name
  if [ $# -gt 0 ] && [ "$(cat "$folder/.installed" 2>/dev/null)" != "$*" ]; then
    rm -rf "$folder"
    if ! .venv/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --target "$folder" "$@"; then
      table+=$(printf '%-20s not installed' "$name")$'\n'
      status=1
      return
    fi
    echo "$*" > "$folder/.installed"
  fi
  log=$(PYTHONDONTWRITEBYTECODE=1 CUDA_VISIBLE_DEVICES= PYTHONPATH=$folder:$folder/skyrl-gym \
    .venv/bin/python -m pytest -p no:cacheprovider -q -rs -W ignore $here/tests/$test 2>&1) || status=1
  echo "--- $name"
  echo "$log" | tail -n 12
  outcome=$(echo "$log" | grep -E '[0-9]+ (passed|failed|skipped|error)' | tail -n 1)
  case $outcome in *passed*) ;; *) status=1 ;; esac  # all skipped: it could not be imported
  table+=$(printf '%-20s %s' "$name" "$outcome")$'\n'
}

older="transformers==4.57.6 tokenizers==0.22.2 huggingface-hub==0.36.2 datasets==3.6.0"
for version in 0.25.1 0.26.0 0.29.0; do try trl-$version test_trl.py trl==$version $older; done
for version in 1.0.0 1.16.0; do try trl-$version test_trl.py trl==$version; done
try verl-0.7.0 test_verl.py verl==0.7.0 $older
for version in 0.7.1 0.8.0 0.9.1; do try verl-$version test_verl.py verl==$version; done
try openrlhf-0.11.2 "test_trainers.py -k openrlhf" openrlhf==0.11.2
try skyrl-0.3.0 "test_trainers.py -k skyrl" skyrl==0.3.0 jaxtyping==0.3.11 loguru==0.7.3 httpx==0.28.1
try retrain-0.3.0 "test_trainers.py -k retrain" retrain==0.3.0
try others "test_trainers.py -k not(openrlhf)and(not(skyrl))and(not(retrain))"

echo
echo "$table"
exit $status
