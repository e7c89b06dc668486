/** The floor of submission: the least that keeps a letter and its file. Hono and postgres as they come. */
import { randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import postgres from 'postgres';

const { DATABASE_URL = '', FILES_DIR = '', PORT } = process.env;
const sql = postgres(DATABASE_URL, { max: 10 });
await sql`create table floor_letters (id uuid primary key, sender_name text, subject text, bytes integer)`;

const app = new Hono();
app.post('/letters/new', async (c) => {
  const form = await c.req.parseBody<{ senderName: string; subject: string; file: File }>();
  const id = randomUUID();
  const file = await open(path.join(FILES_DIR, id), 'wx');
  await file.writeFile(Buffer.from(await form.file.arrayBuffer()));
  await file.sync();
  await file.close();
  await sql`insert into floor_letters values (${id}, ${form.senderName}, ${form.subject}, ${form.file.size})`;
  return c.redirect(`/letters/${id}`, 303);
});

process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(PORT) }, () =>
  process.send?.('ready'),
);
