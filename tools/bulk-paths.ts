import { randomUUID } from 'node:crypto';
import { cancelBulk, decideInBulk, getBulkDecision } from '../src/desk/letters/decide-in-bulk.ts';
import { until } from '../src/testing/until.ts';
import type { Path, Scene } from './history-scene.ts';
import { submitted } from './history-steps.ts';

const submittedLetters = async (scene: Scene, count: number): Promise<string[]> => {
  const letterIds: string[] = [];
  while (letterIds.length < count) letterIds.push(await submitted(scene));
  return letterIds;
};

const decided = (scene: Scene, letterIds: string[]): Promise<string> => {
  const { deps, reviewer: staff } = scene;
  const decision = { kind: 'approve', reason: null } as const;
  return decideInBulk(deps, { staff, key: randomUUID(), letterIds, ...decision });
};

const ended = async (scene: Scene, bulkId: string): Promise<void> => {
  const { deps, reviewer: staff } = scene;
  await until(async () => (await getBulkDecision(deps, { staff, bulkId })).endedAt);
};

export const BULK_PATHS: Record<string, Path> = {
  async 'decided-in-bulk'(scene) {
    const bulkId = await decided(scene, await submittedLetters(scene, 3));
    await ended(scene, bulkId);
    return { bulkId };
  },

  async 'cancelled-in-bulk'(scene) {
    const letterIds = await submittedLetters(scene, 2);
    const bulks: string[] = [];
    await scene.withoutWorker(async () => {
      const bulkId = await decided(scene, letterIds);
      await cancelBulk(scene.deps, { staff: scene.reviewer, bulkId });
      bulks.push(bulkId);
    });
    const [bulkId = ''] = bulks;
    await ended(scene, bulkId);
    return { bulkId };
  },
};
