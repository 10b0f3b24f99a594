/** A seeded stream of random numbers: equal seeds give equal streams, on every machine. */

export interface Random {
  /** 0 (inclusive) to 1 (exclusive). */
  unit(): number;
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number;
  chance(probability: number): boolean;
  /** One of the list, which must not be empty. */
  pick<T>(list: readonly T[]): T;
  /** One of the list, which must not be empty: the first ones much more often than the last ones. */
  pickEarly<T>(list: readonly T[]): T;
  /** Lower-case hexadecimal digits. */
  hex(digits: number): string;
  guid(): string;
}

const HEX_OF_BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function createRandom(seed: number): Random {
  const uint32 = sfc32(seed);
  const word = (): string => {
    const bits = uint32();
    return (
      HEX_OF_BYTE[bits >>> 24]! +
      HEX_OF_BYTE[(bits >>> 16) & 255]! +
      HEX_OF_BYTE[(bits >>> 8) & 255]! +
      HEX_OF_BYTE[bits & 255]!
    );
  };
  const unit = () => uint32() / 0x1_0000_0000;
  const below = (limit: number) => Math.floor(unit() * limit);
  const hex = (digits: number): string => {
    let text = '';
    while (text.length < digits) text += word();
    return text.length === digits ? text : text.slice(0, digits);
  };
  return {
    unit,
    between: (min, max) => min + below(max - min + 1),
    chance: (probability) => unit() < probability,
    pick: <T>(list: readonly T[]) => list[below(list.length)]!,
    pickEarly: <T>(list: readonly T[]) => list[Math.floor(unit() ** 3 * list.length)]!,
    hex,
    guid: () => {
      const middle = word();
      const rest = word();
      return `${word()}-${middle.slice(0, 4)}-4${middle.slice(5)}-a${rest.slice(1, 4)}-${rest.slice(4)}${word()}`;
    },
  };
}

/** sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, passes its test suites, a few additions a number. */
function sfc32(seed: number): () => number {
  let a = seed | 0;
  let b = Math.floor(seed / 0x1_0000_0000) | 0;
  let c = 0x9e3779b9;
  let counter = 1;
  const next = (): number => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + result) | 0;
    return result >>> 0;
  };
  // The first numbers of neighbouring seeds resemble one another; the author skips 12.
  for (let i = 0; i < 12; i++) next();
  return next;
}
