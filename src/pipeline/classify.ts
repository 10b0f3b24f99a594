/** Stage 3: which entry fits? The message first, then the texts of the error object. */
import type { ConnectorEvent } from '../events/connector-event.ts';
import type { MatchField } from '../events/resolution-event.ts';
import type { Classification, Matcher } from '../matcher/matcher.ts';

export interface FieldClassification {
  readonly field: MatchField;
  readonly classification: Classification;
}

/** The first text that an entry fits for certain; else the first one that gives an inferred entry; else the message. */
export function classify(event: ConnectorEvent, matcher: Matcher, mayInfer: boolean): FieldClassification {
  const app = matcher.resolveApp(event.app);
  const ofMessage = asAllowed(matcher.classify(event.message, app), mayInfer);
  if (isKnown(ofMessage) || event.error === undefined) return { field: 'message', classification: ofMessage };
  let inferred: FieldClassification | undefined =
    ofMessage.kind === 'match' ? { field: 'message', classification: ofMessage } : undefined;
  const others: [MatchField, string | undefined][] = [
    ['error.message', event.error.message],
    ['error.stack_trace', event.error.stackTrace],
    ['error.type', event.error.type],
    ['error.code', event.error.code],
    ['error.http_status', event.error.httpStatus === undefined ? undefined : `HTTP ${event.error.httpStatus}`],
  ];
  for (const [field, text] of others) {
    if (text === undefined) continue;
    const classification = asAllowed(matcher.classify(text, app), mayInfer);
    if (isKnown(classification)) return { field, classification };
    inferred ??= classification.kind === 'match' ? { field, classification } : undefined;
  }
  return inferred ?? { field: 'message', classification: ofMessage };
}

/** Whether a known text was found, not only the same condition in other words. */
export function isKnown(classification: Classification): boolean {
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
