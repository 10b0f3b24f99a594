/** Records and formats for tests of the input formats. */
import type { ConnectorEvent } from '../../src/events/connector-event.ts';
import type { Decoded, FormatOptions } from '../../src/formats/format.ts';
import type { Headers, SourceRecord } from '../../src/transport/port.ts';

const APPS: Readonly<Record<string, string>> = {
  box: 'box',
  okta: 'okta',
  o365: 'microsoft-365',
  'office 365': 'microsoft-365',
  salesforce: 'salesforce',
  slack: 'slack',
};

export const OPTIONS: FormatOptions = { maxBytes: 1_000_000, appKey: (name) => APPS[name.toLowerCase()] };

/** A value that is no Buffer is sent as JSON. */
export function recordOf(value: unknown, headers: Headers = {}): SourceRecord {
  const bytes = value === null || Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value));
  return { topic: 'in', partition: 2, offset: 7, timestampMs: 0, key: null, value: bytes, headers };
}

export function eventIn(decoded: Decoded): ConnectorEvent {
  if (decoded.kind !== 'event') throw new Error(`expected an event, found ${JSON.stringify(decoded)}`);
  return decoded.event;
}

export function partsIn(decoded: Decoded) {
  if (decoded.kind !== 'events') throw new Error(`expected a batch, found ${JSON.stringify(decoded)}`);
  return decoded.events;
}

export function letterIn(decoded: Decoded) {
  if (decoded.kind !== 'dead-letter') throw new Error(`expected a dead letter, found ${JSON.stringify(decoded)}`);
  return decoded.letter;
}
