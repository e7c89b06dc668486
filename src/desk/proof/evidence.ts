/**
 * Checked without the desk by `tools/verify-evidence.mjs`; docs/register.md says what it proves.
 */
import { createHash } from 'node:crypto';
import type { FileStore } from '../../platform/files/file-store.ts';
import { storedZip } from '../../platform/files/stored-zip.ts';
import type { LetterHistory } from '../../platform/engine/letter-history.ts';
import {
  auditCanonical,
  listLetterAudit,
  openSealedDetails,
} from '../../platform/audit/audit.sql.ts';
import type { Db, Tx } from '../../platform/base/database.ts';
import {
  findEvidenceLetter,
  listEvidenceActions,
  listEvidenceActors,
  listEvidenceDecisions,
  listEvidenceFiles,
  listEvidenceMessages,
  listEvidenceVersions,
} from './evidence.sql.ts';
import type { EvidenceFile } from './evidence.sql.ts';
import { findAnnulment, findLetterEntry, listChain } from '../register/register.sql.ts';
import type { ChainedEntry } from '../register/register.sql.ts';
import { maskMobile } from '../../platform/base/mobile.ts';
import { readOneMoment, storedCheckpoints } from './verify-register.ts';
import type { KnownCheckpoint } from './verify-register.ts';

const FORMAT = 'pishkhan-evidence/1';

export interface EvidencePart {
  name: string;
  bytes: Buffer;
}

export interface Evidence {
  letterId: string;
  madeAt: string;
  parts: EvidencePart[];
}

const jsonBytes = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/**
 * @param checkpoints from outside the database; those of its own table are added
 * @param files undefined: only their names and hashes are in the bundle
 * @throws when a stored file is gone or is not what was stored
 */
export const gatherEvidence = async ({
  db,
  letterId,
  checkpoints,
  history,
  files,
  now = () => new Date(),
}: {
  db: Db;
  letterId: string;
  checkpoints: KnownCheckpoint[];
  history: LetterHistory;
  files: FileStore | undefined;
  now?: () => Date;
}): Promise<Evidence | undefined> => {
  const record = await readOneMoment(db, (tx) => readRecord(tx, letterId, checkpoints));
  if (!record) return undefined;
  const { fileRows, ...values } = record;
  // Of an erased letter only the hashes of its files are left.
  const whole = record.letter.erasedAt === null ? files : undefined;
  const named = fileRows.map((file) => ({ ...file, part: partName(file) }));
  const parts = Object.entries({
    ...values,
    files: named.map(({ storageKey: _place, key: _key, part, ...file }) => ({
      ...file,
      part: whole ? part : null,
    })),
    'workflow-history': history,
  }).map(([name, value]) => ({ name: `${name}.json`, bytes: jsonBytes(value) }));
  if (whole)
    for (const { part, ...file } of named)
      parts.push({ name: part, bytes: await whole.read(file) });
  return { letterId, madeAt: now().toISOString(), parts };
};

const partName = ({ round, position, replyNumber, unitActionId, type }: EvidenceFile): string => {
  const letter = round === 1 ? 'letter' : `letter-${round}`;
  const own = position === 1 ? letter : `${letter}-file-${position}`;
  const acted = replyNumber === null ? `action-${unitActionId}` : `reply-${replyNumber}`;
  return `files/${unitActionId === null ? own : acted}.${type}`;
};

const readRecord = async (tx: Tx, letterId: string, outside: KnownCheckpoint[]) => {
  const letter = await findEvidenceLetter(tx, letterId);
  if (!letter) return undefined;
  const { mobile, ...facts } = letter;
  const entry = await findLetterEntry(tx, letterId);
  return {
    letter: {
      ...facts,
      mobile: maskMobile(mobile),
      earlierRounds: await listEvidenceVersions(tx, letterId),
    },
    decisions: {
      decisions: await listEvidenceDecisions(tx, letterId),
      unitActions: await listEvidenceActions(tx, letterId),
    },
    actors: await listEvidenceActors(tx, letterId),
    register: entry
      ? await registerProof(tx, entry, [...outside, ...(await storedCheckpoints(tx))])
      : null,
    messages: await listEvidenceMessages(tx, letterId),
    audit: (await listLetterAudit(tx, letterId)).map((audited) => ({
      id: audited.id,
      canonical: auditCanonical(audited),
      details: audited.details,
      hash: audited.hash,
      opened: openSealedDetails(audited, letter.auditKey),
    })),
    fileRows: await listEvidenceFiles(tx, letterId),
  };
};

/**
 * Up to the first checkpoint published after the entry: a reader who has that checkpoint from elsewhere
 * can recompute it from here.
 */
const registerProof = async (tx: Tx, entry: ChainedEntry, checkpoints: KnownCheckpoint[]) => {
  const [checkpoint] = checkpoints
    .filter(
      ({ register, year, serial }) =>
        register === entry.register &&
        (year > entry.year || (year === entry.year && serial >= entry.serial)),
    )
    .sort((a, b) => a.year - b.year || a.serial - b.serial || a.at.localeCompare(b.at));
  const [, ...following] = checkpoint ? await listChain(tx, entry, checkpoint) : [entry];
  return {
    entry,
    annulment: (await findAnnulment(tx, entry)) ?? null,
    following,
    checkpoint: checkpoint ? { ...checkpoint, source: undefined } : null,
  };
};

export const evidenceJson = (evidence: Evidence): Buffer => {
  const manifest = manifestOf(evidence);
  const isFile = ({ name }: EvidencePart): boolean => name.startsWith('files/');
  return jsonBytes({
    manifest,
    seal: sha256(jsonBytes(manifest)),
    parts: Object.fromEntries(
      evidence.parts
        .filter((part) => !isFile(part))
        .map(({ name, bytes }) => [name, JSON.parse(bytes.toString()) as unknown]),
    ),
    files: Object.fromEntries(
      evidence.parts.filter(isFile).map(({ name, bytes }) => [name, bytes.toString('base64')]),
    ),
  });
};

export const evidenceZip = (evidence: Evidence): Buffer => {
  const manifest = jsonBytes(manifestOf(evidence));
  return storedZip([
    { name: 'manifest.json', bytes: manifest },
    { name: 'manifest.sha256', bytes: Buffer.from(`${sha256(manifest)}\n`) },
    ...evidence.parts,
  ]);
};

const manifestOf = ({ letterId, madeAt, parts }: Evidence) => ({
  format: FORMAT,
  letterId,
  madeAt,
  parts: parts.map(({ name, bytes }) => ({ name, bytes: bytes.length, sha256: sha256(bytes) })),
});
