/**
 * Dead letters of Kafka Connect: the headers `__connect.errors.*`, which it writes with
 * `errors.deadletterqueue.context.headers.enable=true`, say what failed. The value is the record that failed, whatever it may
 * hold: it is neither read nor passed on, and what the JSON parser's exception quotes of it is cut out. What a sink says of it
 * in its own words cannot be told from the rest; as all texts, it is redacted.
 *
 * https://cwiki.apache.org/confluence/display/KAFKA/KIP-298%3A+Error+Handling+in+Connect
 * Headers: https://github.com/apache/kafka/blob/4.1.0/connect/runtime/src/main/java/org/apache/kafka/connect/runtime/errors/DeadLetterQueueReporter.java
 */
import type { Headers } from '../transport/port.ts';
import { appIn } from './app-name.ts';
import { deadLetter, eventFrom, type FormatOptions, type InputFormat, type Single } from './format.ts';
import { headerText } from './header.ts';

const PREFIX = '__connect.errors.';

export function connectErrors(options: FormatOptions): InputFormat {
  return {
    name: 'connect',
    decode: ({ headers }) =>
      saysConnectError(headers)
        ? fromConnectHeaders(headers, options)
        : deadLetter(
            'wrong-format',
            `expected headers ${PREFIX}*: set errors.deadletterqueue.context.headers.enable=true in the connector`,
          ),
  };
}

/** Connect writes these two with every dead letter. */
export function saysConnectError(headers: Headers): boolean {
  return `${PREFIX}connector.name` in headers || `${PREFIX}stage` in headers;
}

function fromConnectHeaders(headers: Headers, { appKey }: FormatOptions): Single {
  const of = (name: string) => headerText(headers, `${PREFIX}${name}`);
  const type = of('exception.class.name');
  const connector = of('connector.name');
  const stage = of('stage');
  const executing = of('class.name');
  const message = withoutValue(of('exception.message'));
  const event = {
    // An exception need not have a message.
    message: message ?? type ?? `Kafka Connect could not process a record in stage ${stage ?? 'unknown'}`,
    severity: 'error',
    app: appIn([connector, executing], appKey),
    connector_id: connector,
    error: { type, message, stack_trace: withoutValue(of('exception.stacktrace')) },
    attributes: given({
      'connect.stage': stage,
      'connect.class': executing,
      'connect.task': of('task.id'),
      'connect.topic': of('topic'),
      'connect.partition': of('partition'),
      'connect.offset': of('offset'),
    }),
  };
  return eventFrom(event, 'expected a text in the headers of Kafka Connect');
}

function given(texts: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined));
}

/** Jackson quotes a word of at most so many characters that it does not know. */
const UNKNOWN_WORD = /Unrecognized token '[^']{0,300}'/g;
const SOURCE = /\[Source: \([^)"]{0,40}\)"/;
const PLACE = '; line: ';

/**
 * Without what Jackson quotes of a value that is no valid JSON: the word that it does not know, and the beginning of the
 * value, `at [Source: (byte[])"..."; line: 1, column: 3]`. Since the value may hold anything, also what looks like the end of
 * such a quotation, all from the first quotation to the last one's end is left out.
 */
function withoutValue(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const source = SOURCE.exec(text);
  if (source === null) return text.replace(UNKNOWN_WORD, "Unrecognized token '...'");
  const end = text.lastIndexOf(PLACE);
  const from = source.index + source[0].length - 1;
  const kept = `${text.slice(0, from)}${end < from ? '' : text.slice(end)}`;
  return kept.replace(UNKNOWN_WORD, "Unrecognized token '...'");
}
