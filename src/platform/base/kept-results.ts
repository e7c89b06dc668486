/**
 * Results by their name, made once each: who asks while one is made waits for it. The `most` that
 * were asked for last are kept; a failure is not.
 */
export const keepResults = <Result>(
  most: number,
): ((name: string, make: () => Promise<Result>) => Promise<Result>) => {
  const kept = new Map<string, Promise<Result>>();
  return (name, make) => {
    const result = kept.get(name) ?? make();
    kept.delete(name);
    kept.set(name, result);
    result.catch(() => kept.delete(name));
    const [oldest] = kept.keys();
    if (kept.size > most && oldest !== undefined) kept.delete(oldest);
    return result;
  };
};
