/** Hash map from a pair of integers to an integer in one flat array: no objects to collect, three loads per look-up. */
export class PairMap {
  private table: Int32Array;
  private mask: number;
  private size = 0;

  constructor(capacity = 16) {
    let slots = 16;
    while (slots < capacity * 2) slots *= 2;
    this.table = new Int32Array(slots * 3).fill(-1);
    this.mask = slots - 1;
  }

  /** The value of the pair, or -1. Both keys are 0 or more. */
  get(a: number, b: number): number {
    const table = this.table;
    for (let slot = hashPair(a, b) & this.mask; ; slot = (slot + 1) & this.mask) {
      const at = slot * 3;
      const key = table[at]!;
      if (key === -1) return -1;
      if (key === a && table[at + 1] === b) return table[at + 2]!;
    }
  }

  set(a: number, b: number, value: number): void {
    if ((this.size + 1) * 2 > this.mask + 1) this.grow();
    const table = this.table;
    let slot = hashPair(a, b) & this.mask;
    while (table[slot * 3] !== -1 && !(table[slot * 3] === a && table[slot * 3 + 1] === b))
      slot = (slot + 1) & this.mask;
    if (table[slot * 3] === -1) this.size++;
    table[slot * 3] = a;
    table[slot * 3 + 1] = b;
    table[slot * 3 + 2] = value;
  }

  private grow(): void {
    const old = this.table;
    this.table = new Int32Array(old.length * 2).fill(-1);
    this.mask = this.mask * 2 + 1;
    this.size = 0;
    for (let at = 0; at < old.length; at += 3) if (old[at] !== -1) this.set(old[at]!, old[at + 1]!, old[at + 2]!);
  }
}

function hashPair(a: number, b: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) ^ (hash >>> 13);
}
