-- Heads of units: members of a unit who also hear of what is late.
alter table staff drop constraint staff_role_check;
alter table staff add constraint staff_role_check
  check (role in ('reviewer', 'unit', 'head', 'admin', 'auditor'));
