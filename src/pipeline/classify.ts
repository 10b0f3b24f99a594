/** Stage 3: which entry fits? The message first, then the texts of the error object. */
import type { ConnectorEvent } from '../events/connector-event.ts';
import type { MatchField } from '../events/resolution-event.ts';
import type { Classification, Matcher } from '../matcher/matcher.ts';

export interface FieldClassification {
  readonly field: MatchField;
  readonly classification: Classification;
}

/** The first text that an entry fits; without one, what the message gave. */
export function classify(event: ConnectorEvent, matcher: Matcher): FieldClassification {
  const app = matcher.resolveApp(event.app);
  const ofMessage = matcher.classify(event.message, app);
  if (ofMessage.kind === 'match' || event.error === undefined) return { field: 'message', classification: ofMessage };
  const others: [MatchField, string | undefined][] = [
    ['error.message', event.error.message],
    ['error.stack_trace', event.error.stackTrace],
  ];
  for (const [field, text] of others) {
    if (text === undefined) continue;
    const classification = matcher.classify(text, app);
    if (classification.kind === 'match') return { field, classification };
  }
  return { field: 'message', classification: ofMessage };
}
