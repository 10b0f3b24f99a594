/** Stage 2: is it an error record? */
import type { ConnectorEvent } from '../events/connector-event.ts';
import { isAtLeast } from '../events/severity.ts';

/**
 * `error`: classified, and emitted even when no entry fits. `if-known`: a warning, emitted only when an entry fits, since
 * connectors warn about much that nobody must look at. `no`: ignored.
 */
export type Selection = 'error' | 'if-known' | 'no';

/** A record without a (known) severity counts as an error: topics of failures often carry no level. */
export function select(event: ConnectorEvent): Selection {
  const { severity } = event;
  if (severity === undefined || isAtLeast(severity, 'error')) return 'error';
  return severity === 'warn' ? 'if-known' : 'no';
}
