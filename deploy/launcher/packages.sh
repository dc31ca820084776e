# Which Debian packages each task needs, and how they get here: by apt-get as root on Debian, else by a command to copy.

# "program or path that proves it" "package"
needs_of() { # TASK...
  local task
  for task; do
    case $task in
      build) printf '%s\n' 'mvn maven' ;;
      copy) # disks
        printf '%s\n' 'qemu-img qemu-utils' 'nbdkit nbdkit' 'setpriv util-linux' ;;
      convert) # libguestfs boots a kernel of /boot with its modules; a container has none
        printf '%s\n' 'virt-v2v-in-place virt-v2v' 'virt-inspector libguestfs-tools' '/usr/share/java/libguestfs-*.jar libguestfs-java' \
          '/boot/vmlinuz-* linux-image-cloud-ARCHITECTURE' ;;
      boot)
        printf '%s\n' 'qemu-system-x86_64 qemu-system-x86' '/usr/share/OVMF/OVMF_CODE*.fd ovmf' ;;
      peers) # all that runs beside us, and what makes guests and databases to try it on
        needs_of copy convert boot
        printf '%s\n' 'nbdcopy libnbd-bin' 'guestfish libguestfs-tools' \
          'debootstrap debootstrap' 'strace strace' '/usr/lib/postgresql/*/bin/initdb postgresql' \
          'sfdisk fdisk' 'mkfs.ext4 e2fsprogs' 'depmod kmod' 'ps procps' 'xz xz-utils' 'openssl openssl' \
          'virt-xml-validate libvirt-clients' 'xmllint libxml2-utils' 'curl curl'
        ;;
      tests) # what only tests run against
        printf '%s\n' 'sshd openssh-server' 'ssh-keygen openssh-client' 'gcc gcc' '/usr/include/stdio.h libc6-dev' 'chromium chromium' ;;
    esac
  done
}

is_here() { # PROGRAM or PATH PATTERN
  case $1 in
    /*) compgen -G "$1" >/dev/null ;;
    *) command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || [ -x "/sbin/$1" ] ;;
  esac
}

# find_missing TASK...: sets missing (packages) and proofs (what is not here of them)
find_missing() {
  local proof package
  missing=() proofs=()
  while read -r proof package; do
    if ! is_here "$proof"; then
      case $package in *-ARCHITECTURE) package=${package%ARCHITECTURE}$(dpkg --print-architecture 2>/dev/null || echo amd64) ;; esac
      case " ${missing[*]} " in *" $package "*) ;; *) missing+=("$package") ;; esac
      proofs+=("$proof")
    fi
  done < <(needs_of "$@")
}

# require_packages TASK...: installs what is missing, or says which command does and ends
require_packages() {
  local proof missing proofs
  find_missing "$@"
  [ ${#missing[@]} -gt 0 ] || return 0
  if ! command -v apt-get >/dev/null; then
    die 11 "these are missing: ${proofs[*]}" \
      "This is no Debian, so Godwit cannot install them. Their Debian packages are called: ${missing[*]}"
  fi
  if [ "$(id -u)" != 0 ]; then
    die 11 "these are missing: ${proofs[*]}" "Install them as root, then start again:" \
      "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"
  fi
  say "godwit: installing ${missing[*]}"
  install_packages "${missing[@]}"
  for proof in "${proofs[@]}"; do
    is_here "$proof" || die 11 "apt-get installed ${missing[*]}, but $proof is still not here." "See $here/target/apt.log"
  done
}

install_packages() {
  local log=$here/target/apt.log policy=${policy_program:-/usr/sbin/policy-rc.d} ours=
  mkdir -p "$here/target"
  export DEBIAN_FRONTEND=noninteractive
  # No service starts because of us: Debian asks this program first.
  if [ ! -e "$policy" ]; then
    ours=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  local code=0
  {
    refresh_package_lists
    case " $* " in *' postgresql '*) # its programs are wanted, not a cluster that runs
      apt_get install postgresql-common && printf 'create_main_cluster = false\n' >>/etc/postgresql-common/createcluster.conf ;;
    esac && case " $* " in *' openssh-server '*) # nor an SSH server that the next boot would start: its unit asks for this file
      mkdir -p /etc/ssh && echo 'Made by godwit, whose tests want the programs only. Remove this file to run an SSH server.' >/etc/ssh/sshd_not_to_be_run ;;
    esac && apt_get install "$@"
  } >"$log" 2>&1 </dev/null || code=$?
  [ -z "$ours" ] || rm -f "$policy"
  if [ "$code" != 0 ]; then
    tail -n 15 "$log" >&2
    die 11 "apt-get could not install: $*" "Its log: $log" "By hand: apt-get update && apt-get install -y --no-install-recommends $*"
  fi
}

# once per run, when the lists are missing or a day old
refresh_package_lists() {
  if [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -mmin -1440 -print -quit 2>/dev/null)" ]; then
    apt_get update
  fi
}

apt_get() { # a lock held by another apt is waited for; a mirror is asked three times
  apt-get -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Options::=--force-confold "$@"
}

# prepare_to_migrate WORD...: what the words of `migrate` need; where there is no apt-get, our proofs may be elsewhere, and it is tried without
prepare_to_migrate() {
  ! asks_for_help "$@" || return 0
  local tasks=(copy) missing proofs
  case " $* " in *' --no-convert '*) ;; *) tasks+=(convert) ;; esac
  case " $* " in *' --no-boot-check '*) ;; *) tasks+=(boot) ;; esac
  if command -v apt-get >/dev/null; then
    require_packages "${tasks[@]}"
  else
    find_missing "${tasks[@]}"
    [ ${#missing[@]} = 0 ] || say "godwit: not found: ${proofs[*]}; their Debian packages are called: ${missing[*]}"
  fi
  export GODWIT_PACKAGES=looked # its server need not look again
}

# prepare_to_serve WORD...: a server starts also where something is missing: it may have other work to do
prepare_to_serve() {
  [ -z "${GODWIT_PACKAGES:-}" ] || return 0
  (require_packages copy convert boot) || say "godwit: the server starts without them."
}

asks_for_help() {
  local word
  for word; do case $word in -h | --help) return 0 ;; esac done
  return 1
}
