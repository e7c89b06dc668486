-- Earlier letters that a letter names by their numbers.

create table letter_relations (
  letter_id uuid not null references letters,
  earlier_id uuid not null references letters,
  -- reference: «عطف به»; sequel: «پیرو».
  kind text not null constraint letter_relations_kind_check check (kind in ('reference', 'sequel')),
  -- Null: its sender named it.
  staff_id uuid references staff,
  added_at timestamptz not null default now(),
  constraint letter_relations_pkey primary key (letter_id, earlier_id, kind),
  constraint letter_relations_other_check check (letter_id <> earlier_id)
);
create index letter_relations_earlier_idx on letter_relations (earlier_id);
create index letters_number_idx on letters (letter_number) where letter_number is not null;
