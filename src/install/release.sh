# shellcheck shell=sh
# Part of install.sh: finds the release of the Heroku CLI that is wanted, and unpacks it into the scratch
# folder while it is downloaded and summed up.
# shellcheck disable=SC2154 # set by install.sh

# Sets version, address (below assets_url) and sum of the release that is wanted.
find_release() {
  case $wanted in
    # The channel's manifest names a file of a fixed version, so that file and sum belong together
    # also while a new version is published.
    stable | beta)
      fetch "/channels/$wanted/heroku-linux-$arch-buildmanifest" "$scratch/manifest" ||
        fail "the newest version of the Heroku CLI could not be found out, because $reason" "$advice"
      ;;
    *) find_version ;;
  esac
  version=$(json_text "$scratch/manifest" version)
  sum=$(json_text "$scratch/manifest" sha256gz)
  address=$(path_of "$(json_text "$scratch/manifest" gz)") || not_heroku "$last_url"
  is_version "$version" || not_heroku "$last_url"
  case $sum in *[!0-9a-f]*) not_heroku "$last_url" ;; esac
  [ ${#sum} -eq 64 ] || not_heroku "$last_url"
  case $wanted in
    stable | beta | "$version") ;;
    *) fail "the manifest for the Heroku CLI $wanted is one for $version" "Ask who runs $assets_url" ;;
  esac
}

# Turns wanted, a version or the beginning of one, into a version of the index, and fetches the manifest of
# that very build.
find_version() {
  fetch "/versions/heroku-linux-$arch-tar-gz.json" "$scratch/index" ||
    fail "the list of versions of the Heroku CLI could not be read, because $reason" "$advice"
  tr ',' '\n' <"$scratch/index" | tr -d '{}' |
    sed -n 's/^[[:space:]]*"\([0-9][0-9A-Za-z.-]*\)"[[:space:]]*:.*/\1/p' |
    sort -t . -k 1,1n -k 2,2n -k 3,3n >"$scratch/versions"
  [ -s "$scratch/versions" ] || not_heroku "$last_url"
  is_version "$wanted" || wanted=$(newest "$wanted" 1)
  _file=
  [ -z "$wanted" ] || _file=$(json_text "$scratch/index" "$wanted")
  [ -n "$_file" ] || no_such_version "${wanted:-$asked}"
  _path=$(path_of "$_file") || not_heroku "$last_url"
  fetch "${_path%.tar.gz}-buildmanifest" "$scratch/manifest" ||
    fail "the manifest of the Heroku CLI $wanted could not be read, because $reason" "$advice"
}

# newest BEGINNING COUNT: the newest versions of the index that begin so, the newest last; no previews.
newest() {
  _pattern=$(printf '%s' "$1" | sed 's/\./\\./g')
  grep "^$_pattern${_pattern:+\\.}[0-9.]*\$" "$scratch/versions" | tail -n "$2"
}

