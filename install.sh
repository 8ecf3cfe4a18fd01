#!/bin/sh
# Installs the Heroku CLI and heroku-login into an image, as root, while the image is built.
#
# For dash, busybox ash and bash. The dev container CLI runs this file in the Feature's folder with
# the options as variables, such as VERSION. First everything is checked, then everything is prepared in
# a scratch folder, then it is moved into place: whatever fails, the image is left as it was. The last
# line starts it all, so that half a file does nothing. Its parts are in the folder shell/.

set -u
umask 022
# Patterns such as [A-Z] must mean ASCII, and nothing of the image's settings may change what runs here.
LC_ALL=C
export LC_ALL
unset CDPATH NODE_OPTIONS NODE_USE_ENV_PROXY
# As curl reads them, for wget, too: it knows the small letters alone.
https_proxy=${https_proxy:-${HTTPS_PROXY:-${all_proxy:-${ALL_PROXY:-}}}}
no_proxy=${no_proxy:-${NO_PROXY:-}}
[ -z "$https_proxy" ] || export https_proxy no_proxy

LIB=/usr/local/lib
BIN=/usr/local/bin
CLI=$LIB/heroku
LOGIN=$LIB/heroku-login
BASH_COMPLETION=/usr/local/share/bash-completion/completions/heroku
ZSH_COMPLETION=/usr/local/share/zsh/site-functions/_heroku
GIT_KEY=credential.https://git.heroku.com.helper
GIT_HELPER="$BIN/heroku-login git-credential"

# Filled while it runs: the scratch folder, what was made and put in place so far, newest first, and the
# packages that were installed because they were missing.
scratch=
made=
placed=
packages=

here=$(dirname "$0")
here=$(cd "$here" && pwd)
[ -f "$here/heroku-login.cjs" ] || {
  echo 'heroku-cli: ERROR: heroku-login.cjs is missing beside install.sh. Use the published Feature, or run: npm run build' >&2
  exit 1
}
# shellcheck source=src/install/packages.sh
. "$here/install/packages.sh"
# shellcheck source=src/install/download.sh
. "$here/install/download.sh"
# shellcheck source=src/install/release.sh
. "$here/install/release.sh"

main() {
  check_system
  check_options
  provide_tools
  trap undo EXIT
  trap 'exit 130' HUP INT TERM
  make_folder "$LIB"
  make_folder "$BIN"
  scratch=$(mktemp -d "$LIB/.heroku-cli.XXXXXX") ||
    fail "a folder in $LIB could not be made" "Is the file system full or read-only?"
  ensure "$scratch could not be filled" mkdir "$scratch/home" "$scratch/old"
  find_release
  unpack_release
  prove_release
  prepare_login
  # Quick, and half of it would be worse than a late Ctrl-C.
  trap '' HUP INT TERM
  put_in_place
  hook_shells
  set_git_helper
  placed=
  made=
  tell_of_others
  say "Heroku CLI $version installed; heroku-login runs when the container is created and started"
}

# --- saying -----------------------------------------------------------------------------------------

say() {
  printf 'heroku-cli: %s\n' "$*"
}

# fail WHAT WHAT-TO-DO: ends the installation. The trap takes back what was done.
fail() {
  printf 'heroku-cli: ERROR: %s. Nothing was installed%s.\nheroku-cli: %s\n' \
    "$1" "${packages:+ but $packages}" "$2" >&2
  exit 1
}

# ensure WHAT COMMAND...: runs a command that has to work.
ensure() {
  _what=$1
  shift
  "$@" || fail "$_what" "The line above says why. Is the disk full?"
}

undo() {
  _code=$?
  trap - EXIT
  # What still runs in the background would write into the folder while it is removed.
  wait
  for _target in $placed; do
    rm -rf "${_target:?}"
    _old=$(kept "$_target")
    if [ -e "$_old" ] || [ -h "$_old" ]; then mv "$_old" "$_target"; fi
  done
  [ -z "$scratch" ] || rm -rf "$scratch"
  # Split on purpose: folders, the innermost first; one that has got something in it stays.
  # shellcheck disable=SC2086
  [ -z "$made" ] || rmdir $made 2>/dev/null
  exit "$_code"
}

# --- checks, before anything is changed -------------------------------------------------------------

check_system() {
  [ "$(id -u)" = 0 ] || fail "install.sh must run as root" \
    "Features always do; by hand, use: sudo sh install.sh"
  _system=$(uname -s)
  [ "$_system" = Linux ] || fail "there is no Heroku CLI for $_system here" \
    "This Feature is for Linux containers."
  _machine=$(uname -m)
  case $_machine in
    x86_64 | amd64) arch=x64 _loader=/lib64/ld-linux-x86-64.so.2 ;;
    aarch64 | arm64) arch=arm64 _loader=/lib/ld-linux-aarch64.so.1 ;;
    *) fail "there is no Heroku CLI for the architecture $_machine" \
      "Use an image for x86_64 or arm64, for example with: docker build --platform linux/amd64" ;;
  esac
  # The loader that the CLI's own Node names; Alpine, whose C library is musl, does not have it.
  glibc=true
  [ -e "$_loader" ] || glibc=false
}

