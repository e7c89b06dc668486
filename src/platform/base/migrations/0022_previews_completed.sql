-- A preview that stopped before its last page is completed later, with more patience each time, and
-- says why when it never will be.

alter table previews
  -- There is more to draw.
  add column unfinished boolean not null default false,
  -- How often drawing took more than it may: each time doubles the patience.
  add column costly_tries smallint not null default 0,
  -- Why there is none, or no more of it: for good.
  add column why text constraint previews_why_check check (why in ('broken', 'costly')),
  add constraint previews_unfinished_check check (not unfinished or made_at is not null);

drop index previews_open_idx;
create index previews_open_idx on previews (costly_tries, wanted_at, asked_at)
  where failed_at is null and (made_at is null or unfinished);
