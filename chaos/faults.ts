/** The faults of a run: drawn from the seed in advance, then injected one after the other. */
import { setTimeout as delay } from 'node:timers/promises';
import type { SmsGatewayMode } from '../src/testing/sms-gateway.ts';
import { RECEIPTS_MODES, type ReceiptsMode } from '../src/testing/sms-receipts.ts';
import { pidOf, pidsOf, type Role, ROLES, signal as sendSignal } from './desk-processes.ts';
import type { Random } from './random.ts';
import type { Stage } from './stage.ts';

export type Fault = { pauseMs: number } & (
  | { kind: 'kill'; roles: Role[] }
  | { kind: 'stop'; role: Role; seconds: number }
  | { kind: 'gateway'; mode: SmsGatewayMode; seconds: number }
  /** Until the next of them. */
  | { kind: 'receipts'; mode: ReceiptsMode }
);

const GATEWAY_MODES: readonly [SmsGatewayMode, ...SmsGatewayMode[]] = [
  'down',
  'reset-after-accept',
  'accept-then-500',
  'wrong-body',
  { slow: 8000 },
  { status: 500 },
  { status: 429, headers: { 'retry-after': '2' } },
];

/** One kill in so many takes all four processes at once. */
const ALL_AT_ONCE = 8;

/**
 * `kills` times kill -9, a third as many stops, each gateway mode and each trouble with receipts at
 * least once where there is room for it, in a seeded order.
 */
export const planFaults = (
  random: Random,
  { kills, stopSeconds }: { kills: number; stopSeconds: number },
): Fault[] => {
  const pauseMs = (): number => random.whole(200, 2500);
  const third = Math.ceil(kills / 3);
  const firstReceipts = random.whole(0, RECEIPTS_MODES.length - 1);
  const planned: Fault[] = [];
  for (let index = 0; index < kills; index += 1) {
    // Every role is killed, however few kills there are.
    const role = ROLES[index % ROLES.length] ?? 'web';
    const roles = index % ALL_AT_ONCE === ALL_AT_ONCE - 1 ? [...ROLES] : [role];
    planned.push({ kind: 'kill', roles, pauseMs: pauseMs() });
  }
  for (let index = 0; index < third; index += 1) {
    const seconds = Math.max(1, Math.round(random.next() * stopSeconds * 10) / 10);
    const role = ROLES[(index + 1) % ROLES.length] ?? 'web';
    planned.push({ kind: 'stop', role, seconds, pauseMs: pauseMs() });
  }
  for (let index = 0; index < third; index += 1) {
    const mode = GATEWAY_MODES[index % GATEWAY_MODES.length] ?? 'down';
    planned.push({ kind: 'gateway', mode, seconds: random.whole(3, 10), pauseMs: pauseMs() });
    const told = RECEIPTS_MODES[(firstReceipts + index) % RECEIPTS_MODES.length] ?? 'plain';
    planned.push({ kind: 'receipts', mode: told, pauseMs: 0 });
  }
  return random.shuffle(planned);
};

export const describeFault = (fault: Fault): string => {
  if (fault.kind === 'kill')
    return `kill -9 ${fault.roles.length === ROLES.length ? 'all at once' : fault.roles.join(', ')}`;
  if (fault.kind === 'stop') return `stop ${fault.role} for ${fault.seconds} s`;
  if (fault.kind === 'receipts') return `receipts ${fault.mode} from now on`;
  const mode = typeof fault.mode === 'string' ? fault.mode : JSON.stringify(fault.mode);
  return `gateway ${mode} for ${fault.seconds} s`;
};

/** The supervisor gives up on a process that dies often within this time of being ready. */
const MUST_HAVE_LIVED_MS = 3500;

/** @param told each fault as it is injected */
export const injectFaults = async (
  stage: Stage,
  plan: Fault[],
  told: (fault: Fault, index: number) => void,
): Promise<void> => {
  const { signal, supervisor } = stage;
  const readySince = new Map<Role, number>(ROLES.map((role) => [role, Date.now()]));
  const recoveries = new Set<Promise<void>>();
  let gatewayWell: Promise<void> = Promise.resolve();

  const watchRecovery = (roles: readonly Role[], over: () => void): void => {
    for (const role of roles) readySince.delete(role);
    const recovery = Promise.all(
      roles.map(async (role) => {
        await stage.untilReady([role]);
        readySince.set(role, Date.now());
      }),
    ).then(over);
    recoveries.add(recovery);
    recovery.catch(() => undefined);
  };

  const hasLived = async (roles: readonly Role[]): Promise<void> => {
    for (const role of roles) {
      while (!readySince.has(role)) {
        // Else a recovery that failed would be waited for without end.
        await Promise.race([Promise.all(recoveries), delay(200, undefined, { signal })]);
      }
      const lived = Date.now() - (readySince.get(role) ?? 0);
      if (lived < MUST_HAVE_LIVED_MS)
        await delay(MUST_HAVE_LIVED_MS - lived, undefined, { signal });
    }
  };

  const inject = async (fault: Fault, index: number): Promise<void> => {
    if (fault.kind === 'gateway') {
      await gatewayWell;
      told(fault, index);
      stage.setGateway(fault.mode);
      gatewayWell = delay(fault.seconds * 1000, undefined, { signal }).then(() =>
        stage.setGateway('ok'),
      );
      gatewayWell.catch(() => undefined);
      return;
    }
    if (fault.kind === 'receipts') {
      told(fault, index);
      stage.gateway.receipts.setMode(fault.mode);
      return;
    }
    const roles = fault.kind === 'kill' ? fault.roles : [fault.role];
    await hasLived(roles);
    told(fault, index);
    const over = stage.faults.begin(describeFault(fault));
    if (fault.kind === 'kill') {
      sendSignal(
        roles.flatMap((role) => pidOf(supervisor, role) ?? []),
        'SIGKILL',
      );
    } else {
      const stopped = pidsOf(supervisor, fault.role);
      sendSignal(stopped, 'SIGSTOP');
      await delay(fault.seconds * 1000, undefined, { signal }).finally(() =>
        sendSignal(stopped, 'SIGCONT'),
      );
    }
    watchRecovery(roles, over);
  };

  for (const [index, fault] of plan.entries()) {
    await delay(fault.pauseMs, undefined, { signal });
    await inject(fault, index);
  }
  await gatewayWell;
  await Promise.all(recoveries);
};
