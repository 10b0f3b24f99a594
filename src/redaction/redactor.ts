/**
 * Takes secrets out of texts and JSON values before they leave the process. Known forms always; what the user's rules say
 * beside them. A secret is replaced by a placeholder that says what it was: `[redacted:password]`.
 *
 * Not found: a secret without a known form, without a name before it, such as `login of bob with hunter2 failed`.
 */
import { layersOf } from '../matcher/decode.ts';
import { parseRule, type Rule, ruleSecrets } from './rules.ts';
import { scan } from './scan.ts';
import { merged, NO_SECRETS, type Redacted, replaceSecrets, type Secret } from './span.ts';
import { redactValue } from './structure.ts';

export interface RedactionSettings {
  readonly mode: 'on' | 'off';
  /** Whether e-mail addresses count as secrets. */
  readonly emails: boolean;
  /** Texts with placeholders; what these stand for is redacted. */
  readonly rules: readonly string[];
}

/** How the pipeline redacts. */
export interface Redaction {
  readonly redactor: Redactor;
  /** Whether key, value and headers of dead letters stay as they came, or are redacted as well. */
  readonly deadLetters: 'keep' | 'redact';
}

export interface Redactor {
  /** The text without its secrets, and where they stood. Linear in the length. */
  redact(text: string): Redacted;
  /** The same, when only the text is wanted. */
  text(text: string): string;
  /**
   * A JSON value with every text in it redacted, names of fields too; what stands under the name of a secret is replaced
   * whole. Gives the value itself when there is nothing to replace. `name`: what the value is called.
   */
  value(value: unknown, name?: string): unknown;
}

/**
 * Where redaction is off, dead letters stay as they came, too.
 * @throws {PatternError} as `createRedactor`.
 */
export function createRedaction(settings: RedactionSettings & Pick<Redaction, 'deadLetters'>): Redaction {
  return {
    redactor: createRedactor(settings),
    deadLetters: settings.mode === 'off' ? 'keep' : settings.deadLetters,
  };
}

/** @throws {PatternError} for a rule that cannot be read; the settings' schema refuses those before. */
export function createRedactor(settings: RedactionSettings): Redactor {
  if (settings.mode === 'off') return OFF;
  const rules = settings.rules.map((text) => parseRule(text));
  const { emails } = settings;
  const redact = (text: string): Redacted => {
    const secrets = secretsOf(text, emails, rules);
    return secrets.length === 0 ? { text, secrets: NO_SECRETS } : replaceSecrets(text, secrets);
  };
  const toText = (text: string): string => {
    const secrets = secretsOf(text, emails, rules);
    return secrets.length === 0 ? text : replaceSecrets(text, secrets).text;
  };
  return Object.freeze({
    redact,
    text: toText,
    value: (value: unknown, name?: string) => redactValue(value, toText, name),
  });
}

const OFF: Redactor = Object.freeze({
  redact: (text: string) => ({ text, secrets: NO_SECRETS }),
  text: (text: string) => text,
  value: (value: unknown) => value,
});

/** What is redacted where nothing else was said. */
export const DEFAULT_REDACTOR: Redactor = createRedactor({ mode: 'on', emails: true, rules: [] });

/** The secrets of the text as it is, and of what it says once decoded, with their places in the text as it is. */
function secretsOf(text: string, emails: boolean, rules: readonly Rule[]): readonly Secret[] {
  const { secrets, isEncoded } = scan(text, emails);
  if (!isEncoded && rules.length === 0) return merged(secrets);
  const all = [...secrets, ...ruleSecrets(text, rules)];
  if (isEncoded) addDecoded(text, emails, rules, all);
  return merged(all);
}

/** Every round of decoding is looked at: a later one takes away the tags that an earlier one has brought out. */
function addDecoded(text: string, emails: boolean, rules: readonly Rule[], into: Secret[]): void {
  for (const { text: layer, offsets } of layersOf(text)) {
    for (const { start, end, kind } of [...scan(layer, emails).secrets, ...ruleSecrets(layer, rules)]) {
      into.push({ start: offsets[start]!, end: offsets[end]!, kind });
    }
  }
}
