# shellcheck shell=bash
# Completion of heroku for bash: Heroku's own script, with what it completes from. Bash reads this file at
# the first Tab after "heroku", and never before.
# shellcheck disable=SC2034 # read by the script below
HEROKU_AC_COMMANDS_PATH=/usr/local/lib/heroku/autocomplete/commands
HEROKU_AC_ANALYTICS_DIR=${XDG_CACHE_HOME:-$HOME/.cache}/heroku/autocomplete/completion_analytics
# shellcheck source=/dev/null
. /usr/local/lib/heroku/autocomplete-scripts/bash/heroku.bash
