# Shared by `run` here and `.ci/clients`: the clients' environments, the emulator they are driven against, and the count.
# To be sourced; `root` is the repository.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
binary=${1:-${POOLWRIGHT:-$root/target/debug/poolwright}}
# The pins were tried with 3.11.
python=$(command -v python3.11 || command -v python3)
stage=$(mktemp -d)
lines=$stage/lines
# What the clients asked and were answered stays there, to be read and held against Azure's contract.
recording=$root/target/clients/$(basename "$0").jsonl
: > "$lines"

if [[ ! -x $binary ]]; then
  printf '%s is not there: build it first, or name another one\n' "$binary" >&2
  exit 1
fi

# environment NAME REQUIREMENTS: a virtual environment with exactly these packages, kept until the pins change.
environment() {
  local folder=$root/target/clients/$1
  cmp --silent "$2" "$folder/requirements.txt" && return
  printf 'installing %s\n' "$(basename "$2")" >&2
  rm -rf "$folder"
  # Debian has the module for it in a package of its own.
  "$python" -m venv "$folder" > /dev/null || { apt-get install --yes --quiet python3-venv && "$python" -m venv "$folder"; } >&2
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$2" >&2
  cp "$2" "$folder/requirements.txt"
}

# packages FOLDER: its JavaScript programs beside exactly the packages they pin, kept until the pins change. To be called
# before the emulator is, whose authority is the only one that is trusted afterwards.
packages() {
  local folder=$root/target/clients/$(basename "$1")
  mkdir -p "$folder"
  if ! cmp --silent "$1/package.json" "$folder/package.json"; then
    printf 'installing the packages of %s\n' "$(basename "$1")" >&2
    rm -rf "$folder/node_modules"
    cp "$1/package.json" "$folder"
    npm install --prefix "$folder" --package-lock=false --omit=optional --no-audit --no-fund --loglevel=error >&2 ||
      { rm -f "$folder/package.json"; return 1; }
  fi
  cp "$1"/*.mjs "$folder"
}

# start_emulator ARGUMENT…: serves a new world; the environment says where it is and how to sign in.
start_emulator() {
  mkdir -p "$(dirname "$recording")"
  : > "$recording"
  # So small a page that every list has a next one.
  "$binary" emulator --listen 127.0.0.1:0 --state "$stage/state" --time-scale 1800 --page-size 2 \
    --record "$recording" "$@" \
    > "$stage/endpoint.json" 2> "$stage/emulator.log" &
  emulator=$!
  for ((tries = 0; tries < 200; tries++)); do
    [[ -s $stage/endpoint.json ]] && break
    sleep 0.05
  done
  local variables
  variables=$("$binary" emulator --env --state "$stage/state") || {
    printf 'the emulator did not start\n' >&2
    cat "$stage/emulator.log" >&2
    exit 1
  }
  eval "$variables"
}

stop_emulator() {
  if [[ -n ${emulator:-} ]]; then
    kill "$emulator" 2> /dev/null || true
    wait "$emulator" || true
  fi
  rm -rf "$stage"
}
trap stop_emulator EXIT

# check NAME COMMAND…: one check; it holds when the command succeeds, and what it printed is shown when it does not.
check() {
  local name=$1 begun=$SECONDS
  shift
  if "$@" > "$stage/said" 2>&1; then
    printf 'ok    %s (%d s)\n' "$name" "$((SECONDS - begun))" | tee -a "$lines"
  else
    printf 'FAIL  %s\n' "$name" | tee -a "$lines"
    sed 's/^/      /' "$stage/said" >&2
  fi
}

# nothing_to_do SPEC…: poolwright finds everything as the files say.
nothing_to_do() {
  local code=0
  "$binary" plan --cloud "$AZURE_AUTHORITY_HOST" --ca-file "$SSL_CERT_FILE" --detailed-exitcode "$@" || code=$?
  [[ $code == 0 ]]
}

# imported --KIND ID…: poolwright writes files for it, which find nothing to do.
imported() {
  local folder
  folder=$(mktemp -d)
  "$binary" import --cloud "$AZURE_AUTHORITY_HOST" --ca-file "$SSL_CERT_FILE" --name taken --out "$folder/taken" "$@" &&
    nothing_to_do "$folder/taken"
}

# applied SPEC: poolwright carries it out.
applied() { "$binary" apply --yes --cloud "$AZURE_AUTHORITY_HOST" --ca-file "$SSL_CERT_FILE" "$1"; }

# sent PROGRAM: what one of the document's programs sent for its pool is what stands beside its spec.
sent() { "$python" "$root/tests/clients/sent.py" "$root/specs/document/$1.sent.json" "$recording"; }

# within_the_contract: every answer the clients got is as Azure's contract says, where that stands beside the project.
within_the_contract() { "$python" "$root/tests/contract/check.py" --others "$recording"; }

# report: the last line, and whether all is well.
report() {
  local passed failed
  passed=$(grep -c '^ok ' "$lines" || true)
  failed=$(grep -c '^FAIL ' "$lines" || true)
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [[ $failed == 0 && $passed != 0 ]]
}