# The nearest ones are those of the same minor version, else of the same major version, else the newest.
no_such_version() {
  for _beginning in "${1%.*}" "${1%%.*}" ''; do
    _near=$(newest "$_beginning" 5 | tr '\n' ' ')
    [ -z "$_near" ] || break
  done
  fail "there is no version $1 of the Heroku CLI for linux-$arch" "The nearest ones are: $_near"
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

# Unpacks the release into $unpacked. Tar reads what nobody has vouched for yet, but writes nowhere else
# than into the scratch folder, and nothing in there is run before the sum is right.
unpack_release() {
  say "downloading the Heroku CLI $version for linux-$arch"
  for _pause in 1 4 0; do
    stream_and_unpack
    # A pipe that nobody read any more: tar gave up first.
    [ "$(fact gunzipped)" -lt 128 ] || break
    reason=$(fact reason) advice=$(fact advice) heals=$(fact heals)
    [ -n "$reason" ] || break
    wait_to_try_again "$_pause" ||
      fail "the Heroku CLI $version could not be downloaded, because $reason" "$advice"
  done
  _actual=$(fact sum)
  _actual=${_actual%% *}
  [ "$(fact gunzipped)" -ge 128 ] || [ "$_actual" = "$sum" ] ||
    fail "the download of the Heroku CLI $version is damaged or was altered (SHA-256 $_actual, expected $sum)" \
      "Try again. If it stays, ask who runs $assets_url or your proxy."
  [ "$(fact gunzipped) $(fact unpacked)" = '0 0' ] || {
    printf '%s\n' "$facts" | grep '^tar:' | head -n 3 >&2
    fail "the Heroku CLI $version could not be unpacked" "The lines above say why. Is the disk full?"
  }
}

# One pass: what arrives goes to the sum and to tar. Sets facts, what all of them say of how they ended; not
# through files, because the disk may be full. Each fact begins with the end of a line: tar writes its
# errors to the same place at the same time, piece by piece.
stream_and_unpack() {
  # A folder of its own: whatever else the archive holds must not get in the way of our files.
  rm -rf "$scratch/unpacked" "$scratch/copy"
  ensure "the Heroku CLI could not be unpacked" mkdir "$scratch/unpacked"
  ensure "the Heroku CLI could not be unpacked" mkfifo "$scratch/copy"
  set -- -x -o -f - -C "$scratch/unpacked"
  # What other tars would unpack is taken out afterwards, by lean.
  if [ "$lean" = true ] && tar --version 2>/dev/null | grep -q GNU; then
    set -- "$@" --exclude-from "$here/install/prune-list.txt"
  fi
  facts=$(
    {
      { printf '\nsum %s\n' "$(sha256sum <"$scratch/copy")" >&3; } &
      stream "$address" | tee "$scratch/copy" | {
        gzip -dc
        printf '\ngunzipped %s\n' "$?" >&3
      } | {
        tar "$@" 2>&3
        printf '\nunpacked %s\n' "$?" >&3
      }
      wait
    } 3>&1 >&2
  )
}

# fact NAME: what follows the name in facts.
fact() {
  printf '%s\n' "$facts" | sed -n "s/^$1 //p"
}

# Nothing of the CLI has run so far. Here it must prove that it runs in this image.
prove_release() {
  cli=$scratch/unpacked/heroku
  if ! [ -x "$cli/bin/node" ] || ! [ -e "$cli/bin/run.js" ]; then
    fail "the archive of the Heroku CLI $version has another layout than this Feature knows" \
      "Choose another version, and report this."
  fi
  [ -z "$own_node" ] || ensure "the Heroku CLI could not be unpacked" ln -sf "$own_node" "$cli/bin/node"
  "$cli/bin/node" --version >/dev/null 2>&1 || install_packages libstdc++
  "$cli/bin/node" "$here/heroku-login.cjs" --version >/dev/null ||
    fail "the Node that comes with the Heroku CLI $version is too old for heroku-login, or does not run here" \
      "The lines above say why. Choose a newer version of the CLI, or an image with glibc 2.28 or newer."
  # The CLI takes longer to start than the rest takes to do, so that is done meanwhile.
  start_cli &
  _started=$!
  # Root's tar keeps the modes of the machine that packed it. Only root may change what everybody runs.
  ensure "the Heroku CLI could not be unpacked" chmod -R u+rwX-s,go=rX "$cli"
  if [ "$lean" = true ] && ! "$cli/bin/node" "$here/install/prune.cjs" "$cli" "$here/install/prune-list.txt"; then
    say "lean does not know this version of the CLI (the lines above say why), so all of it is kept"
    lean=false
    wait "$_started"
    unpack_release
    prove_release
    return
  fi
  # What lean has made of Node must run as well.
  if ! wait "$_started" || ! _holds=$("$cli/bin/node" -p 'require(process.argv[1]).version' "$cli/package.json"); then
    cat "$scratch/stderr" 2>/dev/null >&2
    fail "the Heroku CLI $version does not run in this image" "The lines above say why. Choose another image or version."
  fi
  [ "$_holds" = "$version" ] ||
    fail "the archive of the Heroku CLI $version holds version $_holds" "Ask who runs $assets_url"
  if [ "$completion" = true ] && ! [ -s "$scratch/home/.cache/heroku/autocomplete/commands" ]; then
    say "this version of the CLI offers no completion for shells"
    completion=false
  fi
}

# One start of the CLI: where it makes what shells complete from, that is proof enough that it runs.
start_cli() {
  [ "$completion" = true ] && run_cli autocomplete:create >/dev/null 2>&1 && return
  run_cli --version >/dev/null 2>"$scratch/stderr"
}

# run_cli ARGUMENT...: with a home of its own, so that no cache stays in root's, and nothing else of the
# environment.
run_cli() {
  env -i HOME="$scratch/home" PATH="$PATH" DISABLE_TELEMETRY=true HEROKU_DISABLE_AUTOUPDATE=1 \
    HEROKU_SKIP_NEW_VERSION_CHECK=1 "$cli/bin/node" "$cli/bin/run" "$@"
}
