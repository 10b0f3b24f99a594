/** Texts with slots, such as `page {int:1-9} of {int:10-40}`: parsed once, filled with fresh values for each record. */
import type { Connector } from './connectors.ts';
import type { Random } from './random.ts';

export interface Fill {
  readonly random: Random;
  /** The record's own time, in milliseconds since 1970, and the same as ISO 8601 text in UTC. */
  readonly nowMs: number;
  readonly iso: string;
  readonly connector: Connector;
}

type Slot = (fill: Fill) => string;
export type Template = readonly (string | Slot)[];

const FIRST_NAMES = ['ada', 'grace', 'alan', 'edsger', 'barbara', 'müller', 'jürgen', 'naïma', 'linus', '山田'];

/** Slots by name. `{int:1-9}`, `{hex:8}` and `{pick:a|b}` need the argument after the colon; the others have none. */
const SLOTS: Readonly<Record<string, (argument: string) => Slot>> = {
  int: (range) => {
    const [min, max] = range.split('-').map(Number);
    if (min === undefined || max === undefined) throw new TypeError(`{int:${range}}: expected {int:<min>-<max>}`);
    return ({ random }) => String(random.between(min, max));
  },
  hex: (digits) => {
    const count = Number(digits);
    return ({ random }) => random.hex(count);
  },
  pick: (choices) => {
    const list = choices.split('|');
    return ({ random }) => random.pick(list);
  },
  guid:
    () =>
    ({ random }) =>
      random.guid(),
  /** A tenant as logs show it: mostly a GUID, else a domain or a masked GUID. */
  tenantref:
    () =>
    ({ random, connector }) => {
      const kind = random.unit();
      if (kind < 0.7) return random.guid();
      return kind < 0.85
        ? `${connector.tenantId}.onmicrosoft.com`
        : `${random.hex(4)}****-****-****-****-********${random.hex(4)}`;
    },
  iso: () => (fill) => fill.iso,
  logtime: () => logTime,
  date:
    () =>
    ({ iso }) =>
      iso.slice(0, 10),
  clock:
    () =>
    ({ iso }) =>
      iso.slice(11, 19),
  connector:
    () =>
    ({ connector }) =>
      connector.id,
  tenant:
    () =>
    ({ connector }) =>
      connector.tenantId,
  region:
    () =>
    ({ connector }) =>
      connector.region,
  host:
    () =>
    ({ random, connector: { appKey, tenantId } }) => {
      if (appKey !== 'salesforce') return `${tenantId}-${random.between(1, 40)}.${appKey}.example`;
      return random.chance(0.5) ? `${tenantId}.my.salesforce.com` : `na${random.between(100, 250)}.salesforce.com`;
    },
  user:
    () =>
    ({ random }) =>
      `demo.${random.pick(FIRST_NAMES)}${random.between(1, 99)}`,
  /** `example` is a reserved top-level domain (RFC 2606): nobody's address. */
  email:
    () =>
    ({ random, connector }) =>
      `demo.user${random.between(1, 999)}@${connector.tenantId}.example`,
  /** Looks like a bearer token and says that it is none. */
  faketoken:
    () =>
    ({ random }) =>
      `FAKE.demo-token.${random.hex(32)}`,
};

const SLOT = new RegExp(`\\{(${Object.keys(SLOTS).join('|')})(?::([^{}]*))?\\}`, 'g');

export function parseTemplate(text: string): Template {
  const parts: (string | Slot)[] = [];
  let from = 0;
  for (const found of text.matchAll(SLOT)) {
    if (found.index > from) parts.push(text.slice(from, found.index));
    parts.push(SLOTS[found[1]!]!(found[2] ?? ''));
    from = found.index + found[0].length;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}

export function render(template: Template, fill: Fill): string {
  let text = '';
  for (const part of template) text += typeof part === 'string' ? part : part(fill);
  return text;
}

/** `2026-01-31 08:15:30,123`, as Java's loggers write it. */
export function logTime({ iso }: Pick<Fill, 'iso'>): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)},${iso.slice(20, 23)}`;
}
