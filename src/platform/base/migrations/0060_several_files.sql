-- A letter has one file or several: `position` is their order.
alter table files add column position smallint not null default 1
  constraint files_position_check check (position > 0);
drop index files_letter_key;
create unique index files_letter_key on files (letter_id, round, position)
  where unit_action_id is null;

alter table held_uploads add column position smallint not null default 1
  constraint held_uploads_position_check check (position > 0);
alter table held_uploads
  drop constraint held_uploads_form_key,
  add constraint held_uploads_form_key
    unique nulls not distinct (applicant_id, staff_id, form_key, position);
