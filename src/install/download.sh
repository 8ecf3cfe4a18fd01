# shellcheck shell=sh
# Part of install.sh: downloads, with curl or wget, whichever the image has.
#
# A function that fails sets reason (a clause), advice (the next step) and heals (whether trying again
# may help).
# shellcheck disable=SC2154 # set by install.sh

# Sets downloader to curl, wget or busybox (its wget), or to nothing.
find_downloader() {
  if have curl; then
    downloader=curl
  elif ! have wget; then
    downloader=
  elif ! wget --help 2>&1 | grep -q BusyBox; then
    downloader=wget
  elif [ "$protocol" = '=http' ] || { have ssl_client && [ -z "$https_proxy${http_proxy:-}" ]; }; then
    downloader=busybox
  else
    # Without Alpine's helper for TLS, BusyBox takes any certificate; and it opens no tunnels, but asks the
    # proxy that http_proxy names, in clear, for what is at an https address.
    downloader=
  fi
}

# fetch PATH FILE: downloads a small file below assets_url. Tries again, and says so, where that can help.
fetch() {
  last_url=$assets_url$1
  for _pause in 1 4 0; do
    transfer 0 >"$2" && return 0
    wait_to_try_again "$_pause" || return 1
  done
}

# stream PATH: downloads a large file below assets_url to standard output. A transfer that was cut goes on
# where it stopped, which curl alone can do. Meant for a pipe, where nothing that is set here comes
# through: what failed goes to descriptor 3, a line for each variable.
stream() {
  last_url=$assets_url$1
  _offset=0
  for _pause in 1 4 0; do
    transfer "$_offset" && return 0
    if [ "$downloader" != curl ] || [ "$_code" -eq 33 ]; then break; fi
    wait_to_try_again "$_pause" || { heals=no && break; }
    _offset=$((_offset + _size))
  done
  printf '\n%s\n' "reason $reason" "advice $advice" "heals $heals" >&3
  return 1
}

wait_to_try_again() {
  { [ "$heals" = yes ] && [ "$1" -gt 0 ]; } || return 1
  say "$reason; trying again in $1 s" >&2
  sleep "$1"
}

# transfer OFFSET: one attempt to write last_url from there on to standard output. Sets _size, the bytes
# that came.
transfer() {
  advice="Is $assets_url reachable while images are built? Behind a proxy, give the build http_proxy and https_proxy."
  heals=no
  "with_$downloader" "$1"
}

# curl's own --retry would not heal a connection that was cut, and would wait as long as a Retry-After
# says. No redirect leads from https to http.
with_curl() {
  # The body to standard output, the facts to a file.
  curl --silent --show-error --fail --location --proto "$protocol" --proto-redir "$protocol" \
    --tlsv1.2 --connect-timeout 15 --speed-limit 1000 --speed-time 30 --max-time 1800 \
    --continue-at "$1" --output /dev/fd/3 --write-out '%{http_code} %{size_download} %{http_connect}\n' "$last_url" \
    3>&1 >"$scratch/answer"
  _code=$?
  [ "$_code" -ne 0 ] || return 0
  _status='' _size=0 _tunnel=''
  [ ! -s "$scratch/answer" ] || read -r _status _size _tunnel <"$scratch/answer"
  case $_tunnel in
    '' | 0* | 2*) ;;
    *)
      proxy_refused "$_tunnel"
      return 1
      ;;
  esac
  case $_code in
    1) reason="$last_url leads to an address that is not https" ;;
    5) proxy_unknown ;;
    6) name_unknown ;;
    7) refused ;;
    18 | 52 | 55 | 56 | 92) was_cut ;;
    22) answered ;;
    23)
      reason="it could not be written to $LIB"
      advice="Is the disk full?"
      ;;
    28)
      reason="$last_url took too long"
      heals=yes
      ;;
    33)
      reason="$last_url cannot be continued where it was cut"
      heals=yes
      ;;
    35 | 60 | 77) untrusted ;;
    *) reason="curl ended with code $_code for $last_url" ;;
  esac
  return 1
}

# Without redirects: wget cannot be told to keep to https.
with_wget() {
  set -- --no-verbose --no-hsts --tries=1 --timeout=30 --max-redirect=0 --output-document=-
  # Whose certificates count is told to curl by these, and not to every wget.
  _bundle=${CURL_CA_BUNDLE:-${SSL_CERT_FILE:-}}
  [ -z "$_bundle" ] || set -- "$@" "--ca-certificate=$_bundle"
  wget "$@" "$last_url" 2>"$scratch/errors" && return 0
  judge_wget
}

# Its own time limit, -T, crashes BusyBox 1.35 of Debian 12.
with_busybox() {
  timeout 1800 wget -q -O - "$last_url" 2>"$scratch/errors" && return 0
  judge_wget
}

# By its words: BusyBox has one exit code for everything.
judge_wget() {
  _size=0
  _errors=$(cat "$scratch/errors")
  _status=$(printf '%s' "$_errors" | sed -n 's/.*ERROR \([0-9][0-9]*\).*/\1/p; s/.*HTTP[^ ]* \([0-9][0-9]*\).*/\1/p' | tail -n 1)
  case $_status:$_errors in
    3??:* | *'redirections exceeded'*) reason="$last_url leads to another address, which wget does not follow safely here" ;;
    *'roxy tunneling failed'*) proxy_refused "$(printf '%s' "$_errors" | sed -n 's/.*roxy tunneling failed: *//p')" ;;
    [45]??:*) answered ;;
    *'unable to resolve'* | *'bad address'*) name_unknown ;;
    *efused*) refused ;;
    *certificate* | *SSL* | *TLS*) untrusted ;;
    *'No space left'*)
      reason="it could not be written to $LIB"
      advice="Is the disk full?"
      ;;
    *) was_cut ;;
  esac
  [ -z "$_errors" ] || printf '%s\n' "$_errors" >&2
  return 1
}

proxy_unknown() {
  reason="the name of the proxy for $last_url is not known"
  heals=yes
}

# proxy_refused ANSWER: its status, or its words.
proxy_refused() {
  reason="the proxy for $last_url opened no connection and answered: $1"
  advice="Whoever runs the proxy can allow it. If it asks for a user and a password (407), https_proxy takes them: http://user:password@host:port"
  case $1 in 5??) heals=yes ;; esac
}

name_unknown() {
  reason="the name in $last_url${https_proxy:+, or that of the proxy,} is not known"
  heals=yes
}

refused() {
  reason="the connection for $last_url was refused"
  heals=yes
}

was_cut() {
  reason="the connection for $last_url was cut"
  heals=yes
}

untrusted() {
  reason="the certificate for $last_url is not trusted"
  advice="Behind a company's proxy, add its certificate to the image before this Feature."
}

answered() {
  reason="$last_url answered with $_status"
  case $_status in 408 | 429 | 5??) heals=yes ;; esac
}
