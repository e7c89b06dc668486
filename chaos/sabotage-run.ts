/** Does the alarm ring? Every probe on the desk as it is, then each sabotaged build with its own. */
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { OperatorError } from '../src/platform/base/errors.ts';
import { ROLES } from './desk-processes.ts';
import { untilSettled } from './invariants/rest.ts';
import { checkInvariants } from './invariants.ts';
import { FLUSH_LOG, PROBES, type ProbeName } from './probes.ts';
import { clock, say } from './report.ts';
import { openScene, type Problem } from './scene.ts';
import { makeSabotagedTree, type Sabotage, SABOTAGES } from './sabotages.ts';
import { openStage } from './stage.ts';

const TREE = fileURLToPath(new URL('..', import.meta.url));
const RECORDER = new URL('record-flushes.mjs', import.meta.url);
/** Long enough to take a decision back, short enough for the other probes. */
const UNDO_SECONDS = '2';
const SETTLES_WITHIN_MS = 40_000;
/** Those that look at all the data take long and are the fault run's. */
const QUICK = [
  'I1',
  'I2',
  'I3',
  'I4',
  'I5',
  'I6',
  'I7',
  'I8',
  'I9',
  'I10',
  'I13',
  'I14',
  'I15',
  'I16',
  'I17',
];

const tryProbes = async (
  names: readonly ProbeName[],
  { tree, signal }: { tree: string; signal: AbortSignal },
): Promise<Problem[]> => {
  const stage = await openStage({
    signal,
    tree,
    env: { UNDO_SECONDS },
    prepare: async (folder) => ({
      NODE_OPTIONS: `--import ${pathToFileURL(fileURLToPath(RECORDER)).href}`,
      CHAOS_FLUSH_LOG: path.join(folder, FLUSH_LOG),
    }),
  });
  try {
    const scene = await openScene(stage);
    const problems: Problem[] = [];
    for (const name of names) {
      problems.push(...(await PROBES[name](scene)));
      stage.setGateway('ok');
      await stage.untilReady(ROLES);
      await untilSettled(stage, SETTLES_WITHIN_MS);
    }
    const findings = await checkInvariants(stage, QUICK);
    for (const { id, state, detail } of findings)
      if (state === 'broken') problems.push({ invariant: id, witness: detail });
    for (const problem of stage.visitor.problems)
      if (!QUICK.includes(problem.invariant)) problems.push(problem);
    return problems;
  } finally {
    await stage.close();
  }
};

const choose = (name: string): readonly Sabotage[] => {
  if (name === 'all') return SABOTAGES;
  const chosen = SABOTAGES.filter((one) => one.name === name);
  if (chosen.length > 0) return chosen;
  const names = SABOTAGES.map((one) => `  ${one.name}`).join('\n');
  throw new OperatorError(`There is no sabotage "${name}". These are:\n${names}`);
};

const describe = ({ invariant, witness }: Problem): string => `${invariant}: ${witness}`;

/** True when the sound desk has no problem and every sabotage is caught by what should. */
export const runSabotages = async (name: string, signal: AbortSignal): Promise<boolean> => {
  const chosen = choose(name);
  const begin = Date.now();
  const probes = [...new Set(chosen.map(({ probe }) => probe))];
  if (name === 'all')
    for (const probe of Object.keys(PROBES) as ProbeName[])
      if (!probes.includes(probe)) probes.push(probe);
  say(`chaos: the desk as it is, ${probes.length} probes`);
  const sound = await tryProbes(probes, { tree: TREE, signal });
  for (const problem of sound) say(`  FALSE ALARM ${describe(problem)}`);
  if (sound.length === 0) say(`${clock(begin)}  nothing found, as it should be`);
  let caught = 0;
  for (const { name, probe, patches, caughtBy } of chosen) {
    const copy = await makeSabotagedTree(TREE, patches);
    try {
      const problems = await tryProbes([probe], { tree: copy.tree, signal });
      const alarm = problems.find(({ invariant }) => caughtBy.includes(invariant));
      if (alarm) caught += 1;
      const other = problems[0]
        ? `NOT CAUGHT by ${caughtBy.join()}; ${describe(problems[0])}`
        : 'NOT CAUGHT';
      say(`${clock(begin)}  ${name.padEnd(34)} ${alarm ? `caught by ${describe(alarm)}` : other}`);
    } finally {
      await copy.remove();
    }
  }
  say(
    `${caught}/${chosen.length} caught${sound.length > 0 ? ', and the sound desk has problems' : ''}`,
  );
  return sound.length === 0 && caught === chosen.length;
};
