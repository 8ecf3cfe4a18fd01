# Read by every interactive bash and zsh of the image. If all is well it looks at a few files and
# starts no process. heroku-login keeps the files, see its state.ts; install.sh puts the secret's name in.
# shellcheck shell=bash

# Whether somebody who does not use Heroku has set HEROKU_LOGIN_QUIET=yes. Bash and zsh read our lines before most
# of the user's own files, so a line in those that sets it counts too. No other value does, so 0 and nothing
# mean what they say. And Codespaces masks the values of secrets in its log, where 1 or true would be often.
__heroku_login_quiet() {
  local __file='' __text='' __set=$'\nHEROKU_LOGIN_QUIET='
  case ${HEROKU_LOGIN_QUIET-} in yes*) return 0 ;; esac
  for __file in "$HOME/.bashrc" "$HOME/.profile" "$HOME/.bash_profile" "${ZDOTDIR:-$HOME}/.zshrc"; do
    { [ -f "$__file" ] && [ -r "$__file" ]; } || continue
    # The whole file, in each shell's way that starts no process and takes no millisecond.
    if [ -n "${ZSH_VERSION-}" ]; then __text=$(<"$__file"); else IFS= read -r -d '' __text <"$__file" || :; fi
    # From the beginning of a line, so no comment, and nothing that depends on a condition.
    __text=$'\n'$__text
    case $__text in
      *"$__set"yes* | *"$__set"[\"\']yes*) return 0 ;;
      *$'\n'"export ${__set#?}"yes* | *$'\n'"export ${__set#?}"[\"\']yes*) return 0 ;;
    esac
  done
  return 1
}

# A function, because zsh then reads it with its own options, whatever the user has set.
__heroku_login() {
  [ -z "${ZSH_VERSION-}" ] || emulate -L zsh
  local __state="$HOME/.local/state/heroku-login" __seen='' __from='' __line='' __once='' __now=0

  # "Reload to Apply" in VS Code gives terminals a newer secret without a start of the container: the file
  # `seen` has the last letters of what the last login found. If there is no folder, no hook ever ran here.
  if [ -n "${HEROKU_API_KEY-}" ] && { [ -f "$__state/seen" ] || [ ! -e "$__state" ]; }; then
    IFS= read -r __seen 2>/dev/null <"$__state/seen" || :
    if [ -z "$__seen" ] || [ "${HEROKU_API_KEY%"$__seen"*}" = "$HEROKU_API_KEY" ]; then
      /usr/local/bin/heroku-login --shell || :
    fi
  fi

  # Nobody sees a hook that failed, so if something is wrong with the login, one line says it here. The
  # file has from when it counts (seconds since 1970), the line, and `once` if all that is wrong is that there
  # is no token: then one terminal says it. One shell may come here twice, so if the line was said, and only
  # then, one variable stays: with the number of this process, because options may hand it on to the shells
  # inside this one.
  if [ -f "$__state/notice" ] && [ "${__heroku_login_said-}" != "$$" ]; then
    {
      IFS= read -r __from
      IFS= read -r __line
      IFS= read -r __once
    } 2>/dev/null <"$__state/notice" || :
    # The clock, without a process.
    if [ -n "${ZSH_VERSION-}" ]; then
      eval '__now=${(%):-%D{%s}}' # other shells cannot read this
    else
      printf -v __now '%(%s)T' -1
    fi
    case $__from in
      '' | *[!0-9]*) ;; # not what heroku-login writes
      *)
        if [ "$__now" -ge "$__from" ]; then
          [ "$__once" != once ] || { : >|"$__state/notice"; } 2>/dev/null || :
          if [ "$__once" != once ] || ! __heroku_login_quiet; then
            printf 'Heroku: %s\n' "$__line"
            __heroku_login_said=$$
          fi
        fi
        ;;
    esac
  fi
}

# Only at a terminal, and root only in its own home, where nobody else chooses what is read. A restricted
# shell may not start programs. A trace would show the secret, so it pauses.
if [ -t 1 ] && [ -n "${HOME-}" ] && [ "${HOME#/}" != "$HOME" ] && { [ "${EUID-}" != 0 ] || [ -O "$HOME" ]; }; then
  case $- in
    *r*) ;;
    *i*x* | *x*i*)
      set +x
      __heroku_login || :
      set -x
      ;;
    *i*) __heroku_login || : ;;
  esac
fi
unset -f __heroku_login __heroku_login_quiet
