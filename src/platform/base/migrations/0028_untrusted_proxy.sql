-- The newest peer that sent X-Forwarded-For although TRUSTED_PROXY does not cover it.
create table untrusted_proxy (
  only_row boolean primary key default true check (only_row),
  address text not null,
  at timestamptz not null default now()
);
