/**
 * `node verify-evidence.mjs FILE [--checkpoints FILE]` checks what `desk evidence` wrote, with nothing but
 * this file and Node.js. `--checkpoints` is a copy of the register checkpoints from another source.
 */
import { createDecipheriv, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { crc32 } from 'node:zlib';

const FORMAT = 'pishkhan-evidence/1';
const NO_HASH = '0'.repeat(64);
const PARTS = 'letter decisions actors register messages audit files workflow-history'
  .split(' ')
  .map((name) => `${name}.json`);

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const jsonBytes = (value) => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
const textOf = (bytes) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);

const firstDifference = (a, b) => {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at === -1 ? a.length : at;
};

/** @returns {{ problems: string[], checks: string[], notes: string[] }} */
export const verifyEvidence = (bytes, known = {}) => {
  const said = { problems: [], checks: [], notes: [] };
  const bundle = attempt(said, 'the file', () =>
    bytes.subarray(0, 2).toString('latin1') === 'PK' ? readZip(bytes) : readJson(bytes),
  );
  if (!bundle) return said;
  checkSeals(said, bundle);
  if (said.problems.length === 0 && !bundle.exact.equals(bytes))
    said.problems.push(
      `the file: byte ${firstDifference(bundle.exact, bytes)} is not what was written`,
    );
  if (said.problems.length > 0) return said;
  said.checks.push(`${bundle.parts.size} parts are as the manifest lists them`);
  attempt(said, 'the content', () => checkContent(said, bundle, known));
  return said;
};

const attempt = (said, what, act) => {
  try {
    return act();
  } catch (error) {
    said.problems.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
};

// `exact`: the bytes that the desk would have written for the same content.
const readJson = (bytes) => {
  const { manifest, seal, parts, files } = JSON.parse(textOf(bytes));
  if (!isObject(manifest) || !isObject(parts) || !isObject(files))
    throw new Error('it is no evidence bundle: manifest, parts or files are missing');
  const read = new Map();
  for (const [name, value] of Object.entries(parts)) read.set(name, jsonBytes(value));
  const written = {};
  for (const [name, text] of Object.entries(files)) {
    read.set(name, Buffer.from(String(text), 'base64'));
    written[name] = read.get(name).toString('base64');
  }
  return {
    manifest,
    manifestBytes: jsonBytes(manifest),
    seal,
    parts: read,
    exact: jsonBytes({ manifest, seal, parts, files: written }),
  };
};

const readZip = (bytes) => {
  const files = [];
  let at = 0;
  while (bytes.length >= at + 30 && bytes.readUInt32LE(at) === 0x04034b50) {
    const size = bytes.readUInt32LE(at + 18);
    const start = at + 30 + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
    if (start + size > bytes.length) throw new Error(`the archive is damaged at byte ${at}`);
    const name = bytes.subarray(at + 30, at + 30 + bytes.readUInt16LE(at + 26)).toString('utf8');
    files.push({ name, bytes: bytes.subarray(start, start + size) });
    at = start + size;
  }
  const find = (name) => {
    const file = files.find((each) => each.name === name);
    if (!file) throw new Error(`${name} is not in the archive (damaged near byte ${at})`);
    return file.bytes;
  };
  const manifestBytes = find('manifest.json');
  const seal = find('manifest.sha256').toString('utf8').trimEnd();
  if (sha256(manifestBytes) !== seal)
    throw new Error('manifest.json is not the one that manifest.sha256 seals');
  return {
    manifest: JSON.parse(textOf(manifestBytes)),
    manifestBytes,
    seal,
    parts: new Map(files.slice(2).map((file) => [file.name, file.bytes])),
    exact: writeZip(files),
  };
};

const writeZip = (files) => {
  const local = [];
  const central = [];
  let offset = 0;
  for (const { name: path, bytes } of files) {
    const name = Buffer.from(path);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(0x800, 2);
    fields.writeUInt16LE(0x21, 8);
    fields.writeUInt32LE(crc32(bytes), 10);
    for (const at of [14, 18]) fields.writeUInt32LE(bytes.length, at);
    fields.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    local.push(Buffer.from('PK\u0003\u0004'), fields, name, bytes);
    central.push(Buffer.from('PK\u0001\u0002\u0014\u0000'), fields, place, name);
    offset += 30 + name.length + bytes.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006');
  for (const at of [8, 10]) end.writeUInt16LE(files.length, at);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
};

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

const checkSeals = ({ problems }, { manifest, manifestBytes, seal, parts }) => {
  if (sha256(manifestBytes) !== seal) problems.push('the manifest: it or its seal was changed');
  if (manifest.format !== FORMAT)
    problems.push(`the manifest: its format is ${manifest.format}, not ${FORMAT}`);
  const listed = Array.isArray(manifest.parts) ? manifest.parts : [];
  const names = new Set(listed.map((part) => part?.name));
  for (const { name, bytes: size, sha256: hash } of listed.filter(isObject)) {
    const part = parts.get(name);
    if (!part) problems.push(`${name}: the manifest lists it, and it is not there`);
    else if (sha256(part) !== hash || part.length !== size)
      problems.push(`${name}: it is not what the manifest seals`);
  }
  for (const name of parts.keys())
    if (!names.has(name)) problems.push(`${name}: the manifest does not list it`);
  for (const name of PARTS) if (!names.has(name)) problems.push(`${name}: the bundle must hold it`);
};

const checkContent = (said, { manifest, parts }, known) => {
  const part = (name) => JSON.parse(textOf(parts.get(`${name}.json`)));
  const letter = part('letter');
  const audit = part('audit');
  if (letter.id !== manifest.letterId)
    said.problems.push('letter.json: it is of another letter than the manifest');
  const entries = checkAudit(said, audit, letter);
  checkRegister(said, part('register'), letter, known);
  checkFiles(said, part('files'), entries, parts);
  checkRounds(said, { letter, ...part('decisions') }, entries);
  checkDecision(said, { letter, ...part('decisions') }, entries);
  checkHistory(said, part('workflow-history'), part('decisions').decisions);
};

// `s1:`, then base64url of IV (12 bytes), tag (16) and AES-256-GCM ciphertext.
const openDetail = ({ id, auditKey }, stored, binding) => {
  try {
    const sealed = Buffer.from(stored.slice(3), 'base64url');
    const key = Buffer.from(auditKey, 'base64url');
    const options = { authTagLength: 16 };
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), options);
    decipher.setAAD(Buffer.from(`${id}:${binding}`)).setAuthTag(sealed.subarray(12, 28));
    return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString();
  } catch {
    return undefined;
  }
};

