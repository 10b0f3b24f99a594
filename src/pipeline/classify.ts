/** Stages 2 and 3: is it for us, and which entry fits? The message first, then the texts of the error object. */
import type { ConnectorEvent } from '../events/connector-event.ts';
import type { MatchField } from '../events/resolution-event.ts';
import type { Classification, Matcher } from '../matcher/matcher.ts';
import { select } from './select.ts';

export interface FieldClassification {
  readonly field: MatchField;
  /** The field's text, in which the matcher searched. */
  readonly text: string;
  readonly classification: Classification;
}

/** What is found in an event that is to be emitted; undefined for one that is ignored. */
export function judge(event: ConnectorEvent, matcher: Matcher, mayInfer: boolean): FieldClassification | undefined {
  const selection = select(event);
  if (selection === 'no') return undefined;
  const found = classify(event, matcher, mayInfer);
  return selection === 'if-known' && !isKnown(found.classification) ? undefined : found;
}

/** The first text that an entry fits for certain; else the first one that gives an inferred entry; else the message. */
function classify(event: ConnectorEvent, matcher: Matcher, mayInfer: boolean): FieldClassification {
  const app = matcher.resolveApp(event.app);
  const search = (field: MatchField, text: string): FieldClassification => ({
    field,
    text,
    classification: asAllowed(matcher.classify(text, app), mayInfer),
  });
  const ofMessage = search('message', event.message);
  if (isKnown(ofMessage.classification) || event.error === undefined) return ofMessage;
  let inferred = ofMessage.classification.kind === 'match' ? ofMessage : undefined;
  const others: [MatchField, string | undefined][] = [
    ['error.message', event.error.message],
    ['error.stack_trace', event.error.stackTrace],
    ['error.type', event.error.type],
    ['error.code', event.error.code],
    ['error.http_status', event.error.httpStatus === undefined ? undefined : `HTTP ${event.error.httpStatus}`],
  ];
  for (const [field, text] of others) {
    if (text === undefined) continue;
    const found = search(field, text);
    if (isKnown(found.classification)) return found;
    inferred ??= found.classification.kind === 'match' ? found : undefined;
  }
  return inferred ?? ofMessage;
}

/** Whether a known text was found, not only the same condition in other words. */
function isKnown(classification: Classification): boolean {
  return classification.kind === 'match' && classification.match.confidence !== 'inferred';
}

function asAllowed(found: Classification, mayInfer: boolean): Classification {
  if (mayInfer || found.kind === 'none' || isKnown(found)) return found;
  const { match, app } = found;
  return {
    kind: 'none',
    app,
    alternatives: [{ entry: match.entry, why: 'it is inferred only, and `inferred` is off' }],
  };
}
