/** Cues of one message: words that show that a known text near them, on the same line, is only quoted. */
import type { ProgramCue } from './program.ts';
import type { WordScanner } from './scan.ts';

/** More cues than this in one message are not looked at. */
const MAX_CUES = 64;

interface FoundCue {
  readonly cue: ProgramCue;
  readonly first: number;
  readonly end: number;
}

export class CueList {
  /** Whether any cue counts that stands after what it quotes. */
  hasAfter = false;
  private isComplete = false;
  private readonly words: WordScanner;
  private text = '';
  private readonly found: FoundCue[] = [];

  constructor(words: WordScanner) {
    this.words = words;
  }

  start(text: string): void {
    this.text = text;
    if (this.found.length > 0) this.found.length = 0;
    this.hasAfter = false;
    this.isComplete = false;
  }

  /** All cues of the text are known: further ones are the same ones again. */
  complete(): void {
    this.isComplete = true;
  }

  /** A cue stands at words `first`..`end`. */
  add(cue: ProgramCue, first: number, end: number): void {
    if (this.isComplete || this.found.length === MAX_CUES) return;
    const { starts, ends } = this.words;
    const from = starts[first]!;
    if (cue.verbatim !== undefined && this.text.slice(from, ends[end - 1]) !== cue.verbatim) return;
    if (isJoined(this.text, from, ends[end - 1]!)) return;
    this.found.push({ cue, first, end });
    if (cue.side === 'after') this.hasAfter = true;
  }

  /** Whether one of the cues found so far stands near enough to words `first`..`end`, on its side of them. */
  isQuoted(first: number, end: number): boolean {
    if (this.found.length === 0) return false;
    return this.found.some(({ cue, ...at }) => {
      const [from, to] = cue.side === 'before' ? [at.end, first] : [end, at.first];
      return from <= to && to - from <= cue.within && this.isOneLine(from, to);
    });
  }

  /** No line break, plain or escaped, between the end of word `from - 1` and word `to`. */
  private isOneLine(from: number, to: number): boolean {
    const between = this.text.slice(this.words.ends[from - 1], this.words.starts[to]);
    return !/[\r\n]|\\[nr]/.test(between);
  }
}

/** Part of a dotted or hyphenated name, such as `enterprise.info`. */
function isJoined(text: string, start: number, end: number): boolean {
  const before = text[start - 1];
  const after = text[end];
  return (
    before === '.' ||
    before === '-' ||
    (after === '-' && /\w/.test(text[end + 1] ?? '')) ||
    (after === '.' && /\w/.test(text[end + 1] ?? ''))
  );
}
