/** `SCHEME://USER:PASSWORD@HOST?…` of `SMS_URL`. Problems named here never quote a secret. */
export interface GatewayUrl {
  scheme: string;
  host: string;
  origin: string;
  user: string;
  password: string;
  query: URLSearchParams;
  templates: Map<string, Template>;
}

/** `template.KIND=NAME`, and `template.KIND.VARIABLE=PARAMETER` for each variable. */
export interface Template {
  name: string;
  variables: [variable: string, parameter: string][];
}

const TEMPLATE = /^template\.([a-z]+)(?:\.([A-Za-z0-9_]+))?$/;

const SENDERS: Record<string, string> = {
  kavenegar: 'sender',
  smsir: 'line',
  melipayamak: 'from',
  ghasedak: 'line',
  twilio: 'from',
  smpp: 'source',
};
const NEEDS_PASSWORD = new Set(['melipayamak', 'twilio', 'smpp']);

export const splitSmsUrl = (text: string): string[] => text.split(/,(?=[a-z][a-z0-9+.-]*:)/i);

export const hasOwnReports = (text: string): boolean =>
  splitSmsUrl(text).some((url) => Object.hasOwn(SENDERS, schemeOf(url)));

export const schemeOf = (url: string): string =>
  /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? '';

export const senderOf = ({ scheme, query }: GatewayUrl): string =>
  query.get(SENDERS[scheme] ?? '') ?? '';

export const smsUrlProblem = (text: string): string | undefined => {
  const urls = splitSmsUrl(text);
  if (urls.length > 2) return 'names at most two gateways, the second one for failover';
  if (urls.length === 2 && urls.some((url) => url === 'outbox:'))
    return 'outbox: stands alone, without failover';
  return urls.map((url) => gatewayProblem(url)).find((problem) => problem !== undefined);
};

const gatewayProblem = (url: string): string | undefined => {
  if (url === 'outbox:' || /^webhook\+https?:\/\/\S+$/i.test(url)) return undefined;
  const scheme = schemeOf(url);
  // Only the scheme is repeated: the rest may hold a key.
  if (!Object.hasOwn(SENDERS, scheme))
    return `no gateway is named "${scheme}"; use outbox:, webhook+https://…, ${Object.keys(SENDERS).join('://…, ')}://…`;
  const read = readGatewayUrl(url);
  return typeof read === 'string' ? read : undefined;
};

export const readGatewayUrl = (url: string): GatewayUrl | string => {
  const scheme = schemeOf(url);
  const parsed = parse(url);
  if (!parsed) return `the address after ${scheme}: cannot be read`;
  const { user, password, address } = parsed;
  const query = address.searchParams;
  if (user === '' || (NEEDS_PASSWORD.has(scheme) && password === ''))
    return `${scheme} needs ${NEEDS_PASSWORD.has(scheme) ? 'USER:PASSWORD' : 'KEY'}@ before the host`;
  const sender = SENDERS[scheme] ?? '';
  if (!query.get(sender)) return `${scheme} needs ?${sender}=…`;
  const templates = readTemplates(query);
  if (typeof templates === 'string') return templates;
  const protocol = query.get('http') === '1' ? 'http' : 'https';
  const { host } = address;
  return { scheme, host, origin: `${protocol}://${host}`, user, password, query, templates };
};

const parse = (url: string) => {
  try {
    const address = new URL(url.replace(/^[a-z][a-z0-9+.-]*:/i, 'https:'));
    return {
      address,
      user: decodeURIComponent(address.username),
      password: decodeURIComponent(address.password),
    };
  } catch {
    return undefined;
  }
};

const readTemplates = (query: URLSearchParams): Map<string, Template> | string => {
  const templates = new Map<string, Template>();
  for (const [key, value] of query) {
    const [, kind, variable] = TEMPLATE.exec(key) ?? [];
    if (kind !== undefined && variable === undefined)
      templates.set(kind, { name: value, variables: [] });
  }
  for (const [key, value] of query) {
    const [, kind = '', variable] = TEMPLATE.exec(key) ?? [];
    if (variable === undefined) continue;
    const template = templates.get(kind);
    if (!template) return `template.${kind}.${variable} has no template.${kind}`;
    template.variables.push([variable, value]);
  }
  return templates;
};

/**
 * Undefined without a template for this kind, or when a value is missing or does not fit: the
 * message then goes as plain text.
 * @param named variables for parameters in order, where the address maps none
 */
export const fillTemplate = (
  { templates }: GatewayUrl,
  { kind, params }: { kind: string; params: Record<string, string> },
  { named, fits }: { named: (index: number, parameter: string) => string; fits: Fits },
): { name: string; values: [variable: string, value: string][] } | undefined => {
  const template = templates.get(kind);
  if (!template) return undefined;
  const variables =
    template.variables.length > 0
      ? template.variables
      : Object.keys(params).map((parameter, index): [string, string] => [
          named(index, parameter),
          parameter,
        ]);
  const values = variables.map(([variable, parameter]): [string, string] => [
    variable,
    params[parameter] ?? '',
  ]);
  const isWhole = values.every(([variable, value]) => value !== '' && fits(value, variable));
  return isWhole ? { name: template.name, values } : undefined;
};

type Fits = (value: string, variable: string) => boolean;
