-- Letters are counted by where they stand without reading the letters themselves.
create index letters_state_idx on letters (status, step);
