/** What loggers and log pipelines put around a text. None of the words added here is known to the catalog. */
import { type Fill, logTime, parseTemplate, render, type Template } from './templates.ts';

export type Level = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

type Wrap = (text: string, level: Level, fill: Fill) => string;

const UPPER = { debug: 'DEBUG', info: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' } as const;

const plain: Wrap = (text) => text;

const prefixed: Wrap = (text, level, fill) => {
  const { random, connector, iso } = fill;
  return random.chance(0.5)
    ? `${logTime(fill)} ${UPPER[level]} [${connector.id}-poll-${random.between(1, 8)}] ${text}`
    : `[${iso}] [${level}] ${connector.id}: ${text}`;
};

const json: Wrap = (text, level, { random, iso, connector }) =>
  JSON.stringify({ ts: iso, level, thread: `${connector.id}-${random.between(1, 8)}`, msg: text });

const logfmt: Wrap = (text, level, { random, iso, connector }) =>
  `ts=${iso} level=${level} connector=${connector.id} poll=${random.hex(6)} msg=${JSON.stringify(text)}`;

const stack: Wrap = (text, _level, fill) => text + frames(fill, 2);

const caused: Wrap = (text, _level, fill) =>
  `Poll of ${fill.connector.id} failed${frames(fill, 1)}\nCaused by: ${text}${frames(fill, 2)}`;

/** What the connectors do when they fail; a place in the code is the same in every trace of one app. */
const CALLS = [
  ['Poller.poll', 123],
  ['EventReader.next', 88],
  ['TokenStore.refresh', 61],
] as const;

function frames({ connector }: Fill, count: number): string {
  const appPackage = connector.appKey.replaceAll('-', '');
  let text = '';
  for (let i = 0; i < count; i++) {
    const [call, line] = CALLS[(appPackage.length + i) % CALLS.length]!;
    text += `\n\tat com.contoso.connectors.${appPackage}.${call}(${call.slice(0, call.indexOf('.'))}.java:${line})`;
  }
  return text;
}

const QUIET_WRAPS: readonly Wrap[] = [plain, plain, plain, plain, prefixed, prefixed, logfmt, json];
const KNOWN_WRAPS: readonly Wrap[] = [
  plain,
  plain,
  plain,
  prefixed,
  prefixed,
  prefixed,
  json,
  json,
  logfmt,
  stack,
  stack,
  caused,
];
/** Unknown errors mostly come as they are, so that the same ones are seen to be the same. */
const UNKNOWN_WRAPS: readonly Wrap[] = [plain, plain, plain, plain, plain, prefixed, json, stack];
/** A whole log line is only collected by another logger, never thrown. */
const LINE_WRAPS: readonly Wrap[] = [plain, plain, plain, json];

const TAILS: readonly Template[] = [
  ' (attempt {int:2-5} of 5)',
  ' [request_id={guid}]',
  ' after {int:200-60000} ms',
  ' Trace ID: {guid} Correlation ID: {guid} Timestamp: {iso}',
  ' | account={email}',
  ' | request headers: {"authorization":"Bearer {faketoken}"}',
].map(parseTemplate);

export function wrapQuiet(text: string, level: Level, fill: Fill): string {
  return fill.random.pick(QUIET_WRAPS)(text, level, fill);
}

export function wrapKnown(text: string, level: Level, fill: Fill): string {
  return fill.random.pick(KNOWN_WRAPS)(withTail(text, 0.4, fill), level, fill);
}

export function wrapUnknown(text: string, level: Level, fill: Fill): string {
  return fill.random.pick(UNKNOWN_WRAPS)(withTail(text, 0.15, fill), level, fill);
}

function withTail(text: string, share: number, fill: Fill): string {
  return fill.random.chance(share) ? text + render(fill.random.pick(TAILS), fill) : text;
}

export function wrapLine(text: string, level: Level, fill: Fill): string {
  return fill.random.pick(LINE_WRAPS)(text, level, fill);
}
