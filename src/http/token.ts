/** The token that signs in: what it must look like, where it comes from, how it is compared. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { ChangeLog } from '../credentials/tls-files.ts';
import { messageOf, TriageError } from '../errors.ts';

/** Long enough that it cannot be guessed, and fit for a header. */
export const TOKEN_PATTERN: RegExp = /^[\x21-\x7e]{16,512}$/;

export const TOKEN_RULE = '16 to 512 characters of printable ASCII without blanks, as from: openssl rand -hex 32';

/**
 * Gives the token as it is now. A file that can no longer be used leaves the token before in use, and that is logged once.
 * @throws {TriageError} `usage` at once when there is none to begin with; `setting` names it, such as `http.tokenFile`.
 */
export function tokenSource(read: () => string, setting: string, logger: ChangeLog): () => string {
  let token = checked(read(), setting);
  let complaint: string | undefined;
  return () => {
    try {
      token = checked(read(), setting);
      complaint = undefined;
    } catch (error) {
      const reason = messageOf(error);
      if (reason !== complaint) {
        logger.warn({ event: 'http-token-unusable', reason }, 'the changed token cannot be used: the one before stays');
      }
      complaint = reason;
    }
    return token;
  };
}

function checked(token: string, setting: string): string {
  if (TOKEN_PATTERN.test(token)) return token;
  throw new TriageError('usage', `${setting} has ${token.length} characters; expected ${TOKEN_RULE}`);
}

/** Takes equally long wherever the two differ. */
export function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