const checkAudit = ({ problems, checks }, audit, letter) => {
  const entries = [];
  let before = NO_HASH;
  let opened = 0;
  for (const [index, { id, canonical, details, hash, opened: said = {} }] of audit.entries()) {
    const where = `audit.json, entry ${id}`;
    const [prev, letterId, seq, at, actorKind, actor, action, , , detailsHash] =
      JSON.parse(canonical);
    if (sha256(canonical) !== hash) problems.push(`${where}: its hash does not fit what it says`);
    else if (sha256(details) !== detailsHash)
      problems.push(`${where}: its details are not those that it was written with`);
    else if (prev !== before || seq !== index + 1)
      problems.push(`${where}: it does not follow the entry before it`);
    else if (letterId !== letter.id) problems.push(`${where}: it is of another letter`);
    if (problems.length > 0) return entries;
    before = hash;
    const written = JSON.parse(details);
    for (const [name, text] of Object.entries(said)) {
      opened += 1;
      if (openDetail(letter, written[name], `audit.${action}.${name}`) !== text)
        problems.push(`${where}: its ${name} is not what stands sealed in it`);
    }
    entries.push({ at, actorKind, actor, action, details: { ...written, ...said } });
  }
  if (entries[0]?.action !== 'submitted')
    problems.push('audit.json: it does not begin with the letter’s arrival');
  checks.push(`the audit trail is one chain of ${entries.length} entries`);
  if (opened > 0)
    checks.push(`${opened} sealed detail(s) of it say what the bundle says, by the audit key`);
  return entries;
};

const HASHED_FIELDS = 'prevHash register year serial number letterId registeredAt'.split(' ');

const hashEntry = (entry) => sha256(JSON.stringify(HASHED_FIELDS.map((name) => entry[name])));

