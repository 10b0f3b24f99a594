/** Redaction of texts and JSON values, with and without rules. */
import fc from 'fast-check';
import { PatternError } from '../../src/matcher/pattern.ts';
import { createRedactor, DEFAULT_REDACTOR, type Redactor } from '../../src/redaction/redactor.ts';
import { parseRule } from '../../src/redaction/rules.ts';
import { type Redacted, replaceSecrets } from '../../src/redaction/span.ts';
import { leak, planted } from '../../test/redaction/secrets.ts';
import { NATIVE } from '../corpus/formats.ts';
import { MESSAGES } from '../corpus/messages.ts';
import { TEXT_TOKENS, YAML_TOKENS } from '../corpus/tokens.ts';
import { mutatedJson, mutatedTexts } from '../generators.ts';
import { type Input, textIn } from '../input.ts';
import { hold, type Target } from '../target.ts';

const RULES = ['internal ticket {id}', 'account {number} of {name: text} ends', 'code {word}', 'Zq8vT3nLw0Xk5Rb2'];

export const redaction: Target = {
  name: 'redaction',
  what: 'redaction of texts and JSON values, with rules and without; planted secrets',
  weight: 10,
  budget: { timesReference: 600, baseMs: 50, heapPerByte: 1_000 },
  inputs: () => {
    const texts = mutatedTexts([...MESSAGES, ...RULES], TEXT_TOKENS);
    const rules = mutatedTexts(RULES, YAML_TOKENS).map((rule) => rule.slice(0, 500));
    return fc.oneof(
      texts.map((text): Input => [['text', text]]),
      fc.tuple(texts, rules).map(
        ([text, rule]): Input => [
          ['text', text],
          ['rule', rule],
        ],
      ),
      mutatedJson(NATIVE, TEXT_TOKENS).map((json): Input => [['json', json.toString('utf8')]]),
      planted.map(
        ({ text, secret, form }): Input => [
          ['text', text],
          ['secret', secret],
          ['form', form],
        ],
      ),
    );
  },
  open: () => ({
    run: (input) => {
      const text = textIn(input, 'text');
      const json = textIn(input, 'json');
      const rule = textIn(input, 'rule');
      const redactor = rule === undefined ? DEFAULT_REDACTOR : redactorWith(rule);
      if (json !== undefined) return redactedJson(json, redactor);
      if (text === undefined) return undefined;
      const redacted = redactor.redact(text);
      holdRedacted(redacted, text);
      hold(redactor.text(text) === redacted.text, 'both ways to redact give the same text');
      const [secret, form] = [textIn(input, 'secret'), textIn(input, 'form')];
      if (secret !== undefined && form !== undefined) {
        hold(leak({ secret, form, text, wrap: '' }, redacted.text) === undefined, `a secret is found: ${form}`);
      }
      return redacted;
    },
  }),
};

/** The default one for a rule that is refused. */
function redactorWith(rule: string): Redactor {
  try {
    parseRule(rule);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return DEFAULT_REDACTOR;
  }
  return createRedactor({ mode: 'on', emails: true, rules: [rule, ...RULES] });
}

function holdRedacted({ text, secrets }: Redacted, original: string): void {
  let from = 0;
  for (const { start, end } of secrets) {
    hold(
      start >= from && end > start && end <= original.length,
      'secrets are in order, in the text, and do not overlap',
    );
    from = end;
  }
  hold(replaceSecrets(original, secrets).text === text, 'what is no secret stays as it is');
}

function redactedJson(json: string, redactor: Redactor): unknown {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // Spoiled as text.
    return undefined;
  }
  const redacted = redactor.value(value);
  hold(JSON.stringify(redacted) !== undefined, 'redacted JSON can be written');
  return redacted;
}
