# Runs the tests in three tiers, and sums them up. The fast tier runs two modules at once; those with real peers are timed, and run one after the other,
# some with a few of their classes at once (junit-platform.properties).

test() { # [--fast|--soak] [--seed N] [--module PATH]
  local tier=full seed='' module=''
  while [ $# -gt 0 ]; do
    case $1 in
      --fast) tier=fast ;;
      --soak) tier=soak ;;
      --seed | --module)
        [ $# -ge 2 ] || die 2 "test: $1 needs a value."
        printf -v "${1#--}" %s "$2"
        shift
        ;;
      --seed=* | --module=*)
        set -- "${1%%=*}" "${1#*=}" "${@:2}"
        continue
        ;;
      *) die 2 "test: unknown option '$1'." "\`godwit help test\` says what it takes." ;;
    esac
    shift
  done
  # the seeds differ from run to run, so that each run tries something new; a failing run is repeated with its own
  [ -n "$seed" ] || seed=$(($(date +%s%N) / 1000000 % 1000000000))
  case $seed in *[!0-9]* | '') die 2 "test: the seed '$seed' is no number." ;; esac

  require_maven
  local goals=(-T2 test) options=("-Dgodwit.seed.base=$seed") began=$SECONDS log=$here/target/test.log code=0
  if [ "$tier" != fast ]; then
    require_packages peers tests
    build # the end-to-end tests start the programs as users do
    goals=(-Ppeers verify)
  fi
  options+=(-Dmaven.test.failure.ignore=true) # one module's failure hides no other's; the summary finds it in the reports
  [ "$tier" != soak ] || options+=(-Dgodwit.soak=true)
  [ -z "$module" ] || options+=(-pl "$module" -am)
  mkdir -p "$here/target"
  find "$here" -type d \( -name surefire-reports -o -name failsafe-reports \) -path '*/target/*' -prune -exec rm -rf {} +
  say "godwit: tests ($tier), seed $seed, log $log"
  set +e
  (cd "$here" && exec mvn -B "${options[@]}" "${goals[@]}") </dev/null 2>&1 | tee "$log" | follow_maven
  code=${PIPESTATUS[0]}
  set -e
  if [ "$code" != 0 ]; then
    echo
    echo "The end of $log:"
    { grep -E '^\[ERROR\]|<<< (FAILURE|ERROR)!' "$log" || tail -n 40 "$log"; } | grep -vE 'To see the full|Re-run Maven|For more information|\[Help|^\[ERROR\] *$' | head -n 60
  fi
  # what it would ignore too, and no report tells: a test JVM that died or did not end
  if grep -qE 'The forked VM terminated|There was an error in the forked process|There was a timeout' "$log"; then code=1; fi
  # Maven leaves out what builds on a module that does not compile
  sed -nE 's/^\[INFO\] (.*[^. ])[ .]+ SKIPPED$/not run, for what it builds on failed: \1/p' "$log"
  "$JAVA_HOME/bin/java" -XX:TieredStopAtLevel=1 "$parts/TestSummary.java" "$here" "$tier" "$seed" "$code" "$((SECONDS - began))"
}

# Shows the modules as they come, with the tests of each
follow_maven() {
  awk '
    /^\[INFO\] Building .*\[[0-9]+\/[0-9]+\]/ { module = $3; number = $NF; printf "%s %s\n", number, module; fflush() }
    /^\[(INFO|ERROR|WARNING)\] Tests run:.*Time elapsed:/ {
      sub(/^\[[A-Z]+\] /, ""); n = split($0, part, " -- in ")
      split(part[1], field, ","); seconds = part[1]; sub(/.*Time elapsed: /, "", seconds); sub(/ s.*/, "", seconds)
      broken = ($0 ~ /FAILURE|ERROR/) ? "  FAILED" : ""
      printf "    %-70s %4d tests %7.1f s%s\n", part[n], substr(field[1], 11), seconds, broken; fflush()
    }'
}
