/**
 * Connector log records for the demo, benchmarks and chaos tests: believable, endless, and equal for equal options.
 * Each record says what the pipeline must make of it.
 *
 * This file and those it imports know types of `catalog/` and nothing else of this program; no clock, no `Math.random`,
 * no environment, no I/O. Everything that changes over time does so by the count of records.
 */
import type { Catalog } from '../catalog/catalog.ts';
import { type Connector, connectorsOf, SEVERITY_STYLES } from './connectors.ts';
import type { ErrorFields } from './error-fields.ts';
import { type KnownError, knownErrorsOf } from './known-errors.ts';
import { malformed } from './malformed.ts';
import { quietTextsOf } from './quiet-texts.ts';
import { createRandom } from './random.ts';
import { type Fill, render } from './templates.ts';
import { unknownErrorsOf } from './unknown-errors.ts';
import { type Level, wrapKnown, wrapLine, wrapQuiet, wrapUnknown } from './wrap.ts';

export interface GeneratorOptions {
  /** A whole number; equal seeds give equal records. */
  readonly seed: number;
  /** Must have at least one app. Unknown errors are unknown to the shipped catalog only. */
  readonly catalog: Catalog;
  /** Time before the first record, in milliseconds since 1970. */
  readonly startMs: number;
  /** How fast the records' own time goes on, on average. */
  readonly eventsPerSecond: number;
}

export interface GeneratedRecord {
  /** The connector's id; null where a broken producer gave none. Shared between records: do not write into it. */
  readonly key: Buffer | null;
  readonly value: Buffer;
  readonly timestampMs: number;
  readonly expected: 'resolved' | 'unclassified' | 'ignored' | 'dead-lettered';
  /** Id of the catalog entry, for `resolved` only. */
  readonly expectedErrorType: string | null;
}

export interface Generator {
  next(): GeneratedRecord;
}

/** Shares of all records, averaged over the apps and their waves. The rest is quiet. */
const MALFORMED_SHARE = 0.005;
const UNKNOWN_SHARE = 0.015;
const KNOWN_SHARE = 0.08;
/** Of the known errors, those that any app may have. */
const ALL_APPS_SHARE = 0.12;

/** Of each app's connectors, one has most of the trouble; of the errors, so many are those of the others. */
const ELSEWHERE_SHARE = 0.003;

/** An app's error rates go up and down by this much, each app in its own time. */
const WAVE_HEIGHT = 0.7;
const WAVE_EVENTS_MIN = 900;
const WAVE_EVENTS_MAX = 4_000;

/** From the 800th record of every 20,000 on, one connector loses its sign-in and retries in haste. */
export const SPIKE = {
  connectorId: 'box-eu-1',
  errorType: 'box.refresh-token-invalid',
  firstEvent: 800,
  events: 200,
  everyEvents: 20_000,
  /** Share of all records that are this connector's meanwhile, and share of those that fail. */
  connectorShare: 0.3,
  failingShare: 0.85,
} as const;

/** Records that are known errors whatever the seed, so that the demo's first screen has something to show. */
const OPENING: ReadonlyMap<number, string> = new Map([
  [3, 'microsoft-365'],
  [9, 'okta'],
  [15, 'google-workspace'],
  [21, 'salesforce'],
  [27, 'slack'],
  [34, 'workday'],
  [41, 'atlassian'],
  [47, 'servicenow'],
]);

