# Read by every interactive bash and zsh of the image. Nobody sees a hook that failed, so where
# something is wrong with the login to Heroku, one line says it here. Where all is well this is one
# look for a file; in no case does it start a process.
#
# heroku-login keeps the file: from when it counts (seconds since 1970), and the line. It may be read
# twice by one shell, so where the line was said, and only there, one variable stays.
# shellcheck shell=bash

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
