-- Two roles and a database, made once by the server's administrator:
--
--   DIBS_OWNER_PASSWORD=… DIBS_SERVICE_PASSWORD=… psql --dbname postgres --file deploy/postgres/roles.sql
--
-- dibs_owner has the schema and changes it (`dibs migrate`). dibs_service runs `dibs serve`: it may read
-- and append, and nothing else; what exactly, `dibs migrate` grants after each step. Neither may make
-- roles or databases, and a stranger may not even connect.
\set ON_ERROR_STOP on
\getenv owner_password DIBS_OWNER_PASSWORD
\getenv service_password DIBS_SERVICE_PASSWORD

CREATE ROLE dibs_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE dibs_service LOGIN PASSWORD :'service_password';
-- A 201 is sent when the commit is on the disk (and with a synchronous standby, on its disk as well).
-- Dibs refuses to start where this is off.
ALTER ROLE dibs_owner SET synchronous_commit = on;
ALTER ROLE dibs_service SET synchronous_commit = on;

CREATE DATABASE dibs OWNER dibs_owner ENCODING 'UTF8' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C';
REVOKE ALL ON DATABASE dibs FROM PUBLIC;
GRANT CONNECT ON DATABASE dibs TO dibs_service;

\connect dibs
ALTER SCHEMA public OWNER TO dibs_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO dibs_service;
