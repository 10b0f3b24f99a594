/** What is published in place of a record that the broker refuses for its size. */
import { DEAD_LETTER_HEADERS } from '../events/dead-letter.ts';
import type { OutboundRecord } from '../transport/port.ts';

/** Characters of the message that a shrunk resolution event keeps. */
const SHRUNK_MESSAGE_CHARS = 4_096;
/** Bytes of the value that a shrunk dead letter keeps; header `triage.dlq.value.bytes` tells the original size. */
const SHRUNK_VALUE_BYTES = 65_536;

/**
 * A smaller record that says the same: a resolution event without attributes and with a short message, or a dead letter
 * with the beginning of its value (its headers say where the whole record stands). Undefined if it is small already.
 */
export function shrink(record: OutboundRecord): OutboundRecord | undefined {
  const { value, headers } = record;
  if (value === null) return undefined;
  if (DEAD_LETTER_HEADERS.reason in headers) {
    if (value.length <= SHRUNK_VALUE_BYTES) return undefined;
    return {
      ...record,
      value: value.subarray(0, SHRUNK_VALUE_BYTES),
      headers: { ...headers, [DEAD_LETTER_HEADERS.valueBytes]: String(value.length) },
    };
  }
  const event = JSON.parse(value.toString('utf8'));
  const dropped = Object.keys(event.attributes).length;
  if (event.message.length <= SHRUNK_MESSAGE_CHARS && dropped === 0) return undefined;
  const smaller = {
    ...event,
    message: event.message.slice(0, SHRUNK_MESSAGE_CHARS),
    message_truncated: event.message_truncated || event.message.length > SHRUNK_MESSAGE_CHARS,
    attributes: {},
    attributes_dropped: event.attributes_dropped + dropped,
  };
  return { ...record, value: Buffer.from(JSON.stringify(smaller)) };
}
