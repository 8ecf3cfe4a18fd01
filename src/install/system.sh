# shellcheck shell=sh disable=SC2034,SC2154
# Part of install.sh: what the image is, and what it lacks.

# Sets arch and glibc.
check_system() {
  [ "$(id -u)" = 0 ] || fail "install.sh must run as root" \
    "Features always do. To run it by hand, use: sudo sh install.sh"
  _system=$(uname -s)
  [ "$_system" = Linux ] || fail "the Heroku CLI is not available for $_system" \
    "This Feature is for Linux containers."
  _machine=$(uname -m)
  case $_machine in
    x86_64 | amd64) arch=x64 _loader=/lib64/ld-linux-x86-64.so.2 ;;
    aarch64 | arm64) arch=arm64 _loader=/lib/ld-linux-aarch64.so.1 ;;
    *) fail "the Heroku CLI is not available for the architecture $_machine" \
      "Use an image for x86_64 or arm64, for example with: docker build --platform linux/amd64" ;;
  esac
  # The loader that the CLI's own Node needs. Alpine does not have it: its C library is musl.
  glibc=true
  [ -e "$_loader" ] || glibc=false
}

# Installs what the installation needs and the image lacks, and nothing else.
install_missing_tools() {
  find_missing_tools
  [ "$protocol" != '=https' ] || has_certificates || missing="$missing ca-certificates"
  [ -n "$missing" ] || return 0
  # Split on purpose: a list of names.
  # shellcheck disable=SC2086
  install_packages $missing
  find_missing_tools
  case $missing in
    '') ;;
    *nodejs*) no_node ;;
    *) fail "still missing after $manager installed it:$missing" "Install it in your Dockerfile." ;;
  esac
}

# Sets missing to a list of packages, and on the way downloader and image_node.
find_missing_tools() {
  missing=
  find_downloader
  [ -n "$downloader" ] || missing="$missing curl"
  for _tool in tar gzip; do have "$_tool" || missing="$missing $_tool"; done
  { have sha256sum && have mktemp && have mkfifo; } || missing="$missing coreutils"
  image_node=
  [ "$glibc" = true ] || find_image_node || {
    find_manager
    [ -n "$manager" ] || no_node
    missing="$missing nodejs"
  }
}

no_node() {
  fail "this image has neither glibc (which the Heroku CLI's own Node needs) nor Node 20 or newer" \
    "Use an image with Node, such as Alpine 3.20 or newer, or one with glibc, such as mcr.microsoft.com/devcontainers/base:bookworm"
}

has_certificates() {
  cat /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem 2>/dev/null |
    grep -q .
}

# Sets image_node to the image's own Node, if it is new enough and every user may run it.
find_image_node() {
  image_node=$(command -v node) && image_node=$(readlink -f "$image_node") || return 1
  case $image_node in /root/*) return 1 ;; esac
  "$image_node" -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null
}

have() { command -v "$1" >/dev/null 2>&1; }

# exists PATH: true also for a symbolic link that leads nowhere.
exists() { [ -e "$1" ] || [ -h "$1" ]; }
