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
