-- Staff who sign in at the organisation's own identity provider (OpenID Connect).

create table staff_identities (
  issuer text not null,
  -- The provider's own name for the person; it does not change when the user name does.
  subject text not null,
  staff_id uuid not null references staff,
  linked_at timestamptz not null default now(),
  primary key (issuer, subject),
  constraint staff_identities_staff_key unique (issuer, staff_id)
);

-- A sign-in that is at the provider. Taken away as it comes back, so each is good once.
create table single_sign_ons (
  -- SHA-256 of the token in the browser's cookie
  token_hash bytea primary key,
  state text not null,
  nonce text not null,
  -- PKCE, RFC 7636
  code_verifier text not null,
  expires_at timestamptz not null
);
