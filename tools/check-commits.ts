/**
 * Checks the messages of the commits since `BASE_SUBJECT`. A shallow clone that does not reach back
 * so far is checked as far as it goes; a tree without a history passes.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

// Named by its subject: a hash changes when history is rewritten.
export const BASE_SUBJECT = 'refactor(desk): wake the dispatcher instead of poking it';

const SUBJECT =
  /^(?:feat|fix|refactor|perf|test|docs|build|chore)(?:\([a-z0-9][a-z0-9-]*\))?: (?<summary>\S.*)$/;
// The subject that `git revert` writes.
const REVERT = /^Revert "\S.*"$/;
const MAX_SUBJECT = 72;
// "added", "adding", "adds"; next to them, verbs that only look so.
const NOT_IMPERATIVE =
  /^(?!(?:alias|bring|embed|exceed|feed|need|ping|proceed|seed|shed|speed|spring|string)\b)[a-z]+(?:ed|ing|[^su]s)\b/;
const TRAILER = /^[A-Z][a-z]+(?:-[a-z]+)+: .*$/gm;
const SENTENCE = /(?:\S+\s+){2,}\S*[.!?]["'»)]*(?:\s|$)/;

export const messageProblems = (message: string): string[] => {
  const [subject = '', second = '', ...body] = message.trimEnd().split('\n');
  const problems: string[] = [];
  if (!REVERT.test(subject)) {
    const summary = SUBJECT.exec(subject)?.groups?.summary;
    if (summary === undefined) problems.push('the subject is not "type(scope): summary"');
    else if (!/^[a-z]/.test(summary)) problems.push('the summary begins with a lower-case verb');
    else if (NOT_IMPERATIVE.test(summary)) problems.push('the summary is not in the imperative');
    if (summary?.endsWith('.')) problems.push('the summary ends with a full stop');
    const length = [...subject].length;
    if (length > MAX_SUBJECT)
      problems.push(`the subject has ${length} characters, ${MAX_SUBJECT} at most`);
  }
  if (second !== '') problems.push('the second line is not blank');
  if (!SENTENCE.test(body.join('\n').replaceAll(TRAILER, '')))
    problems.push('the body gives no reason: a sentence at least');
  return problems;
};

const git = (...args: string[]): string =>
  execFileSync('git', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });

const main = (): void => {
  if (!existsSync('.git')) {
    console.log('commits: no history here, nothing checked');
    return;
  }
  const messages = git('log', '--no-merges', '-z', '--format=%B').split('\0').filter(Boolean);
  const base = messages.findIndex((message) => message.split('\n', 1)[0] === BASE_SUBJECT);
  if (base < 0 && git('rev-parse', '--is-shallow-repository').trim() !== 'true') {
    console.error(`commits: the history has no commit "${BASE_SUBJECT}" to begin after`);
    process.exitCode = 1;
    return;
  }
  const checked = base < 0 ? messages : messages.slice(0, base);
  for (const message of checked)
    for (const problem of messageProblems(message)) {
      console.error(`commits: ${message.split('\n', 1)[0]}: ${problem}`);
      process.exitCode = 1;
    }
  if (!process.exitCode) console.log(`commits: ${checked.length} messages in form`);
};

if (process.argv[1] === import.meta.filename) main();
