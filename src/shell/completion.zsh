#compdef heroku
# Completion of heroku for zsh: Heroku's own script, with what it completes from. Zsh reads this file at
# the first Tab after "heroku", and never before.
HEROKU_AC_COMMANDS_PATH=/usr/local/lib/heroku/autocomplete/commands
HEROKU_AC_ANALYTICS_DIR=${XDG_CACHE_HOME:-$HOME/.cache}/heroku/autocomplete/completion_analytics
source /usr/local/lib/heroku/autocomplete/commands_setters
source /usr/local/lib/heroku/autocomplete-scripts/zsh/_heroku
