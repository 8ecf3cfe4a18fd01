#!/bin/bash
# With default options: what every user of the Feature gets. Needs no token.
set -e
source dev-container-features-test-lib

check "heroku runs" heroku --version
check "heroku is the one of this Feature" bash -c '[ "$(command -v heroku)" = /usr/local/bin/heroku ]'
check "the CLI belongs to root" bash -c '[ "$(stat -c %U:%a /usr/local/lib/heroku/bin/node)" = root:755 ]'
check "heroku-login runs" heroku-login --version
check "heroku-login knows the default name" grep -q '"secretName":"HEROKU_API_KEY","required":false' /usr/local/lib/heroku-login/options.json
check "without a token it says so with code 3" bash -c 'heroku-login; [ $? -eq 3 ]'
check "the hook said so too, and let the container open" grep -q no_token ~/.local/state/heroku-login/last.json
check "the CLI does not update itself" bash -c '[ "$HEROKU_DISABLE_AUTOUPDATE$HEROKU_SKIP_NEW_VERSION_CHECK" = 11 ]'
check "git has the helper for Heroku" bash -c 'git config --system --get-all credential.https://git.heroku.com.helper | tail -n 1 | grep -qx "/usr/local/bin/heroku-login git-credential"'
check "git has no helper of ours for others" bash -c '! git config --system --get-all credential.helper | grep heroku'

reportResults
