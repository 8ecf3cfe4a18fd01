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
  _caches=/nowhere
  case $manager in
    apt-get) _caches=/var/lib/apt/lists ;;
    dnf | microdnf | yum) _caches='/var/cache/dnf /var/cache/libdnf5 /var/cache/yum' ;;
    pacman) _caches='/var/cache/pacman/pkg /var/lib/pacman/sync' ;;
  esac
  # Split on purpose: folders of one name each. Locks and empty folders are always there.
  # shellcheck disable=SC2086
  _were=$(find $_caches -type f ! -name lock -print 2>/dev/null | head -n 1)
  run_manager "$@" >&2 || fail "$manager could not install: $*" \
    "The lines above say why. Install that in your Dockerfile."
  [ -z "$_were" ] || return 0
  # shellcheck disable=SC2086
  for _folder in $_caches; do
    [ ! -d "$_folder" ] || find "$_folder" -mindepth 1 -delete
  done
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
    dnf) dnf install -y -q --setopt=install_weak_deps=False "$@" ;;
    microdnf) microdnf install -y --nodocs "$@" ;;
    yum) yum install -y -q "$@" ;;
    zypper) zypper --non-interactive --quiet install --no-recommends "$@" && zypper --quiet clean --all ;;
    pacman) pacman --sync --refresh --noconfirm --needed --quiet "$@" ;;
  esac
}
