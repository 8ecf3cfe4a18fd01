#!/bin/sh
# Installs the Heroku CLI and heroku-login into an image, as root, while the image is built.
#
# For dash, busybox ash and bash. The dev container CLI runs this file in the Feature's folder with
# the options as variables: VERSION, SECRETNAME, REQUIRED, APP, ASSETSURL. First everything is checked,
# then everything is prepared in a scratch folder, then it is moved into place: whatever fails, the
# image is left as it was. The last line starts it all, so that half a file does nothing.

set -u
umask 022
# Patterns such as [A-Z] must mean ASCII, and nothing of the image's settings may change what runs here.
LC_ALL=C
export LC_ALL
unset CDPATH NODE_OPTIONS

LIB=/usr/local/lib
BIN=/usr/local/bin
CLI=$LIB/heroku
LOGIN=$LIB/heroku-login
GIT_KEY=credential.https://git.heroku.com.helper
GIT_HELPER="$BIN/heroku-login git-credential"

# Filled while it runs: the scratch folder, and what was put in place so far, newest first.
scratch=
placed=

main() {
  check_system
  check_options
  provide_tools
  ensure "$LIB or $BIN could not be made" mkdir -p "$LIB" "$BIN"
  scratch=$(mktemp -d "$LIB/.heroku-cli.XXXXXX") ||
    fail "a folder in $LIB could not be made" "Is the file system full or read-only?"
  trap undo EXIT
  trap 'exit 130' HUP INT TERM
  find_release
  download_release
  unpack_release
  prepare_login
  # Quick, and half of it would be worse than a late Ctrl-C.
  trap '' HUP INT TERM
  put_in_place
  hook_shells
  set_git_helper
  placed=
  say "Heroku CLI $version installed; heroku-login runs when the container is created and started"
}

# --- saying -----------------------------------------------------------------------------------------

say() {
  printf 'heroku-cli: %s\n' "$*"
}

# fail WHAT WHAT-TO-DO: ends the installation. The trap takes back what was done.
fail() {
  printf 'heroku-cli: ERROR: %s. Nothing was installed.\nheroku-cli: %s\n' "$1" "$2" >&2
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
  for _target in $placed; do
    rm -rf "${_target:?}"
    _old=$(kept "$_target")
    if [ -e "$_old" ] || [ -h "$_old" ]; then mv "$_old" "$_target"; fi
  done
  rm -rf "${scratch:?}"
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
  [ -e "$_loader" ] ||
    fail "this image has no glibc (Alpine has musl), which the Node of the Heroku CLI needs" \
      "Use a Debian or Ubuntu image, such as mcr.microsoft.com/devcontainers/base:bookworm"
  _here=$(dirname "$0")
  here=$(cd "$_here" && pwd) || fail "the Feature's folder cannot be entered" "Run install.sh by its path."
  [ -f "$here/heroku-login.cjs" ] || fail "heroku-login.cjs is missing beside install.sh" \
    "Use the published Feature, or run: npm run build"
}

# Every value was put between double quotes into a file that root's shell has read (devcontainers.md
# part 2), so nothing is taken on trust; `true` is what "feature": true becomes.
check_options() {
  wanted=${VERSION:-latest}
  [ "$wanted" != true ] || wanted=latest
  if [ "$wanted" != latest ]; then
    wanted=${wanted#v}
    is_version "$wanted" || bad_version
  fi

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

  case ${REQUIRED:-false} in
    true) required=true ;;
    false) required=false ;;
    *) fail "the option required is neither true nor false" "Write \"required\": true, or leave it out." ;;
  esac

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

# is_version TEXT: three numbers, as 11.10.0.
is_version() {
  case $1 in
    *[!0-9.]* | .* | *. | *..* | *.*.*.*) return 1 ;;
    *.*.*) return 0 ;;
    *) return 1 ;;
  esac
}

bad_version() {
  fail "the option version is neither latest nor a version such as 11.10.0" \
    "Versions of the Heroku CLI: https://github.com/heroku/cli/releases"
}