const checkRegister = (said, register, letter, known) => {
  const { problems, checks, notes } = said;
  if (register === null) {
    if (letter.letterNumber !== null)
      problems.push('register.json: the letter has a number and no entry');
    else checks.push('the letter is not registered');
    return;
  }
  const { entry, following, checkpoint, annulment } = register;
  if (!checkChain(said, [entry, ...following])) return;
  if (
    entry.letterId !== letter.id ||
    entry.number !== letter.letterNumber ||
    entry.registeredAt !== letter.registeredAt
  )
    problems.push('register.json: the entry is not that of letter.json');
  checks.push(`${entry.number} is an entry of the register ${entry.register} (${entry.hash})`);
  if (annulment) notes.push(`${entry.number} was annulled at ${annulment.at}: ${annulment.reason}`);
  if (checkpoint) checkCheckpoint(said, register, known);
  else notes.push('no checkpoint was published after it yet: its place in time is not proved');
};

const checkChain = ({ problems }, entries) => {
  for (const [index, each] of entries.entries()) {
    const before = entries[index - 1];
    if (hashEntry(each) !== each.hash)
      problems.push(`register.json: the hash of ${each.number} does not fit what it says`);
    else if (before && (each.prevHash !== before.hash || each.register !== before.register))
      problems.push(`register.json: ${each.number} does not follow ${before.number}`);
    else if (before && before.year === each.year && each.serial !== before.serial + 1)
      problems.push(
        `register.json: serials between ${before.number} and ${each.number} are missing`,
      );
    if (problems.length > 0) return false;
  }
  return true;
};

const checkCheckpoint = ({ problems, checks, notes }, register, known) => {
  const { entry, following, checkpoint } = register;
  const last = following.at(-1) ?? entry;
  if (['hash', 'register', 'year', 'serial'].some((name) => checkpoint[name] !== last[name])) {
    problems.push('register.json: the chain does not lead to the published checkpoint');
    return;
  }
  const { at, register: id, year, serial, hash } = checkpoint;
  const line = `${id} ${year} ${serial} ${hash}`;
  checks.push(`${following.length} entries lead from it to the checkpoint: ${at} ${line}`);
  if (known.checkpoints === undefined)
    notes.push('compare that checkpoint with one from another source (--checkpoints FILE)');
  else if (known.checkpoints.split('\n').some((each) => each.trim().endsWith(` ${line}`)))
    checks.push('that checkpoint is among the published ones that you gave');
  else problems.push('register.json: the checkpoint is not among the published ones that you gave');
};

const checkFiles = ({ problems, checks, notes }, files, entries, parts) => {
  // Each round that brought files has an entry with their hashes, in order.
  const own = files.filter((file) => file.unitActionId === null);
  const arrived = entries.filter(
    ({ action, details }) => /^(re)?submitted$/.test(action) && details.sha256 !== undefined,
  );
  const byRound = new Map();
  for (const { round = 1, sha256: hash } of own.toSorted((a, b) => a.position - b.position))
    byRound.set(round, byRound.has(round) ? `${byRound.get(round)} ${hash}` : hash);
  const told = new Map(arrived.map(({ details }) => [details.round ?? 1, details.sha256]));
  const fits =
    byRound.size === arrived.length && [...byRound].every(([of, all]) => told.get(of) === all);
  const nameOf = ({ round = 1, position = 1 }) =>
    (round === 1 ? 'the letter’s file' : `the file of round ${round}`) +
    (position === 1 ? '' : `, number ${position},`);
  if (!fits || own.length === 0)
    problems.push('files.json: the letter’s file is not the one that was recorded at arrival');
  else
    for (const file of own)
      checks.push(`${nameOf(file)} is the one that arrived: SHA-256 ${file.sha256}`);
  for (const { part, name, sha256: hash, bytes } of files) {
    if (part === null) notes.push(`the file ${name} is not in the bundle; its SHA-256 is ${hash}`);
    else if (!parts.has(part)) problems.push(`${part}: it is named in files.json and not there`);
    else if (sha256(parts.get(part)) !== hash || parts.get(part).length !== bytes)
      problems.push(`${part}: its bytes are not those that were recorded`);
    else checks.push(`${part} is the file that was recorded`);
  }
};

