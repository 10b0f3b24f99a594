/** One input of a target: named parts in their order. A name may come more than once. */

/** Text in UTF-16, halves of surrogate pairs included, or bytes. */
export type Part = string | Buffer;
export type Input = readonly (readonly [name: string, part: Part])[];

/** UTF-16 units and bytes of all parts: what the budgets are reckoned by. */
export function sizeOf(input: Input): number {
  return input.reduce((sum, [, part]) => sum + part.length, 0);
}

export function partOf(input: Input, name: string): Part | undefined {
  return input.find(([each]) => each === name)?.[1];
}

export function textIn(input: Input, name: string): string | undefined {
  const part = partOf(input, name);
  return Buffer.isBuffer(part) ? part.toString('utf8') : part;
}

export function bytesIn(input: Input, name: string): Buffer | undefined {
  const part = partOf(input, name);
  return typeof part === 'string' ? Buffer.from(part) : part;
}

/** Parts called `PREFIX NAME`, by that name. */
export function partsUnder(input: Input, prefix: string): [name: string, part: Part][] {
  return input.flatMap(([name, part]) =>
    name.startsWith(`${prefix} `) ? [[name.slice(prefix.length + 1), part]] : [],
  );
}
