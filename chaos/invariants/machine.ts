import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { linesOf } from '../ledger.ts';
import { openSealedRecord } from '../sealed-record.ts';
import type { Evidence, Looked } from './evidence.ts';

export const filesMatch = async ({ stage }: Evidence): Promise<Looked> => {
  const rows = await stage.sql<{ storage_key: string; sha256: string; letter_id: string }[]>`
    select storage_key, sha256, letter_id from files`;
  const stored = await (await openSealedRecord(stage)).fileHashes();
  const breaks = rows
    .filter((row) => stored.get(row.storage_key) !== row.sha256)
    .map((row) => `letter ${row.letter_id}: file ${row.storage_key} is not there, or another one`);
  const previews = await stage.sql<{ storage_key: string }[]>`
    select storage_key from preview_pages`;
  const named = new Set([...rows, ...previews].map((row) => row.storage_key));
  const orphans = [...stored.keys()].filter((key) => !named.has(key));
  const left = `${orphans.length} left by cut requests, all younger than an hour`;
  return { breaks, looked: `${rows.length} files; ${left}` };
};

/** How many files lie in the store. */
export const countFiles = async (folder: string): Promise<number> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).length;
};

const MOBILE = /(?:\+98|0098|\b0)9\d{9}\b/;

export const logsClean = async ({ stage, lines }: Evidence): Promise<Looked> => {
  const breaks: string[] = [];
  const signedIn = linesOf(lines, 'signed-in');
  const secrets = new Map<string, string>();
  for (const { mobile, token } of signedIn) {
    secrets.set(token, 'a session token');
    if (mobile.startsWith('0')) secrets.set(mobile.slice(1), 'a mobile number');
  }
  for (const { subject } of [...linesOf(lines, 'sent'), ...linesOf(lines, 'correcting')])
    secrets.set(subject, 'a subject');
  for (const { reason } of linesOf(lines, 'decision'))
    if (reason) secrets.set(reason, 'a reason for rejection');
  for (const { text } of linesOf(lines, 'objecting')) secrets.set(text, 'an objection');
  const codes = new Set(
    stage.gateway.received.flatMap((sms) =>
      sms.kind === 'code' ? (/#(\d{6})\s*$/.exec(sms.text)?.[1] ?? []) : [],
    ),
  );
  const folder = path.join(stage.dataDir, 'logs');
  const logs = await Promise.all(
    (await readdir(folder)).map(async (name) => ({
      name,
      text: await readFile(path.join(folder, name), 'utf8'),
    })),
  );
  logs.push({ name: 'console', text: stage.desk.output() });
  let bytes = 0;
  for (const { name, text } of logs) {
    bytes += text.length;
    for (const [secret, what] of secrets)
      if (text.includes(secret)) breaks.push(`${what} stands in ${name}`);
    for (const line of text.split('\n')) {
      // The welcome text shows how a mobile number is typed.
      const mobile = MOBILE.exec(line.replace('09123456789', ''));
      if (mobile) breaks.push(`a mobile number stands in ${name}: ${line.slice(0, 200)}`);
      // Not part of an id, a time or a longer number.
      for (const [code] of line.matchAll(/(?<![\w.:-])\d{6}(?![\w.:-])/g))
        if (codes.has(code)) breaks.push(`a sign-in code stands in ${name}: ${line.slice(0, 200)}`);
      if (/"status":500\b/.test(line)) breaks.push(`${name}: ${line.slice(0, 300)}`);
    }
  }
  // A killed process was ended by a signal; one with an exit code has ended by a fault of its own.
  for (const [died] of stage.desk.output().matchAll(/^(web|worker) ended with exit code.*$/gm))
    breaks.push(`${died}: see ${folder}`);
  return { breaks, looked: `${logs.length} logs, ${Math.round(bytes / 1000)} kB` };
};

export const databaseSound = async ({ stage }: Evidence): Promise<Looked> => {
  const { sql } = stage;
  const available = await sql`select 1 from pg_available_extensions where name = 'amcheck'`;
  if (available.length === 0)
    return { breaks: [], looked: '', notRun: 'the server has no amcheck' };
  await sql`create extension if not exists amcheck`;
  const breaks: string[] = [];
  const tables = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_class c
    where c.relkind in ('r', 't') and c.relpersistence = 'p'`;
  for (const { name } of tables) {
    const damage = await sql<{ msg: string }[]>`
      select msg from verify_heapam(${name}::regclass)`;
    for (const { msg } of damage) breaks.push(`${name}: ${msg}`);
  }
  const indexes = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
    where a.amname = 'btree' and i.indisvalid and c.relpersistence = 'p'`;
  for (const { name } of indexes)
    await sql`select bt_index_check(${name}::regclass, true)`.catch((error: unknown) =>
      breaks.push(`${name}: ${String(error)}`),
    );
  const [sums] = await sql<{ state: string; failures: number }[]>`
    select current_setting('data_checksums') as state,
      coalesce(sum(checksum_failures), 0)::int as failures from pg_stat_database`;
  if (sums && sums.failures > 0) breaks.push(`${sums.failures} pages with a wrong checksum`);
  return {
    breaks,
    looked: `${tables.length} tables, ${indexes.length} indexes; checksums ${sums?.state}`,
  };
};
