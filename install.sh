#!/bin/sh
# Installs the Heroku CLI and heroku-login into an image, as root, while the image is built.
#
# For dash, BusyBox ash and bash. The dev container CLI runs this file in the Feature's folder, with the
# options as variables such as VERSION. First everything is checked, then everything is prepared in a
# scratch folder, then it is moved into place: if a step fails, the image is left as it was. The last line
# starts it all, so a file that was cut off does nothing. The steps themselves are in the folder install/.
#
# Variables that the parts share, by the file that sets them (a function's own begin with _):
#
#   install.sh   LIB BIN CLI LOGIN; feature_dir, where this file is; scratch, where everything is prepared
#   options.sh   requested, the option version as it was given; selector, what it stands for: a channel, a
#                version, or the beginning of one; secret_name required app per_container_token
#                container_registry lean completion assets_url; protocol, which curl may use
#   system.sh    arch; glibc, true or false; missing, packages to install; image_node, if it is needed
#   packages.sh  manager; installed_packages, which were missing and stay, whatever happens
#   download.sh  downloader last_url; of a failure: cause, hint (the next step), retryable (yes or no)
#   release.sh   version sha256 archive_path; pipeline_status, how each part of the download ended; cli,
#                the folder of the unpacked CLI
#   place.sh     replaced_paths and created_dirs, which undo takes back: one path a line, newest first

set -u
umask 022
# Patterns such as [A-Z] must mean ASCII, and none of the image's settings may change what runs here.
export LC_ALL=C
unset CDPATH NODE_OPTIONS NODE_USE_ENV_PROXY
# As curl reads them, for wget too, which knows only the lower-case names.
https_proxy=${https_proxy:-${HTTPS_PROXY:-${all_proxy:-${ALL_PROXY:-}}}}
no_proxy=${no_proxy:-${NO_PROXY:-}}
[ -z "$https_proxy" ] || export https_proxy no_proxy

LIB=/usr/local/lib BIN=/usr/local/bin
CLI=$LIB/heroku LOGIN=$LIB/heroku-login

newline='
'
scratch='' installed_packages=''

feature_dir=$(dirname "$0")
feature_dir=$(cd "$feature_dir" && pwd)
[ -f "$feature_dir/heroku-login.cjs" ] || {
  echo 'heroku-cli: ERROR: heroku-login.cjs is missing beside install.sh. Use the published Feature, or run: npm run build' >&2
  exit 1
}
# shellcheck source=src/install/options.sh
. "$feature_dir/install/options.sh"
# shellcheck source=src/install/system.sh
. "$feature_dir/install/system.sh"
# shellcheck source=src/install/packages.sh
. "$feature_dir/install/packages.sh"
# shellcheck source=src/install/download.sh
. "$feature_dir/install/download.sh"
# shellcheck source=src/install/release.sh
. "$feature_dir/install/release.sh"
# shellcheck source=src/install/login.sh
. "$feature_dir/install/login.sh"
# shellcheck source=src/install/place.sh
. "$feature_dir/install/place.sh"

main() {
  check_system
  check_options
  install_missing_tools

  trap undo EXIT
  trap 'exit 130' HUP INT TERM
  make_folder "$LIB"
  make_folder "$BIN"
  scratch=$(mktemp -d "$LIB/.heroku-cli.XXXXXX") ||
    fail "could not create a folder in $LIB" "Is the file system full or read-only?"
  ensure "could not write to $scratch" mkdir "$scratch/home" "$scratch/backup"
  find_release
  unpack_release
  verify_cli_runs
  prepare_login

  # This takes less than a second, and stopping halfway would be worse than a late Ctrl-C.
  trap '' HUP INT TERM
  place_files
  edit_shell_startup_files
  set_git_helper
  replaced_paths='' created_dirs=''
  warn_about_other_herokus
  say "Heroku CLI $version installed; heroku-login runs when the container is created and started"
}

say() { printf 'heroku-cli: %s\n' "$*"; }

# fail PROBLEM NEXT-STEP: ends the installation, and the trap runs undo.
fail() {
  _rest='Nothing was installed'
  [ -z "$installed_packages" ] || _rest="Installed $installed_packages, but nothing else"
  printf 'heroku-cli: ERROR: %s. %s.\nheroku-cli: %s\n' "$1" "$_rest" "$2" >&2
  exit 1
}

# ensure PROBLEM COMMAND...: runs a command that has to work.
ensure() {
  _problem=$1
  shift
  "$@" || fail "$_problem" "The line above says why. Is the disk full?"
}

main "$@"
