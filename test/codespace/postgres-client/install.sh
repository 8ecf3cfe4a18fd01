#!/bin/sh
# Stands for the public Feature postgres-client, which gets other versions from apt.postgresql.org: this one
# installs the version that the image's own packages have.
set -e
apt-get update -qq
apt-get install -y -qq --no-install-recommends postgresql-client
rm -rf /var/lib/apt/lists/*
echo "$VERSION" >/usr/local/share/postgres-client-version
