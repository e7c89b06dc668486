import { text } from 'node:stream/consumers';
import { OperatorError } from '../platform/base/errors.ts';

export const readSecretLine = async (what: string): Promise<string> => {
  const line = (await text(process.stdin)).replace(/\r?\n$/, '');
  if (line === '') throw new OperatorError(`${what} comes on standard input, which is empty.`);
  if (/[\r\n]/.test(line))
    throw new OperatorError(`${what} is one line on standard input, which holds more.`);
  return line;
};
