# shellcheck shell=bash
# Completion of heroku for bash: Heroku's own script, with what it completes from. Bash reads this file at
# the first Tab after "heroku", and never before.
# shellcheck disable=SC2034 # read by the script below
HEROKU_AC_COMMANDS_PATH=/usr/local/lib/heroku/autocomplete/commands
HEROKU_AC_ANALYTICS_DIR=${XDG_CACHE_HOME:-$HOME/.cache}/heroku/autocomplete/completion_analytics
# shellcheck source=/dev/null
. /usr/local/lib/heroku/autocomplete-scripts/bash/heroku.bash

# Bash cuts a line at its colons too, and Heroku's script would take ps and scale of ps:scale for two words.
# Quietly, because a warning of what runs here would land in the line that somebody types.
_heroku_whole_words() {
  local line=${COMP_LINE:0:COMP_POINT} IFS=$' \t\n'
  read -ra COMP_WORDS <<<"$line"
  [[ $line != *[[:space:]] ]] || COMP_WORDS+=('')
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  _heroku 2>/dev/null
}
complete -F _heroku_whole_words heroku
