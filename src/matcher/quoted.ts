/** Cues of one message: words that show that a known text near them, on the same line, is only quoted. */
import type { ProgramCue } from './program.ts';
import type { WordScanner } from './scan.ts';

/** More cues than this in one message are not looked at. */
const MAX_CUES = 64;

export class CueList {
  /** Whether any cue counts that stands after what it quotes. */
  hasAfter = false;
  private isComplete = false;
  private readonly words: WordScanner;
  private text = '';
  /** How many were found. */
  count = 0;
  private readonly found: ProgramCue[] = [];
  private readonly first: Int32Array = new Int32Array(MAX_CUES);
  private readonly end: Int32Array = new Int32Array(MAX_CUES);

  constructor(words: WordScanner) {
    this.words = words;
  }

  start(text: string): void {
    this.text = text;
    this.count = 0;
    this.hasAfter = false;
    this.isComplete = false;
  }

  /** All cues of the text are known: further ones are the same ones again. */
  complete(): void {
    this.isComplete = true;
  }

  /** A cue stands at words `first`..`end`. */
  add(cue: ProgramCue, first: number, end: number): void {
    if (this.isComplete || this.count === MAX_CUES) return;
    const { starts, ends } = this.words;
    const from = starts[first]!;
    if (cue.verbatim !== undefined && this.text.slice(from, ends[end - 1]) !== cue.verbatim) return;
    if (isJoined(this.text, from, ends[end - 1]!)) return;
    this.found[this.count] = cue;
    this.first[this.count] = first;
    this.end[this.count++] = end;
    if (cue.side === 'after') this.hasAfter = true;
  }

  /** Whether one of the cues found so far stands near enough to words `first`..`end`, on its side of them. */
  isQuoted(first: number, end: number): boolean {
    for (let i = 0; i < this.count; i++) {
      const cue = this.found[i]!;
      const isBefore = cue.side === 'before';
      const from = isBefore ? this.end[i]! : end;
      const to = isBefore ? first : this.first[i]!;
      if (from <= to && to - from <= cue.within && this.isOneLine(from, to)) return true;
    }
    return false;
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