bad_url() {
  fail "the option assetsUrl is not an https address without user, query or odd characters" \
    "Leave it out, or give the base address of your mirror of https://cli-assets.heroku.com"
}

# --- tools ------------------------------------------------------------------------------------------

have() {
  command -v "$1" >/dev/null 2>&1
}

# What the installation and the CLI's launcher (bash) need. What is there is not installed again.
provide_tools() {
  _missing=
  have curl || _missing="$_missing curl"
  [ "$protocol" != '=https' ] || [ -s /etc/ssl/certs/ca-certificates.crt ] ||
    _missing="$_missing ca-certificates"
  have tar || _missing="$_missing tar"
  have gzip || _missing="$_missing gzip"
  have bash || _missing="$_missing bash"
  have sha256sum && have mktemp || _missing="$_missing coreutils"
  [ -n "$_missing" ] || return 0
  have apt-get || fail "this image lacks:$_missing" "Install that in your Dockerfile, or use a Debian or Ubuntu image."
  say "installing:$_missing"
  # Lists of the image's own stay; ours would only make it larger. Folders and a lock are always there.
  _lists=$(find /var/lib/apt/lists -name '*Release' 2>/dev/null)
  # Split on purpose: a list of package names.
  # shellcheck disable=SC2086
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $_missing; } >&2 ||
    fail "apt-get could not install:$_missing" "The lines above say why. Install that in your Dockerfile."
  [ -n "$_lists" ] || rm -rf /var/lib/apt/lists/*
}

# --- the release ------------------------------------------------------------------------------------

# Sets version, address (below assets_url) and sum of the release that is wanted.
find_release() {
  if [ "$wanted" = latest ]; then
    # The channel's manifest names a file of a fixed version, so that file and sum belong together
    # also while a new version is published.
    fetch "/channels/stable/heroku-linux-$arch-buildmanifest" "$scratch/manifest" ||
      fail "the newest version of the Heroku CLI could not be found out, because $reason" "$advice"
  else
    fetch "/versions/heroku-linux-$arch-tar-gz.json" "$scratch/index" ||
      fail "the list of versions of the Heroku CLI could not be read, because $reason" "$advice"
    _file=$(json_text "$scratch/index" "$wanted")
    if [ -z "$_file" ]; then
      _newest=$(tr ',' '\n' <"$scratch/index" | tr -d '{}' |
        sed -n 's/^[[:space:]]*"\([0-9][0-9.]*\)"[[:space:]]*:.*/\1/p' | head -n 5 | tr '\n' ' ')
      [ -n "$_newest" ] || not_heroku "$assets_url/versions/heroku-linux-$arch-tar-gz.json"
      fail "there is no version $wanted of the Heroku CLI for linux-$arch" "The newest ones are: $_newest"
    fi
    _path=$(path_of "$_file") || not_heroku "$assets_url/versions/heroku-linux-$arch-tar-gz.json"
    fetch "${_path%.tar.gz}-buildmanifest" "$scratch/manifest" ||
      fail "the manifest of the Heroku CLI $wanted could not be read, because $reason" "$advice"
  fi
  version=$(json_text "$scratch/manifest" version)
  sum=$(json_text "$scratch/manifest" sha256gz)
  address=$(path_of "$(json_text "$scratch/manifest" gz)") || not_heroku "$last_url"
  is_version "$version" || not_heroku "$last_url"
  case $sum in *[!0-9a-f]*) not_heroku "$last_url" ;; esac
  [ ${#sum} -eq 64 ] || not_heroku "$last_url"
  [ "$wanted" = latest ] || [ "$version" = "$wanted" ] ||
    fail "the manifest for the Heroku CLI $wanted is one for $version" "Ask who runs $assets_url"
}

# json_text FILE KEY: the text that belongs to KEY; the file is one object, in any layout. There is no
# jq in a base image, and each value's form is checked before it is used.
json_text() {
  _key=$(printf '%s' "$2" | sed 's/\./\\./g')
  tr -d '\r\n' <"$1" | sed -n "s:\\\\/:/:g; s/.*\"$_key\"[[:space:]]*:[[:space:]]*\"\([^\"]*\)\".*/\1/p"
}

# path_of ADDRESS: its part from /versions/ on. Official addresses name Heroku's own host, a mirror's
# may name the mirror.
path_of() {
  case $1 in
    *[!A-Za-z0-9._~:/-]* | *..*) return 1 ;;
    */versions/*.tar.gz) printf '/versions/%s' "${1#*/versions/}" ;;
    *) return 1 ;;
  esac
}

