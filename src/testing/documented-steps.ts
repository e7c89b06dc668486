/** The commands of the documents, as they stand there. */
import { readFileSync } from 'node:fs';

export const DOCUMENTS = [
  'README.md',
  'docs/runbooks.md',
  'docs/operations.md',
  'docs/upgrading.md',
];

const COMMAND = /^(npm|npx|node|sh|docker|temporal) /;

/** Fenced `sh` blocks, and indented ones that begin with a command. */
export const documentedSteps = (): string[] => {
  const steps: string[] = [];
  for (const document of DOCUMENTS) {
    const text = readFileSync(new URL(`../../${document}`, import.meta.url), 'utf8');
    for (const [, indent = '', block = ''] of text.matchAll(/^( *)```sh\n([^]*?)^ *```$/gm))
      steps.push(block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
    const outside = text.replaceAll(/^ *```[^]*?^ *```$/gm, '');
    for (const [block] of outside.matchAll(/(?:^ {4,}\S.*\n)+/gm)) {
      const plain = block.replaceAll(/^ +/gm, '');
      if (COMMAND.test(plain)) steps.push(plain);
    }
  }
  return steps;
};

/** Commands within sentences. */
export const inlineCommands = (): string[] =>
  DOCUMENTS.flatMap((document) => {
    const text = readFileSync(new URL(`../../${document}`, import.meta.url), 'utf8');
    return [...text.matchAll(/`(docker compose [^`\n]+)`/g)].map(([, command = '']) => command);
  });
