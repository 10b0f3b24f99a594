/** Inputs made from samples: a sample, changed a few times. */
import fc from 'fast-check';
import { MAX_UNITS, type Mutation, mutate, mutations } from './mutations.ts';

const MAX_MUTATIONS = 5;

/** Texts of UTF-16 units. */
export function mutatedTexts(samples: readonly string[], tokens: readonly string[]): fc.Arbitrary<string> {
  return changed(fc.constantFrom(...samples), samples, tokens, 0xffff);
}

/** Bytes of texts in UTF-8, and of whatever becomes of them. */
export function mutatedBytes(samples: readonly (string | Buffer)[], tokens: readonly string[]): fc.Arbitrary<Buffer> {
  const bytes = samples.map((sample) => asBytes(sample));
  return changed(fc.constantFrom(...bytes), bytes, tokens.map(asBytes), 0xff).map((text) =>
    Buffer.from(text, 'latin1'),
  );
}

/** JSON whose values are changed one by one, as bytes, which are then sometimes spoiled as such. */
export function mutatedJson(samples: readonly unknown[], tokens: readonly string[]): fc.Arbitrary<Buffer> {
  const texts = samples.map((sample) => JSON.stringify(sample));
  const grafts = texts.flatMap((text) => subtrees(JSON.parse(text)));
  const edits = fc.array(edit(tokens, grafts), { maxLength: 4 });
  const structured = fc.tuple(fc.constantFrom(...texts), edits).map(([text, list]) => asBytes(edited(text, list)));
  const spoiled = changed(structured, texts.map(asBytes), tokens.map(asBytes), 0xff);
  return fc
    .oneof({ weight: 3, arbitrary: structured }, { weight: 2, arbitrary: spoiled })
    .map((text) => Buffer.from(text, 'latin1'));
}

function changed(
  base: fc.Arbitrary<string>,
  others: readonly string[],
  tokens: readonly string[],
  maxUnit: number,
): fc.Arbitrary<string> {
  const steps = fc.array(mutations(tokens), { maxLength: MAX_MUTATIONS });
  return fc
    .tuple(base, fc.constantFrom(...others), steps)
    .map(([text, other, list]) =>
      list.reduce((sum: string, step: Mutation) => mutate(sum, other, step, maxUnit), text),
    );
}

/** As Latin-1: a character a byte. */
function asBytes(sample: string | Buffer): string {
  return (Buffer.isBuffer(sample) ? sample : Buffer.from(sample)).toString('latin1');
}

type Edit = { readonly node: number; readonly name: string; readonly value: unknown; readonly how: Way };
type Way = 'replace' | 'remove' | 'add' | 'rename' | 'multiply' | 'graft' | 'deepen';

const USUAL: readonly Way[] = ['replace', 'replace', 'remove', 'add', 'rename', 'multiply', 'graft', 'graft'];
/** Deep values overflow the stack in many places, which takes milliseconds each time. */
const WAYS: readonly Way[] = [...USUAL, ...USUAL, ...USUAL, ...USUAL, 'deepen'];
const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  'a.b',
  'message',
  'error',
  'attributes',
  'value',
  'key',
  'length',
];
const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  '',
  0,
  -0,
  -1,
  1e300,
  2 ** 53,
  1.5,
  [],
  {},
  [[]],
  [null],
  'null',
  '\ud800',
  { message: 1 },
  { __proto__: null, toString: 'x' },
  'x'.repeat(9_000),
];

function edit(tokens: readonly string[], grafts: readonly unknown[]): fc.Arbitrary<Edit> {
  return fc.record(
    {
      node: fc.nat({ max: 0xffff }),
      name: fc.constantFrom(...NAMES),
      value: fc.oneof(fc.constantFrom(...VALUES), fc.constantFrom(...tokens), fc.constantFrom(...grafts)),
      how: fc.constantFrom(...WAYS),
    },
    { noNullPrototype: true },
  );
}

type Container = Record<string, unknown>;

function edited(text: string, edits: readonly Edit[]): string {
  const root = { root: JSON.parse(text) as unknown };
  for (const { node, name, value, how } of edits) {
    const places = placesIn(root, []);
    const [holder, key] = places[node % places.length]!;
    const own = holder[key];
    if (how === 'remove' && holder !== root) delete holder[key];
    else if (how === 'add' && isContainer(own)) define(own, name, copyOf(value));
    else if (how === 'rename' && holder !== root) {
      delete holder[key];
      define(holder, name, own);
    } else if (how === 'deepen') holder[key] = DEEP;
    else if (how === 'multiply') holder[key] = Array(1 + (node % 200)).fill(own);
    else holder[key] = copyOf(value);
  }
  const json = JSON.stringify(root.root) ?? '';
  const result = json.includes(DEEP) ? json.replace(`"${DEEP}"`, nested(edits.at(-1)!.node)) : json;
  return result.length > MAX_UNITS ? text : result;
}

/** Stands for what JSON.stringify could not write. */
const DEEP = '(nested)';
const DEPTHS = [90, 210, 2_500, 12_000];

function nested(choice: number): string {
  const depth = DEPTHS[choice % DEPTHS.length]!;
  const [open, close] = choice % 3 === 0 ? ['{"a":', '}'] : ['[', ']'];
  return `${open.repeat(depth)}1${close.repeat(depth)}`;
}

function placesIn(value: Container, into: [Container, string][]): [Container, string][] {
  for (const key of Object.keys(value)) {
    if (into.length >= 2_000) return into;
    into.push([value, key]);
    const inner = value[key];
    if (isContainer(inner)) placesIn(inner, into);
  }
  return into;
}

function subtrees(value: unknown): unknown[] {
  return isContainer(value) ? placesIn(value, []).map(([holder, key]) => holder[key]) : [value];
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

/** Grafts are shared between inputs. */
function copyOf(value: unknown): unknown {
  return isContainer(value) ? structuredClone(value) : value;
}

/** Also for `__proto__`, as JSON.parse does. Lists have no names. */
function define(holder: Container, name: string, value: unknown): void {
  if (Array.isArray(holder)) {
    holder.push(value);
    return;
  }
  Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true });
}