not_heroku() {
  fail "$1 does not hold what Heroku publishes there" \
    "Is there a proxy or a login page in between? It should be JSON that begins with {"
}

download_release() {
  say "downloading the Heroku CLI $version for linux-$arch"
  fetch "$address" "$scratch/heroku.tar.gz" ||
    fail "the Heroku CLI $version could not be downloaded, because $reason" "$advice"
  _actual=$(sha256sum "$scratch/heroku.tar.gz") || fail "the download cannot be read" "Is the disk full?"
  _actual=${_actual%% *}
  [ "$_actual" = "$sum" ] || fail "the download of the Heroku CLI $version is damaged or was altered (SHA-256 $_actual, expected $sum)" \
    "Try again. If it stays, ask who runs $assets_url or your proxy."
}

# fetch PATH FILE: downloads, or sets reason and advice and returns 1. Tries again, and says so, where
# that can help.
fetch() {
  last_url=$assets_url$1
  for _pause in 1 4 0; do
    try_fetch "$2" && return 0
    { [ "$heals" = yes ] && [ "$_pause" -gt 0 ]; } || return 1
    say "$reason; trying again in $_pause s" >&2
    sleep "$_pause"
  done
}

# try_fetch FILE: one attempt for last_url. curl's own --retry would not heal a connection that was cut,
# and would wait as long as a Retry-After says. No redirect leads from https to http.
try_fetch() {
  advice="Is $assets_url reachable while images are built? Behind a proxy, give the build http_proxy and https_proxy."
  heals=no
  _status=$(curl --silent --show-error --fail --location --proto "$protocol" --proto-redir "$protocol" \
    --tlsv1.2 --connect-timeout 15 --speed-limit 1000 --speed-time 30 --max-time 1800 \
    --output "$1" --write-out '%{http_code}' "$last_url")
  _code=$?
  case $_code in
    0) return 0 ;;
    1) reason="$last_url leads to an address that is not https" ;;
    5)
      reason="the name of the proxy for $last_url is not known"
      heals=yes
      ;;
    6)
      reason="the name in $last_url is not known"
      heals=yes
      ;;
    7)
      reason="the connection for $last_url was refused"
      heals=yes
      ;;
    18 | 52 | 55 | 56 | 92)
      reason="the connection for $last_url was cut"
      heals=yes
      ;;
    22)
      reason="$last_url answered with $_status"
      case $_status in 408 | 429 | 5??) heals=yes ;; esac
      ;;
    23)
      reason="it could not be written to $LIB"
      advice="Is the disk full?"
      ;;
    28)
      reason="$last_url took too long"
      heals=yes
      ;;
    35 | 60 | 77)
      reason="the certificate for $last_url is not trusted"
      advice="Behind a company's proxy, add its certificate to the image before this Feature."
      ;;
    *) reason="curl ended with code $_code for $last_url" ;;
  esac
  return 1
}

