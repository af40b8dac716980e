#!/usr/bin/env bash
# scripts/test-trainers.sh [NAME...], all unless named (verl-0.9.1, openrlhf-0.11.2, …)
# Runs the wirings and their recipes against the real trainers, version by version, on a CPU: TRL and verl from their
# oldest to their newest, OpenRLHF, SkyRL, retrain, ms-swift, and verifiers, whose traces prime-rl has. Each version lies in
# a folder of its own over the environment of test:python, without the packages that need a GPU. Ends with a table; exit 1
# if a test failed, or none of a version ran, 2 if packages were not to be had. Takes half an hour, and a gigabyte under .venv-trainers.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
here=integrations/python
over=$PWD/.venv-trainers
[ -x .venv/bin/python ] || scripts/test-python.sh --collect-only -q > /dev/null || exit 1
only=" $* "
table=""
status=0

# try NAME TESTS PACKAGE...: the packages over the common environment, and the tests with them
try() {
  local name=$1 test=$2 folder log outcome
  shift 2
  [ "$only" = "  " ] || [[ $only == *" $name "* ]] || return 0
  folder=$over/$name
  if [ $# -gt 0 ] && [ "$(cat "$folder/.installed" 2>/dev/null)" != "$*" ]; then
    rm -rf "$folder"
    if ! .venv/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --target "$folder" "$@"; then
      table+=$(printf '%-20s not installed' "$name")$'\n'
      [ $status = 1 ] || status=2
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

older="transformers==4.57.6 tokenizers==0.22.2 huggingface-hub==0.36.2"
recipes="$here/tests/test_recipes.py -k"
trl="test_trl.py $recipes trl"
for version in 0.25.1 0.26.0 0.29.0; do try trl-$version "$trl" trl==$version $older datasets==3.6.0; done
for version in 1.0.0 1.16.0; do try trl-$version "$trl" trl==$version; done
try verl-0.7.0 "test_verl.py $recipes verl" verl==0.7.0 $older datasets==3.6.0
for version in 0.7.1 0.8.0 0.9.1; do try verl-$version "test_verl.py $recipes verl" verl==$version; done
others="test_trainers.py $recipes"
try openrlhf-0.11.2 "$others openrlhf" openrlhf==0.11.2
try skyrl-0.3.0 "$others skyrl" skyrl==0.3.0 jaxtyping==0.3.11 loguru==0.7.3 httpx==0.28.1
try retrain-0.3.0 "$others retrain" retrain==0.3.0
try ms-swift-4.6.0 "$others swift" ms-swift==4.6.0 $older datasets==4.5.0 trl==0.29.0 modelscope==1.40.2 modelscope_hub==0.5.1 \
  cryptography==50.0.2 cffi==2.1.1 pycparser==3.12 httpx==0.28.1 json_repair==0.64.6 einops==0.8.2 dacite==1.9.2
try verifiers-0.4.0 "$others prime" verifiers==0.4.0 renderers==0.1.12 anthropic==2.14.0 openai==3.57.0 httpx==0.28.1 sniffio==1.3.1 \
  jiter==0.19.0 docstring_parser==0.18.0 tenacity==9.2.1 prime-pydantic-config==0.4.3 pydantic-settings==2.16.3 \
  python-dotenv==1.2.4 tomli-w==1.2.0 math-verify==0.9.0 latex2sympy2_extended==1.11.0
try others "$others (slime)or(rllm)or(nemo)or(textpolicy)"

echo
echo "$table"
exit $status
