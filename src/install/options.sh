# shellcheck shell=sh disable=SC2034
# Part of install.sh: the rules of the options.
#
# The dev container CLI wrote every value between double quotes into a file that root's shell has read, so
# no value is trusted; `true` is what the short form "feature": true becomes.

# Sets a variable for each option, or fails.
check_options() {
  requested=${VERSION:-latest}
  case $requested in
    latest | stable | true) selector=stable ;;
    beta) selector=beta ;;
    *)
      selector=${requested#v}
      # Or one or two numbers, as in 11 and 11.9.
      is_version "$selector" || is_version "$selector.0" || is_version "$selector.0.0" ||
        fail "option \"version\" must be latest, beta, or a version such as 11, 11.10 or 11.10.0" \
          "Versions of the Heroku CLI: https://github.com/heroku/cli/releases"
      ;;
  esac

  secret_name=${SECRETNAME:-HEROKU_API_KEY}
  case $secret_name in
    # Not printed: it may be a token, and this goes into a log.
    *HRKU-* | ????????-????-????-????-????????????)
      fail "option \"secretName\" must not be a token" \
        "Enter the NAME of the secret, such as HEROKU_API_KEY. The token is now in your configuration and in this log: revoke it at https://dashboard.heroku.com/account/applications" ;;
    *[!A-Za-z0-9_]* | [0-9]* | GITHUB_*)
      fail "option \"secretName\" must be the name of a secret" \
        "Use letters, digits and _, as in HEROKU_API_KEY. The name must not begin with a digit or with GITHUB_." ;;
  esac

  required=${REQUIRED:-false} lean=${LEAN:-true} completion=${COMPLETION:-true}
  per_container_token=${PERCONTAINERTOKEN:-false} container_registry=${CONTAINERREGISTRY:-false}
  check_booleans required "$required" lean "$lean" completion "$completion" \
    perContainerToken "$per_container_token" containerRegistry "$container_registry"

  app=${APP:-}
  check_apps

  assets_url=${ASSETSURL:-https://cli-assets.heroku.com}
  [ "$assets_url" != true ] || assets_url=https://cli-assets.heroku.com
  while [ "$assets_url" != "${assets_url%/}" ]; do assets_url=${assets_url%/}; done
  protocol=
  case $assets_url in
    *[!A-Za-z0-9._~:/-]*) ;;
    https://?*) protocol='=https' ;;
    http://localhost | http://localhost[:/]* | http://127.0.0.1 | http://127.0.0.1[:/]*) protocol='=http' ;;
  esac
  [ -n "$protocol" ] ||
    fail "option \"assetsUrl\" must be an https URL without a user name, query string or special characters" \
      "Leave it out, or enter the base URL of your mirror of https://cli-assets.heroku.com"
}

# check_booleans NAME VALUE...
check_booleans() {
  while [ $# -gt 0 ]; do
    [ "$2" = true ] || [ "$2" = false ] ||
      fail "option \"$1\" must be a JSON boolean" "Write it without quotation marks, or leave it out."
    shift 2
  done
}

# The apps to add git remotes for: APP, or REMOTE=APP, or several of these separated by commas.
check_apps() {
  _rest=${app:+$app,}
  _seen=,
  while [ -n "$_rest" ]; do
    _name=${_rest%%,*}
    _rest=${_rest#*,}
    _remote=heroku
    case $_name in *=*) _remote=${_name%%=*} _name=${_name#*=} ;; esac
    # Heroku's rule for names, and names of remotes that no version of git rejects.
    case $_name in *[!a-z0-9-]* | [!a-z]* | *- | '' | ? | ??) bad_app ;; esac
    [ ${#_name} -le 30 ] || bad_app
    case $_remote in *[!A-Za-z0-9._-]* | [!A-Za-z0-9]* | *..* | *. | *.lock | '') bad_app ;; esac
    case $_seen in *",$_remote,"*) fail "option \"app\" must not name the git remote $_remote twice" \
      "Give each app its own remote, as in: staging=my-app-staging,production=my-app" ;; esac
    _seen=$_seen$_remote,
  done
}

bad_app() {
  fail "option \"app\" must be the name of an app, or a list such as staging=my-app-staging,production=my-app" \
    "Use the names that heroku apps shows (lowercase letters, digits and dashes), not URLs. Don't use spaces."
}

# is_version TEXT: three numbers, as in 11.10.0, and perhaps the name of a prerelease, as in 11.11.0-beta.1.
is_version() {
  case $1 in
    *[!0-9A-Za-z.-]* | *- | *-.*) return 1 ;;
    *-*) is_version "${1%%-*}" ;;
    *[!0-9.]* | .* | *. | *..* | *.*.*.*) return 1 ;;
    *.*.*) return 0 ;;
    *) return 1 ;;
  esac
}
