/** What `triage explain` and the API say about one message. */
import type { CatalogEntry } from '../catalog/catalog.ts';
import { type Explanation, explain, type Nearest } from '../matcher/explain.ts';
import type { Candidate, Matcher } from '../matcher/matcher.ts';
import { safeMatch } from '../pipeline/redact-event.ts';
import type { Redactor } from '../redaction/redactor.ts';
import type { ExplanationAnswer, Near } from './schema/unclassified.ts';

/** The explanation of the message as it is, with places and captures as they are in the redacted one: what people copy from here ends in tickets. */
export function explainSafely(
  matcher: Matcher,
  message: string,
  app: string | undefined,
  redactor: Redactor,
): Explanation {
  const explanation = explain(matcher, message, app);
  const safe = (candidate: Candidate) => ({ ...candidate, ...safeMatch(message, candidate, redactor) });
  const { classification, candidates } = explanation;
  return {
    ...explanation,
    classification:
      classification.kind === 'match'
        ? { ...classification, match: { ...classification.match, ...safe(classification.match) } }
        : classification,
    candidates: candidates.map((each) => safe(each)),
  };
}

/** `message`: redacted. */
export function explanationAnswer(
  message: string,
  { classification, undone, candidates, nearest }: Explanation,
): ExplanationAnswer {
  const match = classification.kind === 'match' ? classification.match : undefined;
  const { alternatives } = classification.kind === 'match' ? classification.match : classification;
  return {
    message,
    app: classification.app,
    ...(match && {
      match: {
        ...brief(match.entry),
        confidence: match.confidence,
        pattern: match.pattern,
        span: match.span,
        captures: match.captures,
        undone: [...undone],
        seed_row: match.entry.source?.row ?? null,
        description: match.entry.description,
        resolution: match.entry.resolution,
      },
    }),
    alternatives: alternatives.map(({ entry, why }) => ({ ...brief(entry), why })),
    candidates: candidates.map(({ entry, pattern, span }) => ({ ...brief(entry), pattern, span })),
    nearest: nearest.map(nearAnswer),
  };
}

export function nearAnswer({ entry, pattern, share, missing }: Nearest): Near {
  return { ...brief(entry), pattern, share, missing: [...missing] };
}

function brief({ id, title }: CatalogEntry): { error_type: string; title: string } {
  return { error_type: id, title };
}
