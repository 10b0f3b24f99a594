/** A dead letter without the secrets in its key, value and original headers, for `redaction.deadLetters: redact`. */
import { DEAD_LETTER_HEADERS, OWN_HEADERS } from '../events/dead-letter.ts';
import type { Redactor } from '../redaction/redactor.ts';
import type { Headers, OutboundRecord } from '../transport/port.ts';

/**
 * Read byte for byte, so that what is no text stays as it is. JSON of at most `maxJsonBytes` is also read as such: the
 * name over an object tells more than a text does. The header `triage.dlq.redacted` says that the record was changed.
 */
export function redactedRecord(letter: OutboundRecord, redactor: Redactor, maxJsonBytes: number): OutboundRecord {
  const bytes = (given: Buffer): Buffer => {
    const text = given.toString('latin1');
    const redacted = redactor.text(text);
    return redacted === text ? given : Buffer.from(redacted, 'latin1');
  };
  const key = letter.key && bytes(letter.key);
  const plain = letter.value && bytes(letter.value);
  const value = plain && plain.length <= maxJsonBytes ? asJson(plain, redactor) : plain;
  const headers: Headers = {};
  let isChanged = key !== letter.key || value !== letter.value;
  for (const [name, header] of Object.entries(letter.headers)) {
    const safeName = OWN_HEADERS.has(name) ? name : redactor.text(name);
    const safe = OWN_HEADERS.has(name) ? header : safeHeader(name, header, redactor);
    headers[safeName] = safe;
    isChanged ||= safeName !== name || safe !== header;
  }
  return isChanged
    ? { ...letter, key, value, headers: { ...headers, [DEAD_LETTER_HEADERS.redacted]: 'true' } }
    : letter;
}

function asJson(value: Buffer, redactor: Redactor): Buffer {
  let json: unknown;
  try {
    json = JSON.parse(value.toString('utf8'));
  } catch {
    // Most dead letters are no JSON: that is why they are here.
    return value;
  }
  const redacted = redactor.value(json);
  return redacted === json ? value : Buffer.from(JSON.stringify(redacted));
}

function safeHeader(name: string, header: Headers[string], redactor: Redactor): Headers[string] {
  if (header === undefined) return undefined;
  if (Array.isArray(header)) {
    const safe = header.map((each) => safeValue(name, each, redactor));
    return safe.every((each, i) => each === header[i]) ? header : safe;
  }
  return safeValue(name, header, redactor);
}

function safeValue(name: string, value: Buffer | string, redactor: Redactor): Buffer | string {
  const text = typeof value === 'string' ? value : value.toString('latin1');
  const safe = redactor.value(text, name) as string;
  if (safe === text) return value;
  return typeof value === 'string' ? safe : Buffer.from(safe, 'latin1');
}