export function createGenerator({ seed, catalog, startMs, eventsPerSecond }: GeneratorOptions): Generator {
  const random = createRandom(seed);
  const connectors = connectorsOf(catalog.apps);
  if (connectors.length === 0) throw new TypeError('catalog: expected at least one app, found none');
  if (!(eventsPerSecond > 0)) throw new TypeError(`eventsPerSecond: expected more than 0, found ${eventsPerSecond}`);
  const known = knownErrorsOf(catalog);
  const forAllApps = known.get('all') ?? [];
  const unknown = unknownErrorsOf(catalog);
  const quiet = quietTextsOf(catalog);
  const waves = new Map(
    catalog.apps.map(({ key }) => [
      key,
      { events: random.between(WAVE_EVENTS_MIN, WAVE_EVENTS_MAX), phase: random.unit() },
    ]),
  );
  const troubled = new Map(connectors.map((connector) => [connector.appKey, connector]));
  const spikeConnector = connectors.find(({ id }) => id === SPIKE.connectorId);
  const spikeError = known.get(spikeConnector?.appKey ?? '')?.find(({ errorType }) => errorType === SPIKE.errorType);
  const idPrefix = `evt-${seed.toString(36)}-`;

  let count = 0;
  let clockMs = startMs;

  function next(): GeneratedRecord {
    const index = count++;
    clockMs += ((0.5 + random.unit()) * 1000) / eventsPerSecond;
    const opening = OPENING.get(index);
    if (opening !== undefined && known.has(opening)) {
      return knownRecord(index, troubled.get(opening)!, random.pick(known.get(opening)!));
    }
    if (spikeConnector && spikeError && isInSpike(index) && random.chance(SPIKE.connectorShare)) {
      return random.chance(SPIKE.failingShare)
        ? knownRecord(index, spikeConnector, spikeError)
        : quietRecord(index, spikeConnector);
    }
    const connector = random.pick(connectors);
    const wave = waves.get(connector.appKey)!;
    const factor = 1 + WAVE_HEIGHT * Math.sin(2 * Math.PI * (index / wave.events + wave.phase));
    const draw = random.unit();
    if (draw < MALFORMED_SHARE) return malformedRecord(index, connector);
    const failing = random.chance(ELSEWHERE_SHARE) ? connector : troubled.get(connector.appKey)!;
    if (draw < MALFORMED_SHARE + UNKNOWN_SHARE * factor) return unknownRecord(index, failing);
    if (draw < MALFORMED_SHARE + (UNKNOWN_SHARE + KNOWN_SHARE) * factor) {
      const own = known.get(connector.appKey) ?? [];
      const errors = own.length === 0 || (forAllApps.length > 0 && random.chance(ALL_APPS_SHARE)) ? forAllApps : own;
      return errors.length === 0 ? unknownRecord(index, failing) : knownRecord(index, failing, random.pick(errors));
    }
    return quietRecord(index, connector);
  }

  function fillFor(connector: Connector): Fill {
    const nowMs = Math.floor(clockMs);
    return { random, nowMs, iso: new Date(nowMs).toISOString(), connector };
  }

  function knownRecord(index: number, connector: Connector, { errorType, bare, lines }: KnownError): GeneratedRecord {
    const fill = fillFor(connector);
    const draw = random.unit();
    // A warning that an entry knows is resolved too, and a record without a level counts as an error.
    const level = draw < 0.8 ? 'error' : draw < 0.92 ? 'warn' : draw < 0.96 ? 'fatal' : undefined;
    const isBare = bare.length > 0 && random.chance(0.65);
    const text = random.pick(isBare ? bare : lines);
    const written = render(text.template, fill);
    let message: string;
    let error: ErrorFields | (ErrorFields & { message: string }) | undefined;
    if (isBare && random.chance(0.08)) {
      message = wrapQuiet(`Poll of ${connector.id} failed`, level ?? 'error', fill);
      error = { ...text.error, message: written };
    } else {
      message = (isBare ? wrapKnown : wrapLine)(written, level ?? 'error', fill);
      error = random.chance(0.4) ? text.error : undefined;
    }
    return record(fill, write(index, fill, level, message, error), 'resolved', errorType);
  }

  function unknownRecord(index: number, connector: Connector): GeneratedRecord {
    const fill = fillFor(connector);
    const draw = random.unit();
    const level = draw < 0.94 ? 'error' : draw < 0.97 ? 'fatal' : undefined;
    const text = random.pickEarly(unknown.get(connector.appKey)!);
    const message = wrapUnknown(render(text.template, fill), level ?? 'error', fill);
    const error = random.chance(0.4) ? text.error : undefined;
    return record(fill, write(index, fill, level, message, error), 'unclassified', null);
  }

  function quietRecord(index: number, connector: Connector): GeneratedRecord {
    const fill = fillFor(connector);
    return record(fill, quietJson(index, fill), 'ignored', null);
  }

  function malformedRecord(index: number, connector: Connector): GeneratedRecord {
    const fill = fillFor(connector);
    const value = malformed(quietJson(index, fill), fill);
    const key = random.chance(0.5) ? connector.key : null;
    return { key, value, timestampMs: fill.nowMs, expected: 'dead-lettered', expectedErrorType: null };
  }

  function quietJson(index: number, fill: Fill): string {
    const { connector } = fill;
    const texts = quiet.get(connector.appKey)!;
    const draw = random.unit();
    const level = draw < 0.76 ? 'info' : draw < 0.91 ? 'debug' : 'warn';
    let text = render(random.pick(texts[level]), fill);
    // A success that quotes the last failure: the level alone says that nothing is wrong.
    if (level === 'info' && random.chance(0.01)) {
      const quoted = known.get(connector.appKey)?.[0]?.bare[0];
      if (quoted) text = `Recovered, the last poll had failed with ${render(quoted.template, fill)}`;
    }
    return write(index, fill, level, wrapQuiet(text, level, fill), undefined);
  }

  function write(
    index: number,
    { connector, iso }: Fill,
    level: Level | undefined,
    message: string,
    error: ErrorFields | undefined,
  ): string {
    const draw = random.unit();
    return JSON.stringify({
      id: idPrefix + index.toString(36).padStart(6, '0'),
      timestamp: iso,
      // A field that is undefined is not written.
      severity: level && SEVERITY_STYLES[connector.severityStyle]![level],
      app: connector.appName,
      connector_id: connector.id,
      tenant_id: connector.tenantId,
      message,
      correlation: { trace_id: random.hex(32), request_id: `req-${random.hex(12)}` },
      error,
      attributes:
        draw < 0.15 ? { region: connector.region, worker: random.between(1, 8), poll_id: random.hex(8) } : undefined,
      host: draw > 0.9 ? `${connector.id}-${random.hex(5)}` : undefined,
    });
  }

  return { next };
}

function isInSpike(index: number): boolean {
  const position = index % SPIKE.everyEvents;
  return position >= SPIKE.firstEvent && position < SPIKE.firstEvent + SPIKE.events;
}

function record(
  { connector, nowMs }: Fill,
  json: string,
  expected: GeneratedRecord['expected'],
  expectedErrorType: string | null,
): GeneratedRecord {
  return { key: connector.key, value: Buffer.from(json), timestampMs: nowMs, expected, expectedErrorType };
}