const checkRounds = ({ problems, checks }, { letter, decisions }, entries) => {
  const { round = 1, earlierRounds = [] } = letter;
  const returns = decisions.filter(
    ({ kind, outcome }) => kind === 'return' && outcome === 'applied',
  );
  const told = entries.filter(({ action }) => action === 'returned');
  const began = entries.filter(({ action }) => action === 'resubmitted' || action === 'objected');
  const objections = began.filter(({ action }) => action === 'objected').length;
  const isReturn = (of, by) => (one) => one.round === of && one.decidedBy === by;
  const isOut = returns.length + objections === round;
  if (
    objections !== (letter.objectedAt ? 1 : 0) ||
    (!isOut && returns.length + objections !== round - 1) ||
    (isOut && letter.status !== 'returned' && letter.status !== 'withdrawn') ||
    (!isOut && letter.status === 'returned') ||
    told.length !== returns.length ||
    told.some(({ details: { round: of, by } }) => !returns.some(isReturn(of, by))) ||
    began.length !== round - 1 ||
    began.some(({ details }, index) => details.round !== index + 2) ||
    earlierRounds.length !== round - 1
  )
    problems.push('letter.json: its rounds, its returns and its audit trail disagree');
  else {
    if (returns.length > 0)
      checks.push(
        `${returns.length} returns and ${round - 1 - objections} corrections: record and audit trail agree`,
      );
    if (objections > 0) checks.push('an objection to the rejection: record and audit trail agree');
  }
};

const DECISION_KINDS = { approved: 'approve', rejected: 'reject', withdrawn: 'withdraw' };

const checkDecision = ({ problems, checks }, { letter, decisions }, entries) => {
  // An objection cancels the decision before it.
  const objected = entries.findIndex(({ action }) => action === 'objected');
  const objectedIn = entries[objected]?.details.round ?? 1;
  const applied = decisions.filter(
    ({ kind, outcome, round }) =>
      outcome === 'applied' && kind !== 'return' && (round ?? 1) >= objectedIn,
  );
  const ends = Object.keys(DECISION_KINDS);
  const told = entries.slice(objected + 1).filter(({ action }) => ends.includes(action));
  const decided = ends.includes(letter.status);
  if (applied.length !== Number(decided) || told.length !== Number(decided)) {
    problems.push('decisions.json: the letter’s state, its decisions and its audit trail disagree');
    return;
  }
  if (!decided) return;
  const [[decision], [entry]] = [applied, told];
  const isWithdrawn = letter.status === 'withdrawn';
  const fits =
    entry.action === letter.status &&
    decision.kind === DECISION_KINDS[letter.status] &&
    (entry.details.letterNumber ?? null) === letter.letterNumber &&
    (isWithdrawn
      ? entry.actorKind === 'applicant'
      : decision.decidedBy === letter.decidedBy && entry.details.by === letter.decidedBy);
  const by = isWithdrawn ? 'its sender' : letter.decidedBy;
  const what = isWithdrawn ? 'that it was withdrawn' : 'who decided, or what,';
  if (fits) checks.push(`${letter.status} by ${by}: record and audit trail agree`);
  else problems.push(`decisions.json: ${what} is not what the audit trail says`);
};

const WHY_UNNAMED = 'it is encrypted, was rebuilt, or was signalled by the engine’s own tools';

// Signals of the desk carry the decision's id; those of Temporal's own tools do not.
const checkHistory = ({ checks, notes }, { history, missing }, decisions) => {
  if (missing !== undefined) {
    notes.push(`without the workflow’s history: ${missing}`);
    return;
  }
  const payloads = [...JSON.stringify(history).matchAll(/"data":"([A-Za-z0-9+/=]+)"/g)]
    .map(([, data]) => Buffer.from(data, 'base64').toString('utf8'))
    .join('\n');
  const applied =
    decisions.findLast(({ kind, outcome }) => outcome === 'applied' && kind !== 'return') ??
    decisions.find(({ outcome }) => outcome === 'applied');
  if (!applied) notes.push('the workflow’s history is there; no decision to look for in it');
  else if (payloads.includes(applied.id))
    checks.push('the workflow’s history holds the decision that was applied');
  else notes.push(`the workflow’s history does not name the decision: ${WHY_UNNAMED}`);
};

const main = () => {
  const options = { checkpoints: { type: 'string' } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (positionals.length !== 1) {
    console.error('usage: node verify-evidence.mjs FILE [--checkpoints FILE]');
    process.exitCode = 2;
    return;
  }
  const checkpoints = values.checkpoints && readFileSync(values.checkpoints, 'utf8');
  const { problems, checks, notes } = verifyEvidence(readFileSync(positionals[0]), { checkpoints });
  for (const line of checks) console.log(`✓ ${line}`);
  for (const line of notes) console.log(`· ${line}`);
  for (const line of problems) console.log(`✗ ${line}`);
  console.log(problems.length === 0 ? 'The bundle fits.' : 'The bundle does not fit.');
  if (problems.length > 0) process.exitCode = 1;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
