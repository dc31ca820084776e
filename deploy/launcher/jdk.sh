# Finds a JDK 25: the default java of the machine may be another.

# find_jdk: sets JAVA_HOME, or says what to do and ends
find_jdk() {
  look_for_jdk || die 10 "no JDK 25 was found." "$(where_looked_for_jdk)" \
    "Install one, with any of:" \
    "  Debian 13 and later:  apt-get install openjdk-25-jdk-headless" \
    "  SDKMAN:               sdk install java 25-tem" \
    "  by hand:              unpack a JDK 25 (Temurin: https://adoptium.net) into /opt" \
    "or point JAVA_HOME at one. A JRE is not enough: Godwit is built from source."
}

where_looked_for_jdk() {
  local javac
  javac=$(command -v javac || true)
  echo "Looked at JAVA_HOME (${JAVA_HOME:-not set}), the javac on the PATH (${javac:-none}), /usr/lib/jvm, /opt, ~/.sdkman and ~/.jdks."
}

# look_for_jdk: sets JAVA_HOME where there is one; the doctor is told of another that JAVA_HOME named
look_for_jdk() {
  local candidate remembered=$here/target/dist/jdk
  if [ -n "${JAVA_HOME:-}" ]; then
    if is_jdk_25 "$JAVA_HOME"; then
      export JAVA_HOME
      return
    fi
    export GODWIT_JDK_PASSED_OVER=$JAVA_HOME
  fi
  if [ -r "$remembered" ] && candidate=$(<"$remembered") && is_jdk_25 "$candidate"; then
    export JAVA_HOME=$candidate
    return
  fi
  local javac
  javac=$(command -v javac || true)
  for candidate in "${javac:+$(dirname "$(dirname "$(readlink -f "${javac:-/}")")")}" \
    ${GODWIT_JDK_FOLDERS-/usr/lib/jvm/* /opt/* /opt/*/* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* /usr/local/*jdk*}; do
    if is_jdk_25 "$candidate"; then
      export JAVA_HOME=$candidate
      return
    fi
  done
  return 1
}

# doctor_without_jdk WORDS...: the doctor's one finding where nothing of it can run, in the words of its Ailment.JDK_MISSING and the forms of its answers
doctor_without_jdk() {
  local what='There is no JDK 25 on this machine.' where=JAVA_HOME why form=table last='' word
  local remedy='Install a JDK 25 (apt-get install openjdk-25-jdk-headless, sdk install java 25-tem, or unpack one into /opt), or let JAVA_HOME name one. A JRE is not enough.'
  why=$(where_looked_for_jdk)
  for word; do
    case $last in -o | --output) form=$word ;; esac
    case $word in
      --output=*) form=${word#*=} ;;
      -o=*) form=${word#-o=} ;;
      -o?*) form=${word#-o} ;;
    esac
    last=$word
  done
  case $form in
    json | yaml) # which JSON is, too
      printf '{"items":[{"verdict":"FAIL","subject":"JDK","code":"JDK_MISSING","what":"%s","where":"%s","why":"%s","remedy":"%s"}]}\n' \
        "$what" "$where" "$(json_text "$why")" "$remedy"
      ;;
    *)
      printf '%-4s  %-21s  %s\n' FAIL JDK "$what"
      printf '      %-7s %s\n' code: JDK_MISSING where: "$where" why: "$why" remedy: "$remedy"
      ;;
  esac
  exit 10
}

json_text() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//[$'\001'-$'\037']/ }
  printf '%s' "$text"
}

# is_jdk_25 FOLDER: by its release file, else by asking its compiler
is_jdk_25() {
  [ -n "$1" ] && [ -x "$1/bin/javac" ] && [ -x "$1/bin/java" ] || return 1
  local line
  if [ -r "$1/release" ]; then
    while IFS= read -r line || [ -n "$line" ]; do
      case $line in
        'JAVA_VERSION="25"' | 'JAVA_VERSION="25.'*) return 0 ;;
        JAVA_VERSION=*) return 1 ;;
      esac
    done <"$1/release"
  fi
  case $("$1/bin/javac" -version 2>&1) in 'javac 25' | 'javac 25.'*) return 0 ;; esac
  return 1
}