unpack_release() {
  # A folder of its own: whatever else the archive holds must not get in the way of our files.
  unpacked=$scratch/unpacked/heroku
  ensure "the Heroku CLI could not be unpacked" mkdir "$scratch/unpacked" "$scratch/home"
  ensure "the Heroku CLI could not be unpacked" \
    tar -xzf "$scratch/heroku.tar.gz" -C "$scratch/unpacked" --no-same-owner
  rm -f "$scratch/heroku.tar.gz"
  _node=$unpacked/bin/node
  if ! [ -x "$_node" ] || ! [ -x "$unpacked/bin/heroku" ]; then
    fail "the archive of the Heroku CLI $version has another layout than this Feature knows" \
      "Choose another version, and report this."
  fi
  # Root's tar keeps the modes of the machine that packed it. Only root may change what everybody runs.
  ensure "the Heroku CLI could not be unpacked" chmod -R u+rwX-s,go=rX "$unpacked"
  # heroku-login uses what Node has had since 20.16, and is loaded here once to prove that it runs.
  if ! "$_node" -e 'process.getBuiltinModule("node:fs")' || ! "$_node" "$here/heroku-login.cjs" --version; then
    fail "the Node that comes with the Heroku CLI $version is too old for heroku-login, or does not run here" \
      "Choose a newer version of the CLI, or an image with glibc 2.28 or newer."
  fi >/dev/null
  # A home of its own, so that no cache stays in root's, and nothing else of the environment.
  _says=$(env -i HOME="$scratch/home" PATH="$PATH" DISABLE_TELEMETRY=true HEROKU_DISABLE_AUTOUPDATE=1 \
    HEROKU_SKIP_NEW_VERSION_CHECK=1 "$unpacked/bin/heroku" --version 2>"$scratch/stderr") || _says=
  case $_says in
    "heroku/$version "*) ;;
    *)
      cat "$scratch/stderr" >&2
      fail "the Heroku CLI $version does not run in this image" "The lines above say why. Choose another image or version."
      ;;
  esac
}

# --- heroku-login and the launchers -----------------------------------------------------------------

prepare_login() {
  ensure "heroku-login could not be prepared" mkdir "$scratch/heroku-login" "$scratch/bin" "$scratch/old"
  ensure "heroku-login could not be prepared" cp "$here/heroku-login.cjs" "$scratch/heroku-login/"
  ensure "heroku-login could not be prepared" cp "$here/shell/notice.sh" "$scratch/heroku-login/"
  ensure "heroku-login could not be prepared" chmod 0644 \
    "$scratch/heroku-login/heroku-login.cjs" "$scratch/heroku-login/notice.sh"
  printf '{"secretName":"%s","required":%s,"app":"%s"}\n' "$secret_name" "$required" "$app" \
    >"$scratch/heroku-login/options.json" || fail "the options could not be recorded" "Is the disk full?"
  ensure "the launchers could not be prepared" cp "$here/shell/heroku" "$here/shell/heroku-login" "$scratch/bin/"
  ensure "the launchers could not be prepared" chmod 0755 "$scratch/bin/heroku" "$scratch/bin/heroku-login"
}

# --- into place -------------------------------------------------------------------------------------

put_in_place() {
  if { [ -e "$BIN/heroku" ] || [ -h "$BIN/heroku" ]; } &&
    ! grep -q 'dev container Feature heroku-cli' "$BIN/heroku" 2>/dev/null; then
    say "another heroku was at $BIN/heroku and is replaced"
  fi
  place "$unpacked" "$CLI"
  place "$scratch/heroku-login" "$LOGIN"
  place "$scratch/bin/heroku" "$BIN/heroku"
  place "$scratch/bin/heroku-login" "$BIN/heroku-login"
}

# place NEW TARGET: puts NEW where TARGET is, and keeps what was there until all is done.
place() {
  _old=$(kept "$2")
  if [ -e "$2" ] || [ -h "$2" ]; then
    mv "$2" "$_old" || fail "$2 could not be moved aside" "Is the file system read-only?"
  fi
  placed="$2 $placed"
  mv "$1" "$2" || fail "$2 could not be put in place" "Is the disk full?"
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
    printf '%s\n' "$_from" "[ ! -r $LOGIN/notice.sh ] || . $LOGIN/notice.sh" "$_to" >>"$scratch/rc" ||
      fail "the change of $_file could not be prepared" "Is the disk full?"
    placed="$_file $placed"
    cat "$scratch/rc" >"$_file" || fail "$_file could not be changed" "Is the file system read-only?"
  done
}

# Git asks the helpers in the order it reads them; the empty one before ours empties the list, so that
# no helper that answers any host sends another token to Heroku (heroku.md part 4).
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

main "$@"
