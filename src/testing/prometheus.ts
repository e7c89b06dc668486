/** Reads Prometheus text (exposition format 0.0.4) and lets nothing pass that is not quite right. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface Family {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram' | 'summary';
  samples: Sample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf|NaN))$/i;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/;

const wrong = (line: string, why: string): Error => new Error(`${why}: ${line}`);

const readLabels = (text: string, line: string): Record<string, string> => {
  const labels: Record<string, string> = {};
  for (let rest = text; rest !== '';) {
    const [all, name, value] = LABEL.exec(rest) ?? [];
    if (all === undefined || name === undefined || value === undefined)
      throw wrong(line, 'labels are malformed');
    if (name in labels) throw wrong(line, `label ${name} twice`);
    labels[name] = value.replace(/\\([\\"n])/g, (_all, sign: string) =>
      sign === 'n' ? '\n' : sign,
    );
    rest = rest.slice(all.length);
  }
  return labels;
};

const toNumber = (text: string): number =>
  Number(text.replace(/^([+-]?)Inf$/i, (_all, sign: string) => `${sign}Infinity`));

/** Whether a sample of this name may stand in the family. */
const belongs = ({ name, type }: Family, sample: string): boolean => {
  const endings = { histogram: ['_bucket', '_sum', '_count'], summary: ['', '_sum', '_count'] };
  const allowed = type === 'histogram' || type === 'summary' ? endings[type] : [''];
  return allowed.some((ending) => sample === name + ending);
};

/** Counts do not fall from one bucket to the next, and the last one is all. */
const checkHistogram = ({ name, samples }: Family): void => {
  const counts = new Map<string, { last: number; bound: number }>();
  const keyOf = ({ le: _le, ...labels }: Record<string, string>): string => JSON.stringify(labels);
  for (const { name: sample, labels, value } of samples) {
    const key = keyOf(labels);
    if (sample === `${name}_bucket`) {
      const bound = toNumber(labels.le ?? '');
      const before = counts.get(key) ?? { last: 0, bound: -Infinity };
      if (!(bound > before.bound) || value < before.last)
        throw new Error(`${name}: buckets of ${key} are out of order`);
      counts.set(key, { last: value, bound });
    } else if (sample === `${name}_count`) {
      const { last, bound } = counts.get(key) ?? { last: Number.NaN, bound: 0 };
      if (last !== value || bound !== Infinity)
        throw new Error(`${name}: the buckets of ${key} are not all of them`);
    }
  }
};

/** @throws Error naming the first line that is wrong */
export const parsePrometheus = (text: string): Map<string, Family> => {
  if (!text.endsWith('\n')) throw new Error('does not end with a new line');
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let help: { name: string; text: string } | undefined;
  let family: Family | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    if (line.startsWith('# HELP ')) {
      const [, , name = '', ...words] = line.split(' ');
      if (!NAME.test(name) || families.has(name)) throw wrong(line, 'a family twice, or no name');
      help = { name, text: words.join(' ') };
      family = undefined;
    } else if (line.startsWith('# TYPE ')) {
      const [, , name = '', type = ''] = line.split(' ');
      if (help?.name !== name) throw wrong(line, 'a type without its help');
      if (!/^(counter|gauge|histogram|summary)$/.test(type)) throw wrong(line, 'no such type');
      family = { name, help: help.text, type: type as Family['type'], samples: [] };
      families.set(name, family);
    } else {
      const [, name = '', labelText = '', value = ''] = SAMPLE.exec(line) ?? [];
      if (!family || !belongs(family, name)) throw wrong(line, 'a sample outside its family');
      const labels = readLabels(labelText, line);
      const series = `${name} ${JSON.stringify(labels, Object.keys(labels).toSorted())}`;
      if (seen.has(series)) throw wrong(line, 'a series twice');
      seen.add(series);
      family.samples.push({ name, labels, value: toNumber(value) });
    }
  }
  for (const one of families.values()) if (one.type === 'histogram') checkHistogram(one);
  return families;
};

/** The value of the one sample with these labels (and perhaps others); undefined: there is none. */
export const valueOf = (
  families: Map<string, Family>,
  name: string,
  labels: Record<string, string> = {},
): number | undefined =>
  families
    .get(name)
    ?.samples.find((sample) =>
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    )?.value;
