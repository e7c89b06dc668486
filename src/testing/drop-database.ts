import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';

const NOT_PERMITTED = '42501';
const WITHIN_MS = 60_000;

/** One statement on a connection of its own. */
export const executeAlone = async (adminUrl: string, statement: string): Promise<void> => {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => undefined });
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
};

/**
 * Ends every connection to it and removes it. A vacuum that the server has begun there by itself may
 * not be ended by who is no superuser: it is waited for.
 */
export const dropDatabase = async (adminUrl: string, name: string): Promise<void> => {
  const end = Date.now() + WITHIN_MS;
  for (;;) {
    try {
      return await executeAlone(adminUrl, `drop database if exists ${name} with (force)`);
    } catch (error) {
      const isVacuumed = error instanceof postgres.PostgresError && error.code === NOT_PERMITTED;
      if (!isVacuumed || Date.now() > end) throw error;
      await sleep(200);
    }
  }
};
