# shellcheck shell=sh
# Part of install.sh: installs packages with the image's own package manager.

# Sets manager to the image's package manager, or to nothing if it has none that is known.
find_manager() {
  for manager in apt-get apk dnf microdnf yum zypper pacman ''; do
    [ -z "$manager" ] || ! have "$manager" || return 0
  done
}

# install_packages NAME...: by the names that most distributions use, or fails. What the manager leaves in
# its caches is removed again, unless something was there before.
install_packages() {
  find_manager
  [ -n "$manager" ] || fail "this image is missing: $*" \
    "It has no package manager that this Feature knows. Install them in your Dockerfile, or use an image such as mcr.microsoft.com/devcontainers/base:bookworm"
  for _name; do
    shift
    case $manager:$_name in
      apt-get:libstdc++ | zypper:libstdc++) _name=libstdc++6 ;;
      pacman:libstdc++) _name=gcc-libs ;;
    esac
    set -- "$@" "$_name"
  done
  say "installing: $*"
  _empty_caches=
  for _folder in $(caches); do
    [ -n "$(cached_files "$_folder" | head -n 1)" ] || _empty_caches="$_empty_caches $_folder"
  done
  run_manager "$@" >&2
  _code=$?
  # Split on purpose: folders without a space in their names.
  for _folder in $_empty_caches; do
    cached_files "$_folder" | while IFS= read -r _file; do rm -f "$_file"; done
  done
  # What apt makes of its lists, up to 80 MB, and would make anew.
  [ "$manager" != apt-get ] || rm -f /var/cache/apt/pkgcache.bin /var/cache/apt/srcpkgcache.bin
  [ "$_code" -eq 0 ] || fail "$manager could not install: $*" \
    "The lines above say why. Install them in your Dockerfile."
  installed_packages=${installed_packages:+$installed_packages }$*
}

# The folders in which a manager keeps what a later step of the Dockerfile may need. The other managers
# clean up after themselves, see run_manager.
caches() {
  case $manager in
    apt-get) echo /var/lib/apt/lists /var/cache/apt/archives ;;
    pacman) echo /var/cache/pacman/pkg /var/lib/pacman/sync ;;
  esac
}

# cached_files FOLDER: without the lock, which is always there.
cached_files() { find "$1" -type f ! -name lock 2>/dev/null; }

# One source that fails is no reason to stop if the others have the packages.
run_manager() {
  case $manager in
    apt-get)
      apt-get update -qq || say "apt-get could not read all of its sources (the lines above say which); trying without them"
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
      ;;
    # It goes on by itself.
    apk) apk add --quiet --no-cache "$@" ;;
    dnf) tolerantly install -y -q --setopt=install_weak_deps=False "$@" && dnf clean all -q ;;
    microdnf) tolerantly install -y --nodocs "$@" && microdnf clean all ;;
    yum) tolerantly install -y -q "$@" && yum clean all -q ;;
    # 106: it left a source out.
    zypper) { zypper --non-interactive --quiet install --no-recommends "$@" || [ $? -eq 106 ]; } && zypper --quiet clean --all ;;
    pacman)
      set -- --sync --refresh --noconfirm --needed --quiet "$@"
      pacman "$@" || { try_again && pacman_tolerantly "$@"; }
      ;;
  esac
}

try_again() { say "$manager failed (the lines above say why); trying without the sources that do not answer"; }

tolerantly() { "$manager" "$@" || { try_again && "$manager" '--setopt=*.skip_if_unavailable=1' "$@"; }; }

# Pacman has no such option, so it gets a configuration with one source after the other, as long as it can read it.
pacman_tolerantly() {
  _config=$(mktemp) || return
  pacman-conf | sed -n '1p; 2,/^\[/ { /^\[/!p; }' >"$_config"
  for _source in $(pacman-conf --repo-list); do
    { cat "$_config" && echo "[$_source]" && pacman-conf --repo "$_source"; } >"$_config.more"
    ! pacman --config "$_config.more" --sync --refresh >/dev/null 2>&1 || mv "$_config.more" "$_config"
  done
  pacman --config "$_config" "$@"
  _code=$?
  rm -f "$_config" "$_config.more"
  return "$_code"
}
