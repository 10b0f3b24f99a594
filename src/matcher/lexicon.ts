/** The dictionary's words in order, for words of which only the beginning or the end is there. */
import { type Dictionary, hashByte } from './dictionary.ts';

export class Lexicon {
  private readonly dictionary: Dictionary;
  private sorted: readonly string[] | undefined;
  private sortedReversed: readonly string[] | undefined;

  constructor(dictionary: Dictionary) {
    this.dictionary = dictionary;
  }

  /** Ids of at most `limit` words that begin so; undefined when there are more. */
  startingWith(start: string, limit: number): number[] | undefined {
    if (start.length > 2 && !this.dictionary.mayBegin(...threeBytes(start, 0))) return [];
    this.sorted ??= this.dictionary.words.slice(1).sort();
    const words = withPrefix(this.sorted, start, limit);
    return words?.map((word) => this.dictionary.idOf(word));
  }

  /** Ids of at most `limit` words that end so; undefined when there are more. */
  endingWith(end: string, limit: number): number[] | undefined {
    if (end.length > 2 && !this.dictionary.mayEnd(...threeBytes(end, end.length - 3))) return [];
    this.sortedReversed ??= this.dictionary.words.slice(1).map(reversed).sort();
    const words = withPrefix(this.sortedReversed, reversed(end), limit);
    return words?.map((word) => this.dictionary.idOf(reversed(word)));
  }
}

function threeBytes(text: string, from: number): [number, number, number] {
  return [hashByte(text.charCodeAt(from)), hashByte(text.charCodeAt(from + 1)), hashByte(text.charCodeAt(from + 2))];
}

function withPrefix(sorted: readonly string[], prefix: string, limit: number): string[] | undefined {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < prefix) low = middle + 1;
    else high = middle;
  }
  const found: string[] = [];
  for (let i = low; i < sorted.length && sorted[i]!.startsWith(prefix); i++) {
    if (found.push(sorted[i]!) > limit) return undefined;
  }
  return found;
}

function reversed(text: string): string {
  return text.split('').reverse().join('');
}