# Every value was put between double quotes into a file that root's shell has read
# (docs/facts/devcontainers.md part 2), so nothing is taken on trust; `true` is what "feature": true becomes.
check_options() {
  asked=${VERSION:-latest}
  case $asked in
    latest | stable | true) wanted=stable ;;
    beta) wanted=beta ;;
    *)
      wanted=${asked#v}
      is_version "$wanted" || is_beginning "$wanted" || bad_version
      ;;
  esac

  secret_name=${SECRETNAME:-HEROKU_API_KEY}
  case $secret_name in
    # Never shown: it may be a token, and this goes into a log.
    *HRKU-* | ????????-????-????-????-????????????)
      fail "the option secretName holds what looks like a token" \
        "It takes the NAME of the secret, such as HEROKU_API_KEY. The token is now in your configuration and in this log: revoke it at https://dashboard.heroku.com/account/applications" ;;
    *[!A-Za-z0-9_]* | [0-9]* | GITHUB_*)
      fail "the option secretName is not the name of a secret" \
        "Letters, digits and _ are allowed, not a digit first, and not GITHUB_ first, as in HEROKU_API_KEY." ;;
  esac

  required=${REQUIRED:-false}
  lean=${LEAN:-true}
  completion=${COMPLETION:-true}
  per_container_token=${PERCONTAINERTOKEN:-false}
  container_registry=${CONTAINERREGISTRY:-false}
  check_boolean required "$required"
  check_boolean perContainerToken "$per_container_token"
  check_boolean lean "$lean"
  check_boolean completion "$completion"
  check_boolean containerRegistry "$container_registry"

  check_apps

  assets_url=${ASSETSURL:-https://cli-assets.heroku.com}
  [ "$assets_url" != true ] || assets_url=https://cli-assets.heroku.com
  while [ "$assets_url" != "${assets_url%/}" ]; do assets_url=${assets_url%/}; done
  case $assets_url in
    *[!A-Za-z0-9._~:/-]*) bad_url ;;
    https://?*) protocol='=https' ;;
    http://localhost | http://localhost[:/]* | http://127.0.0.1 | http://127.0.0.1[:/]*) protocol='=http' ;;
    *) bad_url ;;
  esac
}

# The apps to add git remotes for: APP, or REMOTE=APP, or several of these with commas between them.
check_apps() {
  app=${APP:-}
  _rest=${app:+$app,}
  _seen=,
  while [ -n "$_rest" ]; do
    _name=${_rest%%,*}
    _rest=${_rest#*,}
    _remote=heroku
    case $_name in *=*) _remote=${_name%%=*} _name=${_name#*=} ;; esac
    # Heroku's rule for names, and what git allows without any doubt.
    case $_name in *[!a-z0-9-]* | [!a-z]* | *- | '' | ? | ??) bad_app ;; esac
    [ ${#_name} -le 30 ] || bad_app
    case $_remote in *[!A-Za-z0-9._-]* | [!A-Za-z0-9]* | *..* | *. | *.lock | '') bad_app ;; esac
    case $_seen in *",$_remote,"*) fail "the option app has two apps for the git remote $_remote" \
      "Give each a name of its own, as in: staging=my-app-staging,production=my-app" ;; esac
    _seen=$_seen$_remote,
  done
}

bad_app() {
  fail "the option app is neither the name of an app nor a list such as staging=my-app-staging,production=my-app" \
    "Apps have the names that heroku apps shows: lower-case letters, digits and dashes, no address. Write no blanks."
}

check_boolean() {
  case $2 in
    true | false) ;;
    *) fail "the option $1 is neither true nor false" "Write \"$1\": true or false, or leave it out." ;;
  esac
}

# is_version TEXT: three numbers, as 11.10.0, and perhaps the mark of a preview, as 11.11.0-beta.1.
is_version() {
  case $1 in
    *[!0-9A-Za-z.-]*) return 1 ;;
    *-*) is_version "${1%%-*}" ;;
    *[!0-9.]* | .* | *. | *..* | *.*.*.*) return 1 ;;
    *.*.*) return 0 ;;
    *) return 1 ;;
  esac
}

# is_beginning TEXT: one or two numbers, as 11 or 11.9.
is_beginning() {
  case $1 in
    *[!0-9.]* | .* | *. | *..* | *.*.*) return 1 ;;
    *) return 0 ;;
  esac
}

