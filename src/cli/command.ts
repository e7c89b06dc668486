import type { ParseArgsConfig } from 'node:util';
import type { Config } from '../config.ts';
import type { Actor } from '../platform/audit/audit.sql.ts';
import type { Db } from '../platform/base/database.ts';

export const OPERATOR = { kind: 'operator', id: 'command line' } as const satisfies Actor;

export interface CommandResult {
  text: string;
  json: unknown;
  ok?: boolean;
}

export type CommandOptions = Record<string, string | boolean | undefined>;

export interface CommandInput {
  config: Config;
  db: Db;
  args: string[];
  options: CommandOptions;
}

export type OptionsConfig = NonNullable<ParseArgsConfig['options']>;

interface CommandForm {
  usage: string;
  help: string;
  options?: OptionsConfig;
  args: number;
  optionalArgs?: number;
  /** Runs on any schema version; other commands only on the one they know. */
  anySchema?: boolean;
}

export interface Command extends CommandForm {
  run(input: CommandInput): Promise<CommandResult>;
}

export interface CommandAlone extends CommandForm {
  runAlone(input: Omit<CommandInput, 'db'>): Promise<CommandResult>;
}

export type Commands = Record<string, Command | CommandAlone>;

export const textOf = (options: CommandOptions, name: string): string | undefined => {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
};
