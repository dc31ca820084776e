# Builds the tree with the system's Maven on the JDK 25, and lays the programs out under target/dist.

require_maven() {
  require_packages build
  local version
  version=$(mvn --version 2>/dev/null | sed -n 's/.*Apache Maven \([0-9.]*\).*/\1/p' | head -n 1)
  if [ "$(printf '%s\n' 3.8.7 "${version:-0}" | sort -V | head -n 1)" != 3.8.7 ]; then
    die 12 "Maven 3.8.7 or later is needed; $(command -v mvn) is ${version:-unknown}." "Install a later one, and put it first on the PATH."
  fi
}

# One build at a time in this tree: a second launcher waits, and then finds the work done.
build() {
  mkdir -p "$here/target"
  exec 8>"$here/target/build.lock"
  flock 8
  built_is_current || build_now
  ! worker_is_untrained || train_worker "$dist/$(<"$dist/worker")"
  exec 8>&-
}

build_now() {
  require_maven
  local began=$SECONDS log=$here/target/build.log stamp
  mkdir -p "$dist"
  stamp=$(mktemp "$dist/.stamp.XXXXXX")
  sources_digest >"$stamp" # before Maven runs: what is edited meanwhile is built next time
  rm -f "$dist/stamp"
  say "godwit: building with JDK $JAVA_HOME (log: $log)"
  rm -rf "$here"/api/*/target/lib
  if ! (cd "$here" && mvn -B -q -pl api/cli,api/worker,api/server -am package -DskipTests -Dtest.compile.skip=true 8>&-) >"$log" 2>&1 </dev/null; then
    rm -f "$stamp"
    grep -E '^\[ERROR\]' "$log" | head -n 25 >&2 || tail -n 25 "$log" >&2
    die 12 "the build failed." "Its log: $log"
  fi
  lay_out cli
  lay_out worker
  lay_out server
  remove_old_builds
  printf '%s\n' "$JAVA_HOME" >"$dist/jdk"
  mv "$stamp" "$dist/stamp"
  say "godwit: built in $((SECONDS - began)) s"
}

# lay_out PROGRAM: a folder of its own per deployable and content; what did not change is left alone, with its AOT cache
lay_out() {
  local program=$1 module=$here/api/$1 next digest name
  next=$(mktemp -d "$dist/.$program.XXXXXX")
  mkdir "$next/lib"
  cp -p "$module"/target/lib/*.jar "$module/target/$program-"*SNAPSHOT.jar "$next/lib/"
  digest=$( (cd "$next/lib" && LC_ALL=C sha256sum ./*.jar && echo "$JAVA_HOME" && cat "$parts/java.sh" "$parts/build.sh") | sha256sum | cut -c1-12)
  if [ -e "$dist/$program-$digest/complete" ]; then
    rm -rf "$next"
  else
    rm -rf "${dist:?}/$program-$digest"
    for name in "$next"/lib/*.jar; do printf '@%s:' "${name##*/}"; done | sed 's/:$//' >"$next/classpath"
    chmod 755 "$next"
    mv "$next" "$dist/$program-$digest"
    printf '%s\n' "$program-$digest" >"$dist/$program"
    "train_$program" "$dist/$program-$digest"
    touch "$dist/$program-$digest/complete"
  fi
  printf '%s\n' "$program-$digest" >"$dist/$program"
}

remove_old_builds() {
  local folder
  for folder in "$dist"/*-????????????; do
    case "${folder##*/}" in "$(<"$dist/cli")" | "$(<"$dist/worker")" | "$(<"$dist/server")") continue ;; esac
    if ! grep -qsF "$folder/" /proc/[0-9]*/cmdline; then rm -rf "$folder"; fi
  done
}

# An AOT cache holds the loaded and linked classes of a training run. Without one everything works, only slower to start.
train_cli() {
  local home class_path aot
  program cli
  "$JAVA_HOME/bin/java" "${cli_flags[@]}" "-XX:AOTCacheOutput=$home/app.aot" -cp "$class_path" io.godwit.cli.Training >"$home/training.log" 2>&1 </dev/null ||
    { rm -f "$home/app.aot" && say "godwit: no AOT cache for the command line (see $home/training.log)"; }
}

# The worker's training is real copies, whose profile also makes the next one fast from its first block.
train_worker() {
  local home class_path aot data log=$1/training.log
  command -v nbdkit >/dev/null || return 0
  data=$(mktemp -d)
  head -c 64M /dev/urandom >"$data/source"
  program worker
  "$JAVA_HOME/bin/java" "${worker_flags[@]}" "-XX:AOTCacheOutput=$home/app.aot" -cp "$class_path" io.godwit.worker.Training "$data" >"$log" 2>&1 </dev/null ||
    { rm -f "$home/app.aot" && say "godwit: no AOT cache for the worker (see $log)"; }
  rm -rf "$data"
}

# The server's training is a real run: it starts on a throw-away data folder, answers, and ends by SIGTERM.
train_server() {
  local data server command log=$1/training.log deadline=$((SECONDS + 180))
  data=$(mktemp -d)
  server_training=("-XX:AOTCacheOutput=$1/app.aot")
  server_command --data "$data" --port 0
  server_training=()
  "${command[@]}" 8>&- >"$log" 2>&1 </dev/null &
  server=$!
  until [ -s "$data/server.json" ] || ! kill -0 "$server" 2>/dev/null || [ $SECONDS -ge $deadline ]; do sleep 0.3; done
  if [ -s "$data/server.json" ]; then
    (exec_cli provider list --data "$data") >>"$log" 2>&1 </dev/null || true
    (exec_cli migration list --data "$data") >>"$log" 2>&1 </dev/null || true
  fi
  kill -TERM "$server" 2>/dev/null || true
  wait "$server" || true # 143 is its normal end; it writes the cache on its way out
  rm -rf "$data"
  [ -s "$1/app.aot" ] || say "godwit: no AOT cache for the server (see $log)"
}
