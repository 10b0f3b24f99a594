import { TriageError } from '../errors.ts';
import type { OutboundRecord } from './port.ts';

/**
 * A sink refused records for their size. Every other record of that `publish` call is acknowledged when this is thrown,
 * so the caller has to write replacements for `records` only; of an atomic sink none is, and all are to be written again.
 */
export class RecordTooLargeError extends TriageError {
  /** The refused records, in the order in which they were published, never empty. */
  readonly records: readonly OutboundRecord[];

  constructor(records: readonly OutboundRecord[], cause?: unknown) {
    const topics = [...new Set(records.map((record) => record.topic))].join(', ');
    const bytes = Math.max(...records.map((record) => record.value?.length ?? 0));
    super(
      'transport',
      `Kafka refused ${records.length} record(s) for topic ${topics} as too large (the largest value has ${bytes} bytes). ` +
        "Raise the topic's max.message.bytes, or shorten the records.",
      { cause },
    );
    this.name = 'RecordTooLargeError';
    this.records = records;
  }
}
