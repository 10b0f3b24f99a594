/** The matcher: a message is decoded, read as words and matched; short ones also in the naive way. */
import fc from 'fast-check';
import type { AppRef } from '../../src/matcher/apps.ts';
import { decode } from '../../src/matcher/decode.ts';
import { Dictionary } from '../../src/matcher/dictionary.ts';
import { compile, MAX_MESSAGE_CHARS, type Matcher, type Span } from '../../src/matcher/matcher.ts';
import { WordScanner } from '../../src/matcher/scan.ts';
import { wordsOf } from '../../src/matcher/words.ts';
import { message as fewWords } from '../../test/matcher/arbitraries.ts';
import { catalogOf } from '../../test/matcher/catalogs.ts';
import { referenceMatches } from '../../test/matcher/reference.ts';
import { APP_NAMES, MATCHER, MESSAGES } from '../corpus/messages.ts';
import { TEXT_TOKENS } from '../corpus/tokens.ts';
import { mutatedTexts } from '../generators.ts';
import { type Input, textIn } from '../input.ts';
import { hold, type Target } from '../target.ts';

/** Longer messages are only read by the real matcher. */
const MAX_REFERENCE_CHARS = 400;

/** Entries whose words meet often in the messages of `fewWords`, so that the naive matcher has something to find. */
const SMALL = catalogOf(
  { id: 'all.a', patterns: ['io error', 'read {...} 400', { text: 'error 401', unless: ['nested'] }] },
  {
    id: 'box.b',
    patterns: ['FooBarException {number} error', 'error {word} io', { text: 'read 401', adjacent: true }],
  },
  { id: 'box.c', patterns: ['AF20012', 'nested {... without com} read'], generic: true },
  { id: 'okta.d', patterns: ['com {id} SomeOtherFailure', '400 FooBarException', 'error'] },
);

export const matcher: Target = {
  name: 'matcher',
  what: 'messages: decoded, read as words, matched; short ones against the naive matcher',
  weight: 10,
  budget: { timesReference: 400, baseMs: 50, heapPerByte: 1_000 },
  inputs: () => {
    const message = fc.oneof(
      { weight: 3, arbitrary: mutatedTexts(MESSAGES, TEXT_TOKENS) },
      { weight: 1, arbitrary: fewWords },
    );
    return fc.tuple(message, fc.constantFrom(...APP_NAMES)).map(
      ([text, app]): Input => [
        ['message', text],
        ['app', app],
      ],
    );
  },
  open: () => {
    const small = compile(SMALL);
    const dictionary = new Dictionary();
    for (const text of MESSAGES) for (const word of wordsOf(text)) dictionary.add(word.text);
    dictionary.freeze();
    const scanner = new WordScanner(dictionary);
    return {
      run: (input) => {
        const text = textIn(input, 'message') ?? '';
        const app = textIn(input, 'app') ?? '';
        holdDecoding(text);
        if (text.length <= MAX_REFERENCE_CHARS) {
          holdWords(text, dictionary, scanner);
          holdReference(small, text, app);
        }
        return matched(MATCHER, text, MATCHER.resolveApp(app));
      },
    };
  },
};

function holdDecoding(message: string): void {
  const { text, offsets } = decode(message);
  hold(text.length <= message.length, 'decoding makes no text longer');
  for (let i = 1; i < text.length; i++) hold(offsets[i]! >= offsets[i - 1]!, 'decoded characters keep their order');
  hold(
    text.length === 0 || offsets[text.length - 1]! < message.length,
    'decoded characters have a place in the message',
  );
}

function holdWords(text: string, dictionary: Dictionary, scanner: WordScanner): void {
  scanner.scan(text, false);
  const plain = wordsOf(text, (word) => dictionary.has(word));
  hold(plain.length === scanner.count, 'the fast scanner finds as many words as the plain one');
  for (const [i, word] of plain.entries()) {
    const isSame =
      scanner.starts[i] === word.start && scanner.ends[i] === word.end && scanner.ids[i] === dictionary.idOf(word.text);
    hold(isSame, 'the fast scanner finds the words that the plain one finds');
  }
}

function holdReference(small: Matcher, text: string, name: string): void {
  const app = small.resolveApp(name);
  // The naive matcher knows apps of the catalog, and none.
  const key = app.kind === 'known' ? app.key : undefined;
  const ref: AppRef = key === undefined ? { kind: 'missing' } : app;
  const found = [...new Set(small.candidates(text, ref).map(({ entry }) => entry.id))].sort();
  const expected = referenceMatches(SMALL, text, key);
  hold(found.join() === expected.join(), `the matcher finds what the naive one finds: ${expected}; found ${found}`);
}

function matched(matcher: Matcher, text: string, app: AppRef): unknown {
  const found = matcher.classify(text, app);
  const again = matcher.classify(text, app);
  hold(found.kind === again.kind, 'equal messages have equal answers');
  if (found.kind === 'none' || again.kind === 'none') return found;
  const { match, repair } = found;
  hold(match.entry === again.match.entry && match.pattern === again.match.pattern, 'equal messages have equal entries');
  hold(app.kind !== 'known' || ['all', app.key].includes(match.entry.app), "no other app's entry is given");
  for (const span of [match.span, ...match.segments]) holdSpan(span, text);
  for (const capture of Object.values(match.captures)) hold(capture.length <= 200, 'captures are short');
  const candidates = matcher.candidates(text, app);
  const isAmong = candidates.some(({ entry }) => entry === match.entry);
  hold(isAmong || repair !== undefined, 'what was found without a repair is among the candidates');
  return [found, candidates];
}

function holdSpan({ start, end }: Span, text: string): void {
  hold(
    start >= 0 && start < end && end <= Math.min(text.length, MAX_MESSAGE_CHARS),
    'a match has a place in the message',
  );
}
