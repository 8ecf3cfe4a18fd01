#!/bin/bash
# Twice in one devcontainer.json: first with other options, then with the defaults, which count. The dev
# container CLI hands over both values of each option, such as VERSION and VERSION__DEFAULT
# (docs/facts/devcontainers.md part 4).
set -e
source dev-container-features-test-lib

check "the first time it had other options" [ "$VERSION:$VERSION__DEFAULT:$REQUIRED:$COMPLETION" = 11:latest:true:false ]
check "heroku runs" heroku --version
check "the login counts the options of the second time" grep -q "\"required\":$REQUIRED__DEFAULT" /usr/local/lib/heroku-login/options.json
check "the completion that the second time asks for is there" [ -e /usr/local/share/bash-completion/completions/heroku ]
check "new shells read our lines once" bash -c '[ "$(grep -c ">>> dev container Feature heroku-cli" /etc/bash.bashrc)" -eq 1 ]'
check "git has the helper for Heroku once" bash -c '[ "$(git config --system --get-all credential.https://git.heroku.com.helper | grep -c heroku-login)" -eq 1 ]'
check "nothing of either time was left over" bash -c '! ls -A /usr/local/lib | grep "^\."'

reportResults