bad_version() {
  fail "the option version is neither latest nor beta nor a version such as 11, 11.10 or 11.10.0" \
    "Versions of the Heroku CLI: https://github.com/heroku/cli/releases"
}

bad_url() {
  fail "the option assetsUrl is not an https address without user, query or odd characters" \
    "Leave it out, or give the base address of your mirror of https://cli-assets.heroku.com"
}

# --- tools ------------------------------------------------------------------------------------------

# What the installation needs. What is there is not installed again.
provide_tools() {
  find_missing
  [ "$protocol" != '=https' ] || has_certificates || missing="$missing ca-certificates"
  [ -n "$missing" ] || return 0
  # Split on purpose: a list of names.
  # shellcheck disable=SC2086
  install_packages $missing
  find_missing
  case $missing in
    '') ;;
    *nodejs*) no_node ;;
    *) fail "$manager installed that, but it is still missing:$missing" "Install that in your Dockerfile." ;;
  esac
}

# Sets missing to a list of packages; what it finds it sets as well: downloader, own_node.
find_missing() {
  missing=
  find_downloader
  [ -n "$downloader" ] || missing="$missing curl"
  have tar || missing="$missing tar"
  have gzip || missing="$missing gzip"
  { have sha256sum && have mktemp && have mkfifo; } || missing="$missing coreutils"
  own_node=
  [ "$glibc" = true ] || find_node || {
    find_manager
    [ -n "$manager" ] || no_node
    missing="$missing nodejs"
  }
}

no_node() {
  fail "this image has no glibc (Alpine has musl), which the Node of the Heroku CLI needs, and no Node of version 20 or newer itself" \
    "Use an image with Node, such as Alpine 3.20 or newer, or one with glibc, such as mcr.microsoft.com/devcontainers/base:bookworm"
}

has_certificates() {
  for _file in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem; do
    [ ! -s "$_file" ] || return 0
  done
  return 1
}

