/** The floor of a checked upload: the same check in this process, without a queue and its limits. */
import { decideFileType } from '../src/platform/files/checks/file-type.ts';

/** Processor milliseconds of one check, of files in turns; the first ones load and compile. */
export const checkInProcess = async (
  files: { name: string; path: string }[],
  times: number,
): Promise<number> => {
  const check = async (rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round += 1)
      for (const { name, path } of files) await decideFileType({ fileName: name, file: path });
  };
  await check(times / 3);
  const before = process.cpuUsage();
  await check(times);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (times * files.length);
};
