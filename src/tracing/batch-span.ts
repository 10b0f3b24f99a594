/** A finished batch as a span, in the JSON form of OTLP. */
import { OUTCOMES } from '../events/outcome.ts';
import { traceContextOf } from '../events/trace-context.ts';
import type { BatchReport } from '../telemetry/metrics.ts';

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly kind: number;
  /** Nanoseconds since 1970: as texts, for they are beyond what a number holds. */
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly droppedLinksCount: number;
}

export interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue: string } | { readonly intValue: string };
}

const MAX_LINKS = 32;
/** SPAN_KIND_CONSUMER. */
const CONSUMER = 5;

export interface SpanContext {
  readonly groupId: string;
  /** So many random bytes as hexadecimal digits. */
  readonly randomHex: (bytes: number) => string;
}

/** A trace of its own, with links to the traces of the first records that have one: a batch has no single parent. */
export function batchSpan({ batch, outcomes, durationMs, ackedAtMs }: BatchReport, context: SpanContext): Span {
  const { topic, partition, startOffset, records } = batch;
  const links = new Map<string, { readonly traceId: string; readonly spanId: string }>();
  for (const { headers } of records) {
    const parent = headers.traceparent === undefined ? undefined : traceContextOf(headers);
    if (parent !== undefined) links.set(`${parent.traceId}${parent.spanId}`, parent);
  }
  return {
    traceId: context.randomHex(16),
    spanId: context.randomHex(8),
    name: `process ${topic}`,
    kind: CONSUMER,
    startTimeUnixNano: nanos(ackedAtMs - durationMs),
    endTimeUnixNano: nanos(ackedAtMs),
    attributes: [
      text('messaging.system', 'kafka'),
      text('messaging.operation.type', 'process'),
      text('messaging.destination.name', topic),
      text('messaging.destination.partition.id', String(partition)),
      text('messaging.consumer.group.name', context.groupId),
      integer('messaging.batch.message_count', records.length),
      integer('messaging.kafka.offset', startOffset),
      ...OUTCOMES.map((kind) =>
        integer(`triage.${kind.replace('-', '_')}`, outcomes.filter((outcome) => outcome.kind === kind).length),
      ),
    ],
    links: [...links.values()].slice(0, MAX_LINKS),
    droppedLinksCount: Math.max(0, links.size - MAX_LINKS),
  };
}

export function text(key: string, value: string): Attribute {
  return { key, value: { stringValue: value } };
}

/** 64-bit integers are texts in the JSON form. */
function integer(key: string, value: number): Attribute {
  return { key, value: { intValue: String(value) } };
}

function nanos(ms: number): string {
  return `${Math.round(ms)}000000`;
}
