/** What one finished batch adds to the board: a plain value, so that it can come from another process, too. */
import { ALL_APPS } from '../catalog/schema.ts';
import type { Outcome } from '../events/outcome.ts';
import type { ResolutionEvent } from '../events/resolution-event.ts';
import type { SourceBatch } from '../transport/port.ts';
import { exampleOf } from './example.ts';
import type { Example } from './schema/error-types.ts';

/** A batch whose records are all acknowledged. */
export interface FinishedBatch {
  readonly batch: SourceBatch;
  readonly outcomes: readonly Outcome[];
  /** Milliseconds since 1970. */
  readonly ackedAtMs: number;
}

/** Bounded by the records of the batch: at most one group, one template and one example each. */
export interface Observations {
  /** When the batch was acknowledged, in milliseconds since 1970. All counts are of that moment. */
  readonly atMs: number;
  readonly topic: string;
  readonly partition: number;
  /** Records of the partition that are left. */
  readonly lagRecords: number;
  /** Age of the last record; null where records have no time. */
  readonly delayMs: number | null;
  readonly ignored: number;
  readonly deadLettered: number;
  /** All resolved and unclassified records. */
  readonly groups: readonly ErrorGroup[];
  readonly templates: readonly TemplateGroup[];
  /** Unclassified records that are in no group of `templates`, where there were too many to tell. */
  readonly forgottenTemplates?: number;
  /** The last record of each error type. */
  readonly examples: readonly TypeExample[];
}

/** Errors that differ in nothing that is counted. Texts are well-formed Unicode. */
export interface ErrorGroup {
  readonly app: string | null;
  readonly connector: string | null;
  readonly tenant: string | null;
  /** Null: unclassified. */
  readonly type: string | null;
  readonly count: number;
  /** Of these, guesses. */
  readonly inferred: number;
}

/** Unclassified errors with one fingerprint. */
export interface TemplateGroup {
  readonly fingerprint: string;
  readonly template: string;
  readonly count: number;
  /** The last of them. */
  readonly example: Example;
}

export interface TypeExample {
  readonly type: string;
  readonly example: Example;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export function summarise({ batch, outcomes, ackedAtMs }: FinishedBatch): Observations {
  const groups = new Map<string, Writable<ErrorGroup>>();
  const templates = new Map<string, { count: number; last: ResolutionEvent }>();
  const lastOfType = new Map<string, ResolutionEvent>();
  let ignored = 0;
  let deadLettered = 0;
  for (const outcome of outcomes) {
    if (outcome.kind === 'ignored') ignored++;
    else if (outcome.kind === 'dead-lettered') deadLettered++;
    else {
      const { event } = outcome;
      const group = groupOf(event, groups);
      group.count++;
      if (event.confidence === 'inferred') group.inferred++;
      if (event.error_type !== null) lastOfType.set(event.error_type, event);
      else if (event.fingerprint !== null) countTemplate(event, event.fingerprint, templates);
    }
  }
  const { timestampMs } = batch.records.at(-1)!;
  return {
    atMs: ackedAtMs,
    topic: batch.topic,
    partition: batch.partition,
    lagRecords: Math.max(0, batch.endOffset - batch.nextOffset),
    delayMs: timestampMs < 0 ? null : Math.max(0, ackedAtMs - timestampMs),
    ignored,
    deadLettered,
    groups: [...groups.values()],
    templates: [...templates].map(([fingerprint, { count, last }]) => ({
      fingerprint,
      template: last.template ?? '',
      count,
      example: exampleOf(last),
    })),
    examples: [...lastOfType].map(([type, event]) => ({ type, example: exampleOf(event) })),
  };
}

function groupOf(event: ResolutionEvent, groups: Map<string, Writable<ErrorGroup>>): Writable<ErrorGroup> {
  const { app, connector_id, tenant_id, error_type } = event;
  const key = `${asKey(app)}${asKey(connector_id)}${asKey(tenant_id)}${error_type}`;
  let group = groups.get(key);
  if (group === undefined) {
    group = {
      app: app?.toWellFormed() ?? appOf(error_type),
      connector: connector_id?.toWellFormed() ?? null,
      tenant: tenant_id?.toWellFormed() ?? null,
      type: error_type,
      count: 0,
      inferred: 0,
    };
    groups.set(key, group);
  }
  return group;
}

/** Of a text and of none, which is not the text "null"; ids with line breaks are none that anybody has. */
function asKey(text: string | null): string {
  return text === null ? '-\n' : `=${text}\n`;
}

/** A record without an app that gave an app's own entry is of that app. */
function appOf(errorType: string | null): string | null {
  const app = errorType?.split('.', 1)[0];
  return app === undefined || app === ALL_APPS ? null : app;
}

function countTemplate(
  event: ResolutionEvent,
  fingerprint: string,
  templates: Map<string, { count: number; last: ResolutionEvent }>,
): void {
  const known = templates.get(fingerprint);
  if (known === undefined) templates.set(fingerprint, { count: 1, last: event });
  else {
    known.count++;
    known.last = event;
  }
}
