/**
 * Tells the format of each record by itself: by headers, by the first byte, by the shape of the JSON. What is native JSON is
 * read as that unless something says otherwise; what tells nothing is native JSON, and a dead letter when it is not.
 */
import type { Fields } from '../events/connector-event.ts';
import type { SourceRecord } from '../transport/port.ts';
import { cloudEvents, fromStructured, isCloudEvent, saysCloudEvent } from './cloudevents.ts';
import { connectErrors, saysConnectError } from './connect-errors.ts';
import { fromEcs, isEcs } from './ecs.ts';
import type { Decoded, FormatOptions, InputFormat } from './format.ts';
import { headerText } from './header.ts';
import { parseJsonObject } from './json-value.ts';
import { fromNative } from './native-json.ts';
import { fromOtlp, isOtlp } from './otlp.ts';
import { plainText } from './plain-text.ts';

/** First byte of a value in the schema registry's wire format; no JSON begins so. */
const MAGIC_BYTE = 0;

/** `avro`: reads the schema registry's wire format; left out where there is no registry. */
export function auto(options: FormatOptions, avro?: InputFormat): InputFormat {
  const connect = connectErrors(options);
  const cloudEvent = cloudEvents(options);
  const text = plainText(options);
  const told = ({ headers, value }: SourceRecord): InputFormat | undefined => {
    if (saysConnectError(headers)) return connect;
    if (saysCloudEvent(headers)) return cloudEvent;
    if (avro !== undefined && value?.[0] === MAGIC_BYTE) return avro;
    return /^text\//i.test(headerText(headers, 'content-type') ?? '') ? text : undefined;
  };
  return {
    name: 'auto',
    decode: (record) => {
      const format = told(record);
      if (format !== undefined) return format.decode(record);
      const parsed = parseJsonObject(record.value, options.maxBytes);
      return parsed.kind === 'fields' ? fromShape(parsed.fields, record, options) : parsed;
    },
  };
}

function fromShape(fields: Fields, record: SourceRecord, options: FormatOptions): Decoded {
  if (isOtlp(fields)) return fromOtlp(fields, record, options);
  if (isCloudEvent(fields)) return fromStructured(fields, options);
  return isEcs(fields) ? fromEcs(fields, options) : fromNative(fields);
}
