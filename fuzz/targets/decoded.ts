/** What every decoder promises of its answer. */
import { DEAD_LETTER_REASONS } from '../../src/events/dead-letter.ts';
import type { Decoded, Part } from '../../src/formats/format.ts';
import type { SourceRecord } from '../../src/transport/port.ts';
import { hold } from '../target.ts';

export function holdDecoded(decoded: Decoded, record: SourceRecord, decode: (record: SourceRecord) => Decoded): void {
  if (decoded.kind === 'events') {
    for (const part of decoded.events) holdPart(part);
    const lone = decoded.events.find((part) => part.kind === 'dead-letter');
    if (lone?.kind === 'dead-letter') holdAlone(lone, decode({ ...record, value: lone.value }));
  } else if (decoded.kind === 'tombstone') {
    hold(record.value === null, 'only a record without a value is a tombstone');
  } else holdPart(decoded);
}

function holdPart(part: Part | Exclude<Decoded, { kind: 'events' | 'tombstone' }>): void {
  if (part.kind === 'dead-letter') {
    const { reason, error, stage } = part.letter;
    hold(Object.hasOwn(DEAD_LETTER_REASONS, reason), 'a dead letter has one of the declared reasons');
    hold(reason !== 'internal-error', 'no decoder reports a bug of its own');
    hold(error !== '' && stage === 'decode', 'a dead letter of a decoder says what is wrong');
    return;
  }
  const { event } = part;
  hold(typeof event.message === 'string' && event.message !== '', 'an event has a message');
  hold(Object.getPrototypeOf(event.attributes) === null, 'attributes have no prototype');
  const { timestampMs, error } = event;
  hold(timestampMs === undefined || Number.isFinite(timestampMs), 'a time is a number');
  const status = error?.httpStatus;
  hold(status === undefined || (Number.isInteger(status) && status >= 100 && status < 600), 'a status is one of HTTP');
  const names = [event.id, event.app, event.connectorId, event.tenantId, error?.type, error?.code, error?.message];
  hold(
    names.every((name) => name === undefined || typeof name === 'string'),
    'known fields are texts',
  );
}

/** What is sent back must come out as it was set aside. */
function holdAlone(part: Extract<Part, { kind: 'dead-letter' }>, again: Decoded): void {
  hold(again.kind === 'dead-letter', 'a log record that was set aside alone is set aside again when it is sent back');
  hold(again.letter.reason === part.letter.reason, 'and for the same reason');
}
