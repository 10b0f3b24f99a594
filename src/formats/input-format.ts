/** The input format that a setting names. */
import { TriageError } from '../errors.ts';
import { auto } from './auto.ts';
import { cloudEvents } from './cloudevents.ts';
import { connectErrors } from './connect-errors.ts';
import { ecs } from './ecs.ts';
import type { FormatOptions, InputFormat } from './format.ts';
import type { InputFormatName } from './names.ts';
import { nativeJson } from './native-json.ts';
import { otlp } from './otlp.ts';
import { plainText } from './plain-text.ts';

/**
 * `avro`: reads the schema registry's wire format; left out where there is no registry.
 * @throws {TriageError} `usage`, when `avro` is named and there is none.
 */
export function inputFormat(name: InputFormatName, options: FormatOptions, avro?: InputFormat): InputFormat {
  switch (name) {
    case 'auto':
      return auto(options, avro);
    case 'native':
      return nativeJson(options);
    case 'otlp':
      return otlp(options);
    case 'ecs':
      return ecs(options);
    case 'cloudevents':
      return cloudEvents(options);
    case 'connect':
      return connectErrors(options);
    case 'text':
      return plainText(options);
    case 'avro':
      if (avro !== undefined) return avro;
      throw new TriageError('usage', 'The input format avro needs a schema registry, and there is none here.');
  }
}
