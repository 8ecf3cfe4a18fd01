# shellcheck shell=sh disable=SC2034,SC2154
# Part of install.sh: finds the release of the Heroku CLI, downloads and unpacks it into the scratch folder
# in one pass, and verifies that it runs.

# Sets version, archive_path (below assets_url) and sha256 of the release that selector stands for.
find_release() {
  case $selector in
    # The channel's manifest names a file of a fixed version, so file and checksum belong together even
    # while a new version is published.
    stable | beta)
      fetch "/channels/$selector/heroku-linux-$arch-buildmanifest" "$scratch/manifest" ||
        fail "could not look up the newest Heroku CLI: $cause" "$hint"
      ;;
    *) find_version ;;
  esac
  version=$(json_text "$scratch/manifest" version)
  sha256=$(json_text "$scratch/manifest" sha256gz)
  archive_path=$(path_of "$(json_text "$scratch/manifest" gz)") || not_heroku
  case $sha256 in *[!0-9a-f]*) not_heroku ;; esac
  { is_version "$version" && [ ${#sha256} -eq 64 ]; } || not_heroku
  case $selector in
    stable | beta | "$version") ;;
    *) fail "the manifest for the Heroku CLI $selector describes $version" "Contact whoever runs $assets_url" ;;
  esac
  # The CLI 9 brings Node 16, and 8 brings Node 14.
  [ "${version%%.*}" -ge 10 ] ||
    fail "the Node in the Heroku CLI $version is too old for heroku-login" "The first version that works is 10.0.0."
}

# Turns selector, a version or the beginning of one, into a version of the index, and fetches its manifest.
find_version() {
  fetch "/versions/heroku-linux-$arch-tar-gz.json" "$scratch/index" ||
    fail "could not download the list of Heroku CLI versions: $cause" "$hint"
  tr ',' '\n' <"$scratch/index" | tr -d '{}' |
    sed -n 's/^[[:space:]]*"\([0-9][0-9A-Za-z.-]*\)"[[:space:]]*:.*/\1/p' |
    sort -t . -k 1,1n -k 2,2n -k 3,3n >"$scratch/versions"
  [ -s "$scratch/versions" ] || not_heroku
  is_version "$selector" || selector=$(newest "$selector" 1)
  _address=
  [ -z "$selector" ] || _address=$(json_text "$scratch/index" "$selector")
  [ -n "$_address" ] || no_such_version "${selector:-$requested}"
  _path=$(path_of "$_address") || not_heroku
  fetch "${_path%.tar.gz}-buildmanifest" "$scratch/manifest" ||
    fail "could not download the manifest of the Heroku CLI $selector: $cause" "$hint"
}

# newest PREFIX COUNT: the newest versions of the index with that prefix, the newest last; no prereleases.
newest() {
  _pattern=$(printf '%s' "$1" | sed 's/\./\\./g')
  grep "^$_pattern${_pattern:+\\.}[0-9.]*\$" "$scratch/versions" | tail -n "$2"
}

# The nearest ones are those of the same minor version, else of the same major version, else the newest.
no_such_version() {
  for _prefix in "${1%.*}" "${1%%.*}" ''; do
    _near=$(newest "$_prefix" 5 | tr '\n' ' ')
    [ -z "$_near" ] || break
  done
  fail "the Heroku CLI has no version $1 for linux-$arch" "The nearest versions are: $_near"
}

# json_text FILE KEY: the text that belongs to KEY; the file is one object, in any layout. A base image has
# no jq, and the form of each value is checked before it is used.
json_text() {
  _key=$(printf '%s' "$2" | sed 's/\./\\./g')
  tr -d '\r\n' <"$1" | sed -n "s:\\\\/:/:g; s/.*\"$_key\"[[:space:]]*:[[:space:]]*\"\([^\"]*\)\".*/\1/p"
}

# path_of ADDRESS: its part from /versions/ on. Official addresses name Heroku's own host; a mirror's may
# name the mirror.
path_of() {
  case $1 in
    *[!A-Za-z0-9._~:/-]* | *..*) return 1 ;;
    */versions/*.tar.gz) printf '/versions/%s' "${1#*/versions/}" ;;
    *) return 1 ;;
  esac
}

not_heroku() {
  fail "$last_url does not contain what Heroku publishes there" \
    "Is a proxy or login page in the way? It should be JSON that begins with {"
}

# Downloads and unpacks the release. Tar reads what is not verified yet, but writes only into the scratch
# folder, and nothing in there runs before the checksum is right.
unpack_release() {
  say "downloading the Heroku CLI $version for linux-$arch"
  for _pause in 1 4 0; do
    stream_and_unpack
    # A signal: the pipe had no reader any more, because tar failed first.
    [ "$(status_of gunzip)" -lt 128 ] || break
    cause=$(status_of cause) hint=$(status_of hint) retryable=$(status_of retryable)
    [ -n "$cause" ] || break
    wait_to_try_again "$_pause" ||
      fail "could not download the Heroku CLI $version: $cause" "$hint"
  done
  _actual=$(status_of sha256)
  _actual=${_actual%% *}
  [ "$(status_of gunzip)" -ge 128 ] || [ "$_actual" = "$sha256" ] ||
    fail "the download of the Heroku CLI $version is corrupt or has been modified (SHA-256 $_actual, expected $sha256)" \
      "Try again; if it happens again, contact whoever runs $assets_url or your proxy."
  [ "$(status_of gunzip) $(status_of tar)" = '0 0' ] || {
    printf '%s\n' "$pipeline_status" | grep '^tar:' | head -n 3 >&2
    fail "could not unpack the Heroku CLI $version" "The lines above say why. Is the disk full?"
  }
}

