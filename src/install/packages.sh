# shellcheck shell=sh
# Part of install.sh: what the image lacks is installed with the image's own package manager.
# shellcheck disable=SC2154 # set by install.sh

have() {
  command -v "$1" >/dev/null 2>&1
}

# Sets manager to the image's package manager; empty where there is none that is known.
find_manager() {
  for manager in apt-get apk dnf microdnf yum zypper pacman ''; do
    [ -z "$manager" ] || ! have "$manager" || return 0
  done
}

# install_packages NAME...: by the names that most distributions use. Says why where it cannot. What the
# manager leaves in its caches goes again, where it was not there before.
install_packages() {
  find_manager
  [ -n "$manager" ] || fail "this image lacks: $*" \
    "It has no package manager that this Feature knows. Install that in your Dockerfile, or use an image such as mcr.microsoft.com/devcontainers/base:bookworm"
  for _name; do
    shift
    set -- "$@" "$(package_name "$_name")"
  done
  say "installing: $*"
  _fresh=
  for _folder in $(caches); do
    [ -n "$(cached "$_folder" | head -n 1)" ] || _fresh="$_fresh $_folder"
  done
  run_manager "$@" >&2
  _code=$?
  # Split on purpose: folders of one name each.
  for _folder in $_fresh; do
    cached "$_folder" | while IFS= read -r _file; do rm -f "$_file"; done
  done
  # What apt makes of its lists, up to 80 MB, and would make anew.
  [ "$manager" != apt-get ] || rm -f /var/cache/apt/pkgcache.bin /var/cache/apt/srcpkgcache.bin
  [ "$_code" -eq 0 ] || fail "$manager could not install: $*" \
    "The lines above say why. Install that in your Dockerfile."
  packages=${packages:+$packages }$*
}

# The folders in which a manager keeps what a later step of the Dockerfile may count on. The others clean
# up after themselves, see run_manager.
caches() {
  case $manager in
    apt-get) echo /var/lib/apt/lists /var/cache/apt/archives ;;
    pacman) echo /var/cache/pacman/pkg /var/lib/pacman/sync ;;
  esac
}

# cached FOLDER: the files in it; locks are always there.
cached() {
  find "$1" -type f ! -name lock 2>/dev/null
}

package_name() {
  case $manager:$1 in
    apt-get:libstdc++ | zypper:libstdc++) echo libstdc++6 ;;
    pacman:libstdc++) echo gcc-libs ;;
    *) echo "$1" ;;
  esac
}

run_manager() {
  case $manager in
    apt-get)
      apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
      ;;
    apk) apk add --quiet --no-cache "$@" ;;
    dnf) dnf install -y -q --setopt=install_weak_deps=False "$@" && dnf clean all -q ;;
    microdnf) microdnf install -y --nodocs "$@" && microdnf clean all ;;
    yum) yum install -y -q "$@" && yum clean all -q ;;
    zypper) zypper --non-interactive --quiet install --no-recommends "$@" && zypper --quiet clean --all ;;
    pacman) pacman --sync --refresh --noconfirm --needed --quiet "$@" ;;
  esac
}
