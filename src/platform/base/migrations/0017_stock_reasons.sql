-- Reasons that reviewers pick, who has a letter open, and the text of documents as a preview.

create table stock_reasons (
  id uuid primary key,
  kind text not null constraint stock_reasons_kind_check check (kind in ('reject', 'return')),
  text text not null check (text <> ''),
  -- Grows with every change by an administrator: who changed what they did not see is told.
  version integer not null default 1,
  -- Not now(): those of one transaction have an order too.
  created_at timestamptz not null default clock_timestamp(),
  retired_at timestamptz
);
create unique index stock_reasons_text_key on stock_reasons (kind, text) where retired_at is null;

-- Staff who have a letter open, for their colleagues. Unlogged and without a reference: it locks no
-- letter, costs no wait for the disk, and is worth nothing a minute later.
create unlogged table letter_readers (
  letter_id uuid not null,
  staff_id uuid not null,
  seen_at timestamptz not null default now(),
  primary key (letter_id, staff_id)
);
create index letter_readers_seen_at_idx on letter_readers (seen_at);

alter table previews
  -- `text`: one piece in `preview_pages`, without width and height; `total_pages` is 1.
  add column kind text not null default 'pages'
    constraint previews_kind_check check (kind in ('pages', 'text')),
  -- Of a text: there is more of it than was kept.
  add column cut boolean not null default false;
