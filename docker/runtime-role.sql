-- A role for web and worker that can change neither the register nor the audit trail, whatever its
-- program does. Optional: run as the owner of the desk's database after `migrate`, and again after
-- an upgrade; `migrate` and the command line go on as the owner.
--
--   psql "$DATABASE_URL" --set=password=… --file=docker/runtime-role.sql
--
-- Making the role needs CREATEROLE: where the owner has it not, an administrator makes the login
-- role pishkhan_desk first.
\set ON_ERROR_STOP on
select not exists (select from pg_roles where rolname = 'pishkhan_desk') as missing \gset
\if :missing
  create role pishkhan_desk login password :'password';
\endif

grant usage on schema public to pishkhan_desk;
grant select, insert, update, delete on all tables in schema public to pishkhan_desk;
grant usage on all sequences in schema public to pishkhan_desk;
revoke update, delete on register_entries, register_annulments, audit_entries, schema_migrations,
  receipt_keys
  from pishkhan_desk;
revoke delete on register_heads, registers, register_counters, letter_keys, letter_moves
  from pishkhan_desk;
revoke insert, update, delete on outgoing_hold from pishkhan_desk;
select format('grant connect on database %I to pishkhan_desk', current_database()) \gexec
