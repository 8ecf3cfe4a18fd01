# Read by every interactive bash and zsh of the image. If all is well it looks at two files and
# starts no process. heroku-login keeps the files, see its state.ts; install.sh puts the secret's name in.
# shellcheck shell=bash

# "Reload to Apply" in VS Code gives terminals a newer secret without a start of the container. The file
# has the last letters of what the last login found.
if [ -r "${HOME-}/.local/state/heroku-login/seen" ] && [ -n "${HEROKU_API_KEY-}" ] && [ -t 1 ]; then
  case $- in
    *i*)
      __heroku_login_seen=''
      IFS= read -r __heroku_login_seen <"$HOME/.local/state/heroku-login/seen" || :
      if [ -z "$__heroku_login_seen" ] || [ "${HEROKU_API_KEY%"$__heroku_login_seen"*}" = "$HEROKU_API_KEY" ]; then
        [ ! -x /usr/local/bin/heroku-login ] || /usr/local/bin/heroku-login --shell || :
      fi
      unset __heroku_login_seen
      ;;
  esac
fi

# Nobody sees a hook that failed, so if something is wrong with the login, one line says it here. The
# file has from when it counts (seconds since 1970), and the line. One shell may come here twice, so if
# the line was said, and only then, one variable stays.
if [ -r "${HOME-}/.local/state/heroku-login/notice" ] && [ -t 1 ] && [ -z "${__heroku_login_said-}" ]; then
  __heroku_login_now=0 __heroku_login_from='' __heroku_login_line=''
  {
    IFS= read -r __heroku_login_from
    IFS= read -r __heroku_login_line
  } <"$HOME/.local/state/heroku-login/notice" || :
  # The clock, without a process.
  if [ -n "${ZSH_VERSION-}" ]; then
    eval '__heroku_login_now=${(%):-%D{%s}}' # other shells cannot read this
  else
    printf -v __heroku_login_now '%(%s)T' -1
  fi
  case $- in
    *i*)
      case $__heroku_login_from in
        '' | *[!0-9]*) ;; # not what heroku-login writes
        *)
          if [ "$__heroku_login_now" -ge "$__heroku_login_from" ]; then
            printf 'Heroku: %s\n' "$__heroku_login_line"
            __heroku_login_said=yes
          fi
          ;;
      esac
      ;;
  esac
  unset __heroku_login_now __heroku_login_from __heroku_login_line
fi
