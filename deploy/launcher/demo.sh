# Migrates a real guest before one's eyes: an OVA becomes a VM that boots.

demo() { # [--keep] [--dir DIR]
  keep='' dir=${XDG_STATE_HOME:-$HOME/.local/state}/godwit/demo demo_server='' # global: the trap at the end reads them
  while [ $# -gt 0 ]; do
    case $1 in
      --keep) keep=yes ;;
      --dir)
        [ $# -ge 2 ] || die 2 "demo: --dir needs a folder."
        dir=$2
        shift
        ;;
      --dir=*) dir=${1#*=} ;;
      *) die 2 "demo: unknown option '$1'." "\`godwit help demo\` says what it takes." ;;
    esac
    shift
  done
  dir=$(realpath -m "$dir")
  [ "$(id -u)" = 0 ] || die 11 "the demo needs root: it makes a guest with debootstrap and chroot." "Run: sudo ./godwit demo"

  local began=$SECONDS ova before after code=0
  require_packages build peers
  build
  enter_demo_folder
  headline "The guest"
  ova=$("$here/peers/guest/build" debian12) || die 13 "the guest was not made." "See the messages above."
  before=$(sha256sum <"$ova" | cut -d' ' -f1)
  echo "$ova"
  echo "sha256 before  $before"

  headline "The server"
  trap 'leave_demo $?' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  start_demo_server

  headline "The migration"
  (exec_cli demo-migrate --data "$dir/data" --ova "$ova" --pool "$dir/pool") || code=$?
  [ "$code" = 0 ] || exit "$code"

  after=$(sha256sum <"$ova" | cut -d' ' -f1)
  headline "The source"
  echo "sha256 before  $before"
  echo "sha256 after   $after"
  [ "$before" = "$after" ] || die 1 "the OVA was changed: this is a bug of Godwit." "Keep $dir, and report it."
  echo "$after" >"$dir/finished"
  echo
  echo "Done in $((SECONDS - began)) s: the OVA is as it was, and its VM boots. Everything is in $dir."
}

headline() { printf '\n== %s\n' "$1"; }

# One demo at a time in a folder. A finished one is cleared away; an interrupted one goes on.
enter_demo_folder() {
  mkdir -p "$dir"
  if [ ! -e "$dir/.godwit-demo" ] && [ -n "$(ls -A "$dir")" ]; then
    die 2 "demo: $dir holds something else." "Name an empty folder, or one that does not exist, with --dir."
  fi
  touch "$dir/.godwit-demo"
  exec 9>"$dir/.godwit-demo"
  flock -n 9 || die 1 "another demo runs in $dir." "Wait for it, or name another folder with --dir."
  stop_kept_server
  if [ -e "$dir/finished" ]; then
    rm -rf "${dir:?}/data" "${dir:?}/pool" "$dir/finished" "$dir/server.log"
  elif [ -e "$dir/data" ]; then
    say "godwit: an earlier demo in $dir did not end; it goes on."
  fi
  mkdir -p "$dir/data" "$dir/pool"
}

# of an earlier `demo --keep`: known by its pid, and by its folder in its command line
stop_kept_server() {
  local pid waited=0
  pid=$(sed -n 's/.*"pid" *: *\([0-9]*\).*/\1/p' "$dir/data/server.json" 2>/dev/null) || return 0
  [ -n "$pid" ] && tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qxF -- "--godwit.data=$dir/data" || return 0
  kill -TERM "$pid"
  while [ -e "/proc/$pid" ] && [ $waited -lt 60 ]; do
    sleep 0.5
    waited=$((waited + 1))
  done
  [ ! -e "/proc/$pid" ] || die 1 "the server of an earlier demo (pid $pid) does not end." "Stop it, then run the demo again."
}

# In a session of its own, so that Ctrl-C reaches the demo and not the server, and with default signals, which a shell in the background would not give it
start_demo_server() {
  local command ready=$SECONDS
  server_command --data "$dir/data" --port 0
  rm -f "$dir/data/server.json"
  env --default-signal=INT,QUIT setsid "${command[@]}" 9>&- >>"$dir/server.log" 2>&1 </dev/null &
  demo_server=$!
  until [ -s "$dir/data/server.json" ]; do
    if ! kill -0 "$demo_server" 2>/dev/null || [ $((SECONDS - ready)) -gt 120 ]; then
      tail -n 20 "$dir/server.log" >&2
      die 1 "the server did not start." "Its log: $dir/server.log"
    fi
    sleep 0.1
  done
  echo "$(sed -n 's/.*"url" *: *"\([^"]*\)".*/\1/p' "$dir/data/server.json"), pid $demo_server, ready after $((SECONDS - ready)) s, log $dir/server.log"
}

leave_demo() { # CODE
  trap '' INT TERM HUP
  trap - EXIT
  if [ "$1" = 0 ] && [ -n "$keep" ]; then
    echo "Its server stays (--keep): ./godwit migration list --data $dir/data     stop it: kill $demo_server"
    exit 0
  fi
  local waited=0
  if [ -n "$demo_server" ] && kill -TERM "$demo_server" 2>/dev/null; then
    while kill -0 "$demo_server" 2>/dev/null && [ $waited -lt 80 ]; do
      sleep 0.5
      waited=$((waited + 1))
    done
    if kill -0 "$demo_server" 2>/dev/null; then kill -KILL "$demo_server" 2>/dev/null || true; fi
    wait "$demo_server" 2>/dev/null || true
  fi
  if [ "$1" != 0 ]; then
    say "" "godwit: the demo did not end (exit $1); its server is stopped, what it made is kept in $dir." \
      "        Go on with it:   ./godwit demo --dir $dir" \
      "        Start afresh:    rm -r $dir"
  fi
  exit "$1"
}
