# shellcheck shell=sh disable=SC2154
# Part of install.sh: downloads, with curl or wget, whichever the image has.

# Sets downloader to curl, wget or busybox (its wget), or to nothing.
find_downloader() {
  downloader=
  if have curl; then
    downloader=curl
  elif have wget && ! wget --help 2>&1 | grep -q BusyBox; then
    downloader=wget
  # Without Alpine's helper for TLS, BusyBox accepts any certificate; and it opens no tunnels, but asks the
  # proxy in http_proxy, in clear, for what is at an https address.
  elif have wget && { [ "$protocol" = '=http' ] || { have ssl_client && [ -z "$https_proxy${http_proxy:-}" ]; }; }; then
    downloader=busybox
  fi
}

# fetch PATH FILE: downloads a small file below assets_url. Tries again, and says so, if that can help.
fetch() {
  last_url=$assets_url$1
  for _pause in 1 4 0; do
    "with_$downloader" 0 >"$2" && return 0
    wait_to_try_again "$_pause" || return 1
  done
}

# stream PATH: downloads a large file below assets_url to standard output. A transfer that was cut is
# continued where it stopped, which only curl can do. A failure is written to descriptor 3, a line for each
# variable, because variables that are set in a pipe are lost.
stream() {
  last_url=$assets_url$1
  _offset=0
  for _pause in 1 4 0; do
    "with_$downloader" "$_offset" && return 0
    if [ "$downloader" != curl ] || [ "$_code" -eq 33 ]; then break; fi
    wait_to_try_again "$_pause" || { retryable=no && break; }
    _offset=$((_offset + _size))
  done
  printf '\n%s\n' "cause $cause" "hint $hint" "retryable $retryable" >&3
  return 1
}

wait_to_try_again() {
  { [ "$retryable" = yes ] && [ "$1" -gt 0 ]; } || return 1
  say "$cause; trying again in $1 s" >&2
  sleep "$1"
}

# with_curl OFFSET: one attempt to write last_url, from that byte on, to standard output. Sets _size, the
# number of bytes received. Without curl's own --retry, which does not continue a transfer that was cut, and
# waits as long as a Retry-After says. No redirect is followed from https to http.
with_curl() {
  curl --silent --show-error --fail --location --proto "$protocol" --proto-redir "$protocol" \
    --tlsv1.2 --connect-timeout 15 --speed-limit 1000 --speed-time 30 --max-time 1800 \
    --continue-at "$1" --output /dev/fd/3 --write-out '%{http_code} %{size_download} %{http_connect}\n' "$last_url" \
    3>&1 >"$scratch/transfer"
  _code=$?
  [ "$_code" -ne 0 ] || return 0
  _status='' _size=0 _tunnel=''
  [ ! -s "$scratch/transfer" ] || read -r _status _size _tunnel <"$scratch/transfer"
  case $_code:$_tunnel in
    *:[!02]*) failed proxy "$_tunnel" ;;
    1:*) failed insecure ;;
    5:*) failed proxy-name ;;
    6:*) failed name ;;
    7:*) failed refused ;;
    18:* | 52:* | 55:* | 56:* | 92:*) failed cut ;;
    22:*) failed status "$_status" ;;
    23:*) failed disk ;;
    28:*) failed slow ;;
    33:*) failed resume ;;
    35:* | 60:* | 77:*) failed certificate ;;
    *) failed curl "$_code" ;;
  esac
}

# Without redirects: wget has no option that allows https alone.
with_wget() {
  set -- --no-verbose --no-hsts --tries=1 --timeout=30 --max-redirect=0 --output-document=-
  # curl reads these itself; not every wget does.
  _bundle=${CURL_CA_BUNDLE:-${SSL_CERT_FILE:-}}
  [ -z "$_bundle" ] || set -- "$@" "--ca-certificate=$_bundle"
  wget "$@" "$last_url" 2>"$scratch/errors" || explain_wget
}

# Its own time limit, -T, crashes BusyBox 1.35 of Debian 12.
with_busybox() { timeout 1800 wget -q -O - "$last_url" 2>"$scratch/errors" || explain_wget; }

# By its messages: BusyBox has one exit code for everything.
explain_wget() {
  _errors=$(cat "$scratch/errors")
  [ -z "$_errors" ] || printf '%s\n' "$_errors" >&2
  _status=$(printf '%s' "$_errors" | sed -n 's/.*ERROR \([0-9][0-9]*\).*/\1/p; s/.*HTTP[^ ]* \([0-9][0-9]*\).*/\1/p' | tail -n 1)
  case $_status:$_errors in
    3??:* | *'redirections exceeded'*) failed redirect ;;
    *'roxy tunneling failed'*) failed proxy "$(printf '%s' "$_errors" | sed -n 's/.*roxy tunneling failed: *//p')" ;;
    [45]??:*) failed status "$_status" ;;
    *'unable to resolve'* | *'bad address'*) failed name ;;
    *efused*) failed refused ;;
    *certificate* | *SSL* | *TLS*) failed certificate ;;
    *'No space left'*) failed disk ;;
    *) failed cut ;;
  esac
}

# failed KIND [ANSWER]: sets cause (a clause), hint (the next step) and retryable (whether trying again may
# help) for an attempt that failed. Returns 1.
failed() {
  hint="Is $assets_url reachable while images are built? Behind a proxy, give the build http_proxy and https_proxy."
  retryable=no
  case $1 in
    name) cause="could not resolve the host in $last_url${https_proxy:+, or the proxy}" retryable=yes ;;
    proxy-name) cause="could not resolve the proxy for $last_url" retryable=yes ;;
    refused) cause="the connection for $last_url was refused" retryable=yes ;;
    cut) cause="the connection for $last_url was cut" retryable=yes ;;
    slow) cause="$last_url took too long" retryable=yes ;;
    resume) cause="the download of $last_url cannot be resumed" retryable=yes ;;
    insecure) cause="$last_url redirects to a URL that is not https" ;;
    redirect) cause="$last_url redirects to another URL, which this wget cannot follow safely" ;;
    curl) cause="curl failed with code $2 for $last_url" ;;
    disk) cause="could not write to $LIB" hint="Is the disk full?" ;;
    certificate)
      cause="the certificate for $last_url is not trusted"
      hint="Behind a company's proxy, add its certificate to the image before this Feature."
      ;;
    status)
      cause="$last_url answered with $2"
      case $2 in 408 | 429 | 5??) retryable=yes ;; esac
      ;;
    proxy)
      cause="the proxy for $last_url would not connect, and answered: $2"
      hint="Ask the proxy's administrator to allow it. If it requires a user name and password (407), put them into https_proxy: http://user:password@host:port"
      case $2 in 5??) retryable=yes ;; esac
      ;;
  esac
  return 1
}
