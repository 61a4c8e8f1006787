#!/bin/sh
# Run once by the image of PostgreSQL, when the cluster is new.
set -eu
DIBS_OWNER_PASSWORD=$(cat /run/secrets/owner_password)
DIBS_SERVICE_PASSWORD=$(cat /run/secrets/service_password)
export DIBS_OWNER_PASSWORD DIBS_SERVICE_PASSWORD
psql --no-psqlrc --username "$POSTGRES_USER" --dbname postgres --file /roles.sql
