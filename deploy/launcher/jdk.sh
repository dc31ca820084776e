# Finds a JDK 25: the default java of the machine may be another.

# find_jdk: sets JAVA_HOME, or says what to do and ends
find_jdk() {
  local candidate remembered=$here/target/dist/jdk
  if [ -n "${JAVA_HOME:-}" ] && is_jdk_25 "$JAVA_HOME"; then
    export JAVA_HOME
    return
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
  die 10 "no JDK 25 was found." \
    "Looked at JAVA_HOME (${JAVA_HOME:-not set}), the javac on the PATH (${javac:-none}), /usr/lib/jvm, /opt, ~/.sdkman and ~/.jdks." \
    "Install one, with any of:" \
    "  Debian 13 and later:  apt-get install openjdk-25-jdk-headless" \
    "  SDKMAN:               sdk install java 25-tem" \
    "  by hand:              unpack a JDK 25 (Temurin: https://adoptium.net) into /opt" \
    "or point JAVA_HOME at one. A JRE is not enough: Godwit is built from source."
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
