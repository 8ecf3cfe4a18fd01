#!/bin/bash
# As a user who is not root: the hook works in that user's home and nothing there is root's.
set -e
source dev-container-features-test-lib

check "the user is not root" bash -c '[ "$(id -u)" -ne 0 ]'
check "heroku runs" heroku --version
check "the hook ran as this user" bash -c '[ "$(stat -c %U ~/.local/state/heroku-login/last.json)" = "$(id -un)" ]'
check "nothing in the home belongs to root" bash -c '[ -z "$(find ~ -user root)" ]'
check "the program cannot be changed" bash -c '[ ! -w /usr/local/bin/heroku-login ] && [ ! -w /usr/local/lib/heroku-login/heroku-login.cjs ]'

reportResults
