-- Quarter turns clockwise by which staff have set a page upright. The picture itself stays as drawn.
alter table preview_pages
  add column turns smallint not null default 0
    constraint preview_pages_turns_check check (turns between 0 and 3);
