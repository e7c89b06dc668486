import type { Stage } from '../stage.ts';

/** The desk's own verifier, where there is one, agrees. */
export const deskVerifies = async (
  stage: Stage,
  command: string,
): Promise<{ problem?: string; said: string }> => {
  if (!(await hasCommand(stage, command))) return { said: `no ${command} here` };
  const { code, stdout, stderr } = await stage.command(command);
  const last = `${stdout}${stderr}`.trim().split('\n').at(-1) ?? '';
  return code === 0 ? { said: `${command} agrees` } : { problem: `${command}: ${last}`, said: '' };
};

export const hasCommand = async (stage: Stage, command: string): Promise<boolean> => {
  const { stdout } = await stage.command('help');
  return stdout.split('\n').some((line) => line.trim().split(' ')[0] === command);
};
