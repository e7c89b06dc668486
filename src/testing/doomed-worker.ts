/**
 * A worker process that ends itself with SIGKILL at a chosen step, as a crash would: given one
 * JSON argument. No code of the desk knows of it.
 */
import { createSmsGateway } from '../platform/messages/create-sms-gateway.ts';
import type { SmsGateway } from '../platform/messages/sms-gateway.ts';
import { createDb } from '../platform/base/database.ts';
import { createLogger } from '../platform/base/logger.ts';
import type { LetterActivities } from '../../workflows/letter.contract.ts';
import { testSeals } from './seals.ts';
import { startLetterWorker } from './letter-worker.ts';
import { testDeps } from './test-deps.ts';

export interface Doom {
  address: string;
  taskQueue: string;
  codePath: string;
  databaseUrl: string;
  gatewayUrl: string;
  dieAt:
    | 'before recordDecision'
    | 'after recordDecision'
    | 'before sendMessage'
    | 'after the gateway accepted'
    | 'after sendMessage';
}

const doom = JSON.parse(process.argv[2] ?? '{}') as Doom;

const dieIf = (step: Doom['dieAt']): void => {
  if (doom.dieAt === step) process.kill(process.pid, 'SIGKILL');
};

const db = createDb({
  url: doom.databaseUrl,
  max: 4,
  log: createLogger({ name: 'doomed worker', level: 'error' }),
  name: 'doomed worker',
  seals: testSeals,
});
const gateway = createSmsGateway({ url: doom.gatewayUrl, timeoutMs: 5_000 });
const doomedGateway: SmsGateway = {
  name: gateway.name,
  async send(message) {
    const accepted = await gateway.send(message);
    dieIf('after the gateway accepted');
    return accepted;
  },
};

await startLetterWorker({
  ...doom,
  deps: testDeps(db, { smsGateway: doomedGateway, env: { SMS_URL: doom.gatewayUrl } }),
  wrap: (activities): LetterActivities => ({
    ...activities,
    async recordDecision(input) {
      dieIf('before recordDecision');
      const recorded = await activities.recordDecision(input);
      dieIf('after recordDecision');
      return recorded;
    },
    async sendMessage(input) {
      dieIf('before sendMessage');
      await activities.sendMessage(input);
      dieIf('after sendMessage');
    },
  }),
});
process.send?.('ready');
