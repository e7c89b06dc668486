import { expect, test } from 'vitest';
import type { Desk } from '../usecases/desk.ts';
import { answerInTime } from './answer-in-time.ts';

const deskThat = (listUnits: Desk['listUnits'], receiveFile?: Desk['receiveFile']): Desk =>
  answerInTime(20, { listUnits, receiveFile } as unknown as Desk);

const failing = (code: string) => () =>
  Promise.reject(Object.assign(new Error('it failed'), { code }));

test.each(['ECONNREFUSED', '55P03', '57P01', '53300', 'CONNECT_TIMEOUT'])(
  'a database that answers %s is unavailable',
  async (code) => {
    await expect(deskThat(failing(code)).listUnits()).rejects.toMatchObject({
      code: 'unavailable',
    });
  },
);

test.each(['ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE'])(
  'a file store that answers %s is unavailable',
  async (code) => {
    await expect(deskThat(failing(code)).listUnits()).rejects.toMatchObject({
      code: 'unavailable',
    });
  },
);

test('any other fault stays what it is', async () => {
  await expect(deskThat(failing('42601')).listUnits()).rejects.toMatchObject({ code: '42601' });
});

test('what does not answer in time is unavailable, and may fail later unheard', async () => {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('too late')), 2_000);
  });
  await expect(deskThat(() => late).listUnits()).rejects.toMatchObject({
    code: 'unavailable',
    facts: {},
  });
  await late.catch(() => {});
});

test('an upload may take as long as it takes', async () => {
  const slow: Desk['receiveFile'] = async () => {
    await new Promise((resolve) => setTimeout(resolve, 60));
    return { ok: false, problem: 'empty' };
  };
  const desk = deskThat(() => Promise.resolve([]), slow);
  const upload = { stream: undefined as never, fileName: 'a.pdf' };
  expect(await desk.receiveFile(upload)).toEqual({ ok: false, problem: 'empty' });
});