# Sets own_node to the image's Node, where it is new enough and every user may run it.
find_node() {
  own_node=$(command -v node) && own_node=$(readlink -f "$own_node") || return 1
  case $own_node in /root/*) return 1 ;; esac
  "$own_node" -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null
}

# --- heroku-login and the launchers -----------------------------------------------------------------

prepare_login() {
  ensure "heroku-login could not be prepared" mkdir "$scratch/heroku-login" "$scratch/bin"
  ensure "heroku-login could not be prepared" cp "$here/heroku-login.cjs" "$scratch/heroku-login/"
  sed "s/HEROKU_API_KEY/$secret_name/g" "$here/image/shell-notice.sh" >"$scratch/heroku-login/shell-notice.sh" ||
    fail "heroku-login could not be prepared" "Is the disk full?"
  ensure "heroku-login could not be prepared" chmod 0644 \
    "$scratch/heroku-login/heroku-login.cjs" "$scratch/heroku-login/shell-notice.sh"
  printf '{"secretName":"%s","required":%s,"app":"%s","perContainerToken":%s,"containerRegistry":%s}\n' \
    "$secret_name" "$required" "$app" "$per_container_token" "$container_registry" \
    >"$scratch/heroku-login/options.json" || fail "the options could not be recorded" "Is the disk full?"
  ensure "the launchers could not be prepared" cp "$here/image/bin/heroku" "$here/image/bin/heroku-login" "$scratch/bin/"
  ensure "the launchers could not be prepared" chmod 0755 "$scratch/bin/heroku" "$scratch/bin/heroku-login"
  [ "$completion" = true ] || return 0
  # What Heroku's own scripts for bash and zsh read, made here once instead of by every user.
  ensure "the completion could not be prepared" mv "$scratch/home/.cache/heroku/autocomplete" "$cli/autocomplete"
  ensure "the completion could not be prepared" chmod -R u+rwX,go=rX "$cli/autocomplete"
  ensure "the completion could not be prepared" cp "$here/image/completion.bash" "$scratch/bash"
  ensure "the completion could not be prepared" cp "$here/image/completion.zsh" "$scratch/zsh"
  ensure "the completion could not be prepared" chmod 0644 "$scratch/bash" "$scratch/zsh"
}

# --- into place -------------------------------------------------------------------------------------

put_in_place() {
  if { [ -e "$BIN/heroku" ] || [ -h "$BIN/heroku" ]; } &&
    ! grep -q 'dev container Feature heroku-cli' "$BIN/heroku" 2>/dev/null; then
    case $(readlink "$BIN/heroku") in
      *node_modules/*) say "$BIN/heroku is replaced; npm, whose heroku was there, would remove this one with its own: better run, before this Feature: npm uninstall --global heroku" ;;
      *) say "another heroku was at $BIN/heroku and is replaced" ;;
    esac
  fi
  place "$cli" "$CLI"
  place "$scratch/heroku-login" "$LOGIN"
  if [ "$completion" = true ]; then
    place "$scratch/bash" "$BASH_COMPLETION"
    place "$scratch/zsh" "$ZSH_COMPLETION"
  else
    # Of an earlier installation with other options.
    for _file in "$BASH_COMPLETION" "$ZSH_COMPLETION"; do
      ! grep -q "$CLI/autocomplete" "$_file" 2>/dev/null || set_aside "$_file"
    done
  fi
  place "$scratch/bin/heroku" "$BIN/heroku"
  place "$scratch/bin/heroku-login" "$BIN/heroku-login"
}

# place NEW TARGET: puts NEW where TARGET is, and keeps what was there until all is done.
place() {
  make_folder "${2%/*}"
  set_aside "$2"
  mv "$1" "$2" || fail "$2 could not be put in place" "Is the disk full?"
}

set_aside() {
  if [ -e "$1" ] || [ -h "$1" ]; then
    mv "$1" "$(kept "$1")" || fail "$1 could not be moved aside" "Is the file system read-only?"
  fi
  placed="$1 $placed"
}

# make_folder PATH: makes it, and those it is in, where they are missing.
make_folder() {
  [ ! -d "$1" ] || return 0
  make_folder "${1%/*}"
  ensure "$1 could not be made" mkdir "$1"
  made="$1 $made"
}

# kept TARGET: where the former TARGET is until all is done.
kept() {
  printf '%s/old/%s' "$scratch" "$(printf '%s' "$1" | tr / -)"
}

# What every interactive bash and zsh reads, in the place that its distribution chose. Only files that
# are there: dpkg would stop at one of ours when it installs the shell later. Only the content changes,
# so that owner, mode and links stay.
hook_shells() {
  _from='# >>> dev container Feature heroku-cli >>>'
  _to='# <<< dev container Feature heroku-cli <<<'
  for _file in /etc/bash.bashrc /etc/bashrc /etc/bash/bashrc /etc/zsh/zshrc /etc/zshrc; do
    [ -f "$_file" ] || continue
    _file=$(readlink -f "$_file")
    ensure "$_file could not be kept" cp -p "$_file" "$(kept "$_file")"
    sed "/^$_from\$/,/^$_to\$/d" "$_file" >"$scratch/rc" ||
      fail "$_file could not be read" "The line above says why."
    # Its last line may lack an end.
    [ -z "$(tail -c 1 "$scratch/rc")" ] || echo >>"$scratch/rc"
    {
      echo "$_from"
      echo "[ ! -r $LOGIN/shell-notice.sh ] || . $LOGIN/shell-notice.sh"
      # For images without the package bash-completion, which would find the file by itself.
      [ "$completion" = false ] ||
        echo "[ -z \"\${BASH_VERSION-}\" ] || { _heroku_load() { . $BASH_COMPLETION && return 124; }; complete -F _heroku_load heroku; }"
      echo "$_to"
    } >>"$scratch/rc" ||
      fail "the change of $_file could not be prepared" "Is the disk full?"
    placed="$_file $placed"
    cat "$scratch/rc" >"$_file" || fail "$_file could not be changed" "Is the file system read-only?"
  done
}

# Git asks the helpers in the order it reads them; the empty one before ours empties the list, so that
# no helper that answers any host sends another token to Heroku (docs/facts/heroku.md part 4).
set_git_helper() {
  if ! have git; then
    say "git is not installed; once it is, git push to Heroku works through ~/.netrc"
    return 0
  fi
  _newline='
'
  # Ours must be the last two: what is before them, somebody else's, then stays and does not count.
  case $_newline$(git config --system --get-all "$GIT_KEY" 2>/dev/null) in
    *"$_newline$_newline$GIT_HELPER") return 0 ;;
  esac
  git config --system --unset-all "$GIT_KEY" "^$GIT_HELPER\$" 2>/dev/null # 5: there was none
  { git config --system --add "$GIT_KEY" '' && git config --system --add "$GIT_KEY" "$GIT_HELPER"; } ||
    fail "git's system-wide configuration could not be written" \
      "The line above says why. See: git config --system --list --show-origin"
}

# Another heroku that the image has: npm's, apt's, or Heroku's own installer's.
tell_of_others() {
  _first=yes
  _rest=$PATH:
  while [ -n "$_rest" ]; do
    _folder=${_rest%%:*}
    _rest=${_rest#*:}
    if [ "$_folder" = "$BIN" ]; then
      _first=no
    elif [ -n "$_folder" ] && [ -x "$_folder/heroku" ]; then
      if [ "$_first" = yes ]; then
        say "$_folder/heroku comes before $BIN/heroku in the PATH, so it is what runs; remove it, for example with: npm uninstall --global heroku" >&2
      else
        say "$_folder/heroku stays, but is no longer what runs"
      fi
    fi
  done
}

main "$@"
