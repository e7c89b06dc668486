-- What the checks of a file have found, and whether it may be opened.

alter table files
  -- none: no scanner was set up when it came; waiting: closed until it has been scanned.
  add column scan text not null default 'none'
    constraint files_scan_check check (scan in ('none', 'waiting', 'clean', 'infected')),
  -- What it holds beside its text, for those who read it.
  add column flags text[] not null default '{}',
  -- When the scanner last had a word on it.
  add column scanned_at timestamptz;

create index files_waiting_idx on files (created_at) where scan = 'waiting';
