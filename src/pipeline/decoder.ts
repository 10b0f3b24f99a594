/** Stage 1: bytes -> connector events, in the format that the settings name. */
import type { Decoded, InputFormat } from '../formats/format.ts';
import { inputFormat } from '../formats/input-format.ts';
import type { InputFormatName } from '../formats/names.ts';
import type { Matcher } from '../matcher/matcher.ts';
import type { SourceRecord } from '../transport/port.ts';

export interface DecoderOptions {
  readonly format: InputFormatName;
  /** Its catalog says which names are apps. Asked for each record, so that another catalog can take over. */
  readonly matcher: () => Matcher;
  /** A larger value is set aside undecoded. */
  readonly maxBytes: number;
  /** Reads the schema registry's wire format; left out where there is no registry. */
  readonly avro?: InputFormat | undefined;
}

/** @throws {TriageError} `usage`, when the format is `avro` and there is no registry. */
export function createDecoder({ format, matcher, maxBytes, avro }: DecoderOptions): (record: SourceRecord) => Decoded {
  const appKey = (name: string) => {
    const app = matcher().resolveApp(name);
    return app.kind === 'known' ? app.key : undefined;
  };
  const input = inputFormat(format, { maxBytes, appKey }, avro);
  return (record) => input.decode(record);
}