# Sends what arrives to sha256sum and to tar, and collects in pipeline_status how each of them ended: not in
# files, because the disk may be full. Each entry begins with a line end, because tar writes its errors to
# the same place at the same time, piece by piece.
stream_and_unpack() {
  # A folder of its own, so nothing in the archive gets in the way of our files.
  rm -rf "$scratch/unpacked" "$scratch/copy"
  ensure "could not unpack the Heroku CLI" mkdir "$scratch/unpacked"
  ensure "could not unpack the Heroku CLI" mkfifo "$scratch/copy"
  set -- -x -o -f - -C "$scratch/unpacked"
  # Other tars unpack everything, and prune.cjs removes it afterwards.
  if [ "$lean" = true ] && tar --version 2>/dev/null | grep -q GNU; then
    set -- "$@" --exclude-from "$feature_dir/install/prune-list.txt"
  fi
  pipeline_status=$(
    {
      { printf '\nsha256 %s\n' "$(sha256sum <"$scratch/copy")" >&3; } &
      stream "$archive_path" | tee "$scratch/copy" | {
        gzip -dc
        printf '\ngunzip %s\n' "$?" >&3
      } | {
        tar "$@" 2>&3
        printf '\ntar %s\n' "$?" >&3
      }
      wait
    } 3>&1 >&2
  )
}

# status_of NAME: what pipeline_status has under that name.
status_of() { printf '%s\n' "$pipeline_status" | sed -n "s/^$1 //p"; }

# Nothing of the CLI has run so far. Here it runs in this image for the first time.
verify_cli_runs() {
  cli=$scratch/unpacked/heroku
  # The CLI 11 has bin/run.js, which Node finds as bin/run, and 10 has bin/run itself.
  if ! [ -x "$cli/bin/node" ] || ! { [ -e "$cli/bin/run.js" ] || [ -e "$cli/bin/run" ]; }; then
    fail "unexpected layout in the archive of the Heroku CLI $version" \
      "Choose another version, and please report this."
  fi
  choose_node
  # Starting the CLI takes longer than all of the rest, so that is done meanwhile.
  start_cli &
  _started=$!
  # Root's tar keeps the modes of the machine that packed it. Only root may change what everybody runs.
  ensure "could not unpack the Heroku CLI" chmod -R u+rwX-s,go=rX "$cli"
  if [ "$lean" = true ] && ! "$cli/bin/node" "$feature_dir/install/prune.cjs" "$cli" "$feature_dir/install/prune-list.txt"; then
    say "this CLI version cannot be slimmed down (see above); installing all of it"
    lean=false
    wait "$_started"
    unpack_release
    verify_cli_runs
    return
  fi
  # This start shows that Node, which prune.cjs has made smaller, still runs.
  if ! wait "$_started" || ! _actual=$("$cli/bin/node" -p 'require(process.argv[1]).version' "$cli/package.json"); then
    cat "$scratch/stderr" >&2
    fail "the Heroku CLI $version does not run in this image" "The lines above say why. Choose another image or version."
  fi
  [ "$_actual" = "$version" ] ||
    fail "the archive of the Heroku CLI $version contains version $_actual" "Contact whoever runs $assets_url"
  if [ "$completion" = true ] && ! [ -s "$scratch/home/.cache/heroku/autocomplete/commands" ]; then
    say "this CLI version has no shell completion"
    completion=false
  fi
}

# The CLI keeps its own Node if that runs here. Otherwise it gets the image's: Alpine's gcompat has glibc's
# loader, but not all of glibc, and some images have an old one.
choose_node() {
  if [ -z "$image_node" ]; then
    ! node_works || return 0
    if ! find_image_node; then
      find_manager
      case $manager:$("$cli/bin/node" --version 2>&1) in
        apk:*) install_packages nodejs && { find_image_node || no_node; } ;;
        *libstdc++.so*) install_packages libstdc++ && image_node= ;;
        *) image_node= ;;
      esac
    fi
  fi
  [ -z "$image_node" ] || ensure "could not unpack the Heroku CLI" ln -sf "$image_node" "$cli/bin/node"
  "$cli/bin/node" "$feature_dir/heroku-login.cjs" --version >/dev/null ||
    fail "the Heroku CLI $version's own Node does not run in this image, which has no Node 20 or newer either" \
      "The lines above say why. Use an image with glibc 2.28 or newer, such as mcr.microsoft.com/devcontainers/base:bookworm, or install Node 20 or newer in your Dockerfile."
}

# Not just --version, which says nothing about whether larger programs run.
node_works() { "$cli/bin/node" "$feature_dir/heroku-login.cjs" --version >/dev/null 2>&1; }

# One start of the CLI: if it creates what shells complete from, that is proof enough that it runs.
start_cli() {
  [ "$completion" = true ] && run_cli autocomplete:create >/dev/null 2>&1 && return
  run_cli --version >/dev/null 2>"$scratch/stderr"
}

# run_cli ARGUMENT...: with a home of its own, so no cache stays in root's, and nothing else of the
# environment.
run_cli() {
  env -i HOME="$scratch/home" PATH="$PATH" DISABLE_TELEMETRY=true HEROKU_DISABLE_AUTOUPDATE=1 \
    HEROKU_SKIP_NEW_VERSION_CHECK=1 "$cli/bin/node" "$cli/bin/run" "$@"
}
