/** The decoders of the input formats. */
import fc from 'fast-check';
import { inputFormat } from '../../src/formats/input-format.ts';
import type { InputFormatName } from '../../src/formats/names.ts';
import { decodeText } from '../../src/formats/plain-text.ts';
import { CLOUD_EVENT_HEADERS, CLOUD_EVENTS, CONNECT_HEADERS, ECS, LINES, NATIVE, OTLP } from '../corpus/formats.ts';
import { APP_NAMES, MATCHER, RECORDS } from '../corpus/messages.ts';
import { TEXT_TOKENS } from '../corpus/tokens.ts';
import { mutatedBytes, mutatedJson } from '../generators.ts';
import type { Input } from '../input.ts';
import { headerParts, recordIn } from '../records.ts';
import { type Budget, hold, type Target } from '../target.ts';
import { holdDecoded } from './decoded.ts';

/** Below what a record may have, so that the limit is met, too. */
const MAX_BYTES = 100_000;
/** A stack that overflows takes up to 100 ms, and a batch may have it do so a few times. */
const BUDGET: Budget = { timesReference: 300, baseMs: 400, heapPerByte: 400 };

const appKey = (name: string): string | undefined => {
  const app = MATCHER.resolveApp(name);
  return app.kind === 'known' ? app.key : undefined;
};

const asValue = (bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<Input> => bytes.map((value) => [['value', value] as const]);

function jsonOf(samples: readonly unknown[]): fc.Arbitrary<Buffer> {
  return mutatedJson(samples, [...TEXT_TOKENS, ...APP_NAMES]);
}

function format(name: string, format: InputFormatName, what: string, inputs: Target['inputs']): Target {
  return {
    name,
    what,
    weight: 10,
    budget: BUDGET,
    inputs,
    open: () => {
      const { decode } = inputFormat(format, { maxBytes: MAX_BYTES, appKey });
      return {
        run: (input) => {
          const record = recordIn(input);
          const decoded = decode(record);
          holdDecoded(decoded, record, decode);
          return decoded;
        },
      };
    },
  };
}

export const nativeJson: Target = format('native-json', 'native', "records in the project's own JSON", () =>
  asValue(fc.oneof(jsonOf(NATIVE), mutatedBytes(RECORDS, TEXT_TOKENS))),
);

export const otlp: Target = format('otlp', 'otlp', 'OpenTelemetry logs as OTLP/JSON', () => asValue(jsonOf(OTLP)));

export const ecs: Target = format('ecs', 'ecs', 'records in Elastic Common Schema', () => asValue(jsonOf(ECS)));

export const cloudEvents: Target = format('cloudevents', 'cloudevents', 'CloudEvents in both modes', () =>
  fc.oneof(
    asValue(jsonOf(CLOUD_EVENTS)),
    fc
      .tuple(
        headerParts(CLOUD_EVENT_HEADERS),
        asValue(fc.oneof(jsonOf([...NATIVE, ...ECS]), mutatedBytes(LINES, TEXT_TOKENS))),
      )
      .map(([headers, value]): Input => [...value, ...headers]),
  ),
);

export const connectErrors: Target = format(
  'connect-errors',
  'connect',
  'headers of Kafka Connect’s dead letters',
  () => headerParts(CONNECT_HEADERS),
);

export const plainText: Target = {
  name: 'plain-text',
  what: 'log lines as text',
  weight: 10,
  budget: BUDGET,
  inputs: () => asValue(mutatedBytes(LINES, TEXT_TOKENS)),
  open: () => ({
    run: (input) => {
      const record = recordIn(input);
      const decode = () => decodeText(record.value, MAX_BYTES);
      const decoded = decode();
      holdDecoded(decoded, record, decode);
      if (decoded.kind === 'event') hold(!/\s$/.test(decoded.event.message), 'a line ends with a character');
      return decoded;
    },
  }),
};
