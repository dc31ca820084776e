# How each program of the built tree is started. Needs JAVA_HOME, here, dist.
#
# target/dist/<program> is a file that names the folder of its latest build, <program>-<digest>: lib/, classpath, app.aot.
# A build never touches a folder that is in use: a running server or worker goes on with the jars that it was started from.

sources=(pom.xml .mvn build planner providers transfer converter api docs/reference/faults.md)
declare -A main_class=([cli]=io.godwit.cli.Godwit [server]=io.godwit.api.GodwitServer [worker]=io.godwit.worker.WorkerMain [copy]=io.godwit.worker.CopyMain)

# spell_utf_8: in a locale that knows only ASCII, Java could open no file with an umlaut in its name
spell_utf_8() {
  case $(locale charmap 2>/dev/null || true) in
    '' | ANSI_X3.4-1968 | US-ASCII) { export LC_ALL=C.UTF-8; } 2>/dev/null || true ;; # the shell grumbles where there is none
  esac
}

# built_is_current: whether target/dist was built from the sources as they are now.
# What is no newer than the stamp did not change; if something is newer, contents decide, and a touched file costs no build.
built_is_current() {
  [ -r "$dist/stamp" ] || return 1
  local newer looked
  newer=$(cd "$here" && find "${sources[@]}" -name target -prune -o -path '*/src/test' -prune -o -newer "$dist/stamp" -print -quit)
  [ -n "$newer" ] || return 0
  looked=$(mktemp "$dist/.stamp.XXXXXX")
  sources_digest >"$looked.digest"
  if [ "$(<"$looked.digest")" = "$(<"$dist/stamp")" ]; then
    touch -r "$looked" "$dist/stamp"
    rm -f "$looked" "$looked.digest"
    return 0
  fi
  rm -f "$looked" "$looked.digest"
  return 1
}

# worker_is_untrained: whether the worker was built where there was no nbdkit for its training run, and now there is
worker_is_untrained() {
  local home
  [ -r "$dist/worker" ] || return 1
  home=$dist/$(<"$dist/worker")
  [ ! -e "$home/app.aot" ] && [ ! -e "$home/training.log" ] && [ -w "$home" ] && command -v nbdkit >/dev/null
}

sources_digest() {
  (cd "$here" && find "${sources[@]}" -name target -prune -o -path '*/src/test' -prune -o -type f -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
}

# program PROGRAM: sets home (its folder), class_path (its jars in a fixed order, as the AOT cache demands) and aot (the flag, where there is a cache)
program() {
  home=$dist/$(<"$dist/$1")
  class_path=$(<"$home/classpath")
  class_path=${class_path//@/$home/lib/}
  aot=()
  # a missing cache makes the JVM complain; one that does not fit is ignored
  [ ! -r "$home/app.aot" ] || aot=("-XX:AOTCache=$home/app.aot" -Xlog:aot=off -Xlog:cds=off)
}

cli_flags=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData)
# holes of files are found by the C library; the bounds hold for any number and size of disks (docs/guide/copy.md)
# the provider of sockets is this one anyway, and is looked for in all jars where it is not named
# a short copy is over before the second compiler's work pays: it waits for ten times the calls that it would wait for
worker_flags=(-XX:Tier4InvocationThreshold=50000 -XX:Tier4MinInvocationThreshold=20000 -XX:Tier4CompileThreshold=150000 -Xmx384m -XX:MaxDirectMemorySize=320m -XX:+UseSerialGC -XX:-UsePerfData --enable-native-access=ALL-UNNAMED -Djava.nio.channels.spi.SelectorProvider=sun.nio.ch.EPollSelectorProvider)
# copying is the kernel's work, and the second compiler takes a processor from it; but what is computed in Java is many times as fast with it
# (and what the cache tells of methods is for that compiler: with one, they would be compiled while the command line is read)
one_compiler=(-XX:TieredStopAtLevel=1 -XX:+UnlockDiagnosticVMOptions -XX:-AOTReplayTraining)
server_flags=(-Xmx512m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData)

exec_cli() {
  local size home class_path aot screen=() worker server
  program worker
  worker=$home/lib/*
  program server
  server=$home/lib/*
  program cli
  if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; then
    size=$({ stty size </dev/tty; } 2>/dev/null || true)
    case $size in
      *[0-9]' '[1-9]*) screen=("-Dgodwit.rows=${size% *}" "-Dgodwit.columns=${size#* }") ;;
      *) screen=(-Dgodwit.rows=24 -Dgodwit.columns=80) ;;
    esac
  fi
  exec "$JAVA_HOME/bin/java" "${cli_flags[@]}" "${aot[@]}" "${screen[@]}" "-Dgodwit.worker.classpath=$worker" "-Dgodwit.server.classpath=$server" "-Dgodwit.launcher=$here/godwit" -cp "$class_path" "${main_class[cli]}" "$@"
}

# server_command [--data DIR] [--port N] [--address A] [--database URL] [SETTING...]: sets command, the argv of a server
server_command() {
  local home class_path aot settings=()
  while [ $# -gt 0 ]; do
    case $1 in
      --data=* | --database=* | --port=* | --address=*)
        set -- "${1%%=*}" "${1#*=}" "${@:2}"
        continue
        ;;
      --data | --database | --port | --address)
        [ $# -ge 2 ] || die 2 "serve: $1 needs a value."
        case $1 in
          --data) settings+=("--godwit.data=$(realpath -m "$2")") ;;
          --database) settings+=("--godwit.database.url=$2") ;;
          --port) settings+=("--godwit.port=$2") ;;
          --address) settings+=("--godwit.address=$2") ;;
        esac
        shift
        ;;
      --*) settings+=("$1") ;;
      *) die 2 "serve: '$1' is no setting." "\`godwit help serve\` says what it takes." ;;
    esac
    shift
  done
  program worker
  local worker=(java "${worker_flags[@]}" "${aot[@]}" -cp "$class_path" "${main_class[worker]}") i
  worker[0]=$JAVA_HOME/bin/java
  for i in "${!worker[@]}"; do settings+=("--godwit.worker.command[$i]=${worker[i]}"); done
  program server
  command=("$JAVA_HOME/bin/java" "${server_flags[@]}" "${aot[@]}" "${server_training[@]}" -cp "$class_path" "${main_class[server]}" "${settings[@]}")
}
server_training=()

exec_server() {
  local command
  server_command "$@"
  exec "${command[@]}"
}

# computes_in_java ARGUMENT...: whether a copy makes its digests in Java (SHA-256, or XXH3-128 where there is no libxxhash), or may decrypt there (TLS)
computes_in_java() {
  case " $* " in
    *SHA-256* | *nbds:* | *nbds+unix:* | *export:*) return 0 ;;
  esac
  ! compgen -G '/usr/lib*/libxxhash.so.0' >/dev/null && ! compgen -G '/usr/lib/*/libxxhash.so.0' >/dev/null
}

exec_worker() { # worker FOLDER | copy SOURCE TARGET...
  local home class_path aot verb=$1 screen=() compilers=()
  shift
  program worker
  [ "$verb" != copy ] || computes_in_java "$@" || compilers=("${one_compiler[@]}")
  [ ! -t 2 ] || [ "${TERM:-dumb}" = dumb ] || screen=(-Dgodwit.terminal=true)
  exec "$JAVA_HOME/bin/java" "${worker_flags[@]}" "${compilers[@]}" "${aot[@]}" "${screen[@]}" -cp "$class_path" "${main_class[$verb]}" "$@"
}
