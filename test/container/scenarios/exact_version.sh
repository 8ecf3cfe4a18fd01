#!/bin/bash
# With an exact version and another name for the secret.
set -e
source dev-container-features-test-lib

check "the version that was asked for" bash -c 'heroku --version | grep -q "^heroku/11\.10\.0 "'
check "the name that was asked for" bash -c 'heroku-login 2>&1 | grep -q "TEAM_HEROKU_TOKEN is not set"'

reportResults
