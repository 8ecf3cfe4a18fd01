#compdef heroku
# Completion of heroku for zsh: Heroku's own script, with what it completes from. Zsh reads this file at
# the first Tab after "heroku", and never before.
HEROKU_AC_COMMANDS_PATH=/usr/local/lib/heroku/autocomplete/commands
HEROKU_AC_ANALYTICS_DIR=${XDG_CACHE_HOME:-$HOME/.cache}/heroku/autocomplete/completion_analytics
source /usr/local/lib/heroku/autocomplete/commands_setters

# The script puts a function in the place of this file, and calls it. Quietly, now and later, because a
# warning of what runs here would land in the line that somebody types.
source /usr/local/lib/heroku/autocomplete-scripts/zsh/_heroku 2>/dev/null
local completed=$?
functions[_heroku_aloud]=$functions[_heroku]
_heroku() { _heroku_aloud "$@" 2>/dev/null }
return $completed
