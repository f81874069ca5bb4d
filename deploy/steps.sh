# SPDX-License-Identifier: Apache-2.0
# For the scripts to source: runs a step, shows that it moves, keeps its log.
# shellcheck shell=bash

# step LOG TEXT COMMAND...: the output goes to LOG, its last line now and then
# to the screen. On failure: the end of the log, where it is, the exit code.
step() {
  local log=$1 text=$2 start=$SECONDS status=0 watcher
  shift 2
  mkdir -p "$(dirname "$log")"
  : >"$log"
  echo "$text"
  watch_step "$log" "$start" &
  watcher=$!
  # In the foreground, so that Ctrl-C reaches it.
  "$@" >"$log" 2>&1 </dev/null || status=$?
  kill "$watcher" 2>/dev/null || true
  wait "$watcher" 2>/dev/null || true
  [[ ! -t 1 ]] || printf '\r\033[K'
  if ((status != 0)); then
    tail -n 40 "$log" >&2
    echo "FAILED after $((SECONDS - start)) s: $text" >&2
    echo "The whole log: $PWD/$log" >&2
    return "$status"
  fi
  echo "    done in $((SECONDS - start)) s"
}

# Shows the log's last line: rewritten each second on a terminal, otherwise a
# line each half minute. Ends with the script ($$): Ctrl-C does not reach it.
watch_step() {
  local log=$1 start=$2 last seconds
  # Without our output: a pipe after the script must not wait for a sleep.
  while sleep 1 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
    seconds=$((SECONDS - start))
    last=$(tail -n 1 "$log" | tr -cd '[:print:]' | cut -c 1-60)
    if [[ -t 1 ]]; then
      printf '\r\033[K    %4d s  %s' "$seconds" "$last"
    elif ((seconds % 30 == 0)); then
      printf '    %4d s  %s\n' "$seconds" "$last"
    fi
  done
}
