/** What is published in place of a record that the broker refuses for its size: less and less, but never nothing. */
import { cutText } from '../events/cut.ts';
import { DEAD_LETTER_HEADERS, OWN_HEADERS } from '../events/dead-letter.ts';
import type { EventCodec } from '../events/event-codec.ts';
import type { ResolutionEvent } from '../events/resolution-event.ts';
import type { Headers, OutboundRecord } from '../transport/port.ts';

/** How many steps there are; after the last one only a larger limit of the topic helps. */
export const SHRINK_STEPS = 3;

/** Bytes of the value that a dead letter keeps, step by step. */
const VALUE_BYTES = [65_536, 1_024, 100];
/** Characters of the message that a resolution event keeps, step by step. */
const MESSAGE_CHARS = [4_096, 256, 0];
/** Keys and original headers larger than this in bytes are left out from the second step on. */
const KEY_BYTES = 1_024;

/**
 * The record made smaller, `step` from 0 up to `SHRINK_STEPS` - 1. A dead letter keeps the beginning of its value; from the
 * second step on it loses a large key and its original headers. Headers tell the original sizes, and where the whole record
 * stands. A resolution event loses attributes and most of its message, then all that the catalog can say again.
 */
export function shrink(record: OutboundRecord, step: number, codec: EventCodec): OutboundRecord {
  return DEAD_LETTER_HEADERS.reason in record.headers ? shrinkLetter(record, step) : shrinkEvent(record, step, codec);
}

function shrinkLetter(record: OutboundRecord, step: number): OutboundRecord {
  const { key, value, headers } = record;
  const isLarge = step > 0 && key !== null && key.length > KEY_BYTES;
  const kept: Headers =
    step === 0 ? headers : Object.fromEntries(Object.entries(headers).filter(([name]) => OWN_HEADERS.has(name)));
  const dropped = Object.keys(headers).length - Object.keys(kept).length;
  return {
    ...record,
    key: isLarge ? null : key,
    value: value?.subarray(0, VALUE_BYTES[step]) ?? null,
    headers: {
      ...(value !== null &&
        value.length > VALUE_BYTES[step]! && { [DEAD_LETTER_HEADERS.valueBytes]: String(value.length) }),
      ...(isLarge && { [DEAD_LETTER_HEADERS.keyBytes]: String(key.length) }),
      ...(dropped > 0 && { [DEAD_LETTER_HEADERS.headersDropped]: String(dropped) }),
      // Last, so that what an earlier step said of the original stays.
      ...kept,
    },
  };
}

function shrinkEvent(record: OutboundRecord, step: number, codec: EventCodec): OutboundRecord {
  const event = codec.decode(record.value!);
  const message = cutText(event.message, MESSAGE_CHARS[step]!);
  const smaller: ResolutionEvent = {
    ...event,
    message,
    message_truncated: event.message_truncated || message.length < event.message.length,
    error: null,
    attributes: {},
    attributes_dropped: event.attributes_dropped + Object.keys(event.attributes).length,
    ...(step > 0 && {
      match: null,
      alternatives: [],
      description: null,
      template: null,
      resolution: event.resolution && { ...event.resolution, steps: [], links: [] },
    }),
  };
  return { ...record, value: codec.encode(smaller) };
}
