import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { OperatorError } from '../platform/base/errors.ts';
import { findSignedReceipt, isSameFile } from '../desk/proof/letter-receipts.ts';
import type { CommandInput, CommandResult, Commands } from './command.ts';

const fingerprint = async (file: string): Promise<{ bytes: number; sha256: string }> => {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(file)) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
  } catch (error) {
    throw new OperatorError(`${file} cannot be read.`, error);
  }
  return { bytes, sha256: hash.digest('hex') };
};

const when = (words: string, at: Date | null | undefined): string[] =>
  at ? [`${words} ${at.toISOString()}`] : [];

export const verifyReceiptCommand = async ({ db, args }: CommandInput): Promise<CommandResult> => {
  const [typed = '', file] = args;
  const token = typed.trim().split('/').at(-1) ?? '';
  const receipt = await findSignedReceipt(db, token);
  if (!receipt)
    return {
      ok: false,
      text: 'not genuine: this desk has not signed it, or a part of it is missing or changed',
      json: { genuine: false },
    };
  const found = file === undefined ? undefined : await fingerprint(file);
  const sameFile = found === undefined ? null : receipt.files.some((one) => isSameFile(one, found));
  const { record } = receipt;
  const fileLines = sameFile === null ? [] : [`${file}: ${sameFile ? 'the same' : 'ANOTHER'} file`];
  return {
    ok: sameFile !== false && record !== null,
    text: [
      `genuine, signed with the key ${receipt.keyId}`,
      `letter ${receipt.letterId}, round ${receipt.round}, ${receipt.kind} ${receipt.at.toISOString()}`,
      ...receipt.files.map(({ bytes, sha256 }) => `its file: ${bytes} bytes, SHA-256 ${sha256}`),
      ...(record === null ? ['THE RECORD DOES NOT HOLD what it says'] : []),
      ...(record?.letterNumber ? [`number ${record.letterNumber}, ${record.registeredOn}`] : []),
      ...when('annulled', record?.annulledAt),
      ...when('withdrawn', record?.withdrawnAt),
      ...when('content erased', record?.erasedAt),
      ...(record?.isReplaced ? ['corrected and sent again later'] : []),
      ...fileLines,
    ].join('\n'),
    json: { genuine: true, ...receipt, sameFile },
  };
};

export const RECEIPT_COMMANDS: Commands = {
  'verify-receipt': {
    usage: 'verify-receipt TOKEN [FILE]',
    help: 'is a letter receipt genuine, and is FILE one that it was issued for?',
    args: 1,
    optionalArgs: 1,
    run: verifyReceiptCommand,
  },
};
