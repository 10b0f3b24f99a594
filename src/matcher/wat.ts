/**
 * A small assembler for WebAssembly text, so that what runs can be read: `assemble(text)` gives the bytes of a module.
 *
 * It knows the part of the text format that `word-kernel.ts` needs: one imported memory, exported functions, named
 * parameters, locals and labels, and instructions in folded form, `(i32.add (local.get $a) (i32.const 1))`.
 */

/** Instructions without immediate values. Those of SIMD, from 0x100 up, have the prefix 0xfd. */
const PLAIN: Readonly<Record<string, number>> = {
  return: 0x0f,
  'i32.eqz': 0x45,
  'i32.eq': 0x46,
  'i32.ne': 0x47,
  'i32.lt_u': 0x49,
  'i32.gt_u': 0x4b,
  'i32.le_u': 0x4d,
  'i64.eqz': 0x50,
  'i64.ne': 0x52,
  'i32.add': 0x6a,
  'i32.sub': 0x6b,
  'i32.mul': 0x6c,
  'i32.and': 0x71,
  'i32.xor': 0x73,
  'i32.shl': 0x74,
  'i32.shr_u': 0x76,
  'i64.ctz': 0x7a,
  'i64.add': 0x7c,
  'i64.sub': 0x7d,
  'i64.and': 0x83,
  'i64.or': 0x84,
  'i64.xor': 0x85,
  'i64.shl': 0x86,
  'i64.shr_u': 0x88,
  'i64.rotl': 0x89,
  'i32.wrap_i64': 0xa7,
  'i64.extend_i32_u': 0xad,
  'i8x16.swizzle': 0x10e,
  'i8x16.splat': 0x10f,
  'i8x16.eq': 0x123,
  'i8x16.ne': 0x124,
  'i8x16.lt_u': 0x126,
  'v128.and': 0x14e,
  'v128.or': 0x150,
  'v128.any_true': 0x153,
  'i8x16.bitmask': 0x164,
  'i8x16.shr_u': 0x16d,
  'i8x16.sub': 0x171,
};

/** Loads and stores, with the alignment that is promised (as a power of two): none. */
const MEMORY: Readonly<Record<string, number>> = {
  'i32.load': 0x28,
  'i64.load': 0x29,
  'i32.load8_u': 0x2d,
  'i32.store': 0x36,
  'v128.load': 0x100,
  'v128.store': 0x10b,
};

const LOCAL: Readonly<Record<string, number>> = { 'local.get': 0x20, 'local.set': 0x21 };
const BRANCH: Readonly<Record<string, number>> = { br: 0x0c, br_if: 0x0d };
const BLOCK: Readonly<Record<string, number>> = { block: 0x02, loop: 0x03 };
const TYPES: Readonly<Record<string, number>> = { i32: 0x7f, i64: 0x7e, v128: 0x7b };
const EMPTY = 0x40;
const END = 0x0b;

type Node = string | readonly Node[];
type List = readonly Node[];

/** @throws {SyntaxError} for anything that it does not know. */
export function assemble(text: string): Uint8Array<ArrayBuffer> {
  const [module, ...fields] = parse(text);
  if (module !== 'module') throw new SyntaxError(`expected (module ...), found (${String(module)} ...)`);
  const imports = fields.filter((field): field is List => field[0] === 'import');
  const functions = fields.filter((field): field is List => field[0] === 'func').map(toFunction);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(functions.map(({ type }) => type))),
    ...section(2, vector(imports.map(toImport))),
    ...section(3, vector(functions.map((_, i) => unsigned(i)))),
    ...section(7, vector(functions.map(({ name }, i) => [...string(name), 0x00, ...unsigned(i)]))),
    ...section(10, vector(functions.map(({ code }) => [...unsigned(code.length), ...code]))),
  ]);
}

/** `(a (b c))` -> `['a', ['b', 'c']]`; `;;` begins a comment. */
function parse(text: string): List {
  const tokens = text.replace(/;;.*/g, '').match(/[()]|"[^"]*"|[^\s()]+/g) ?? [];
  const open: Node[][] = [[]];
  for (const token of tokens) {
    if (token === '(') open.push([]);
    else if (token === ')') {
      const list = open.pop()!;
      if (open.length === 0) throw new SyntaxError('a ) too many');
      open.at(-1)!.push(list);
    } else open.at(-1)!.push(token);
  }
  if (open.length !== 1) throw new SyntaxError('a ) is missing');
  return open[0]![0] as List;
}

/** `(import "module" "name" (memory 1))` */
function toImport([, module, name, memory]: List): number[] {
  const [, pages] = memory as List;
  return [...string(unquoted(module!)), ...string(unquoted(name!)), 0x02, 0x00, ...unsigned(Number(pages))];
}

/** `(func (export "name") (param $a i32) (result i32) (local $b i64) instructions...)` */
function toFunction([, exported, ...rest]: List) {
  const [, name] = exported as List;
  const declared = (kind: string) => rest.filter((node): node is List => node[0] === kind);
  const [params, results, locals] = [declared('param'), declared('result'), declared('local')];
  const body = rest.filter((node) => !['param', 'result', 'local'].includes(String(node[0])));
  const typesOf = (nodes: readonly List[]) => nodes.map((node) => [lookUp(TYPES, node.at(-1)!)]);
  const names = [...params, ...locals].map((node) => String(node[1]));
  const code = [
    ...vector(typesOf(locals).map((type) => [1, ...type])),
    ...body.flatMap((node) => instruction(node, names, [])),
    END,
  ];
  return { name: unquoted(name!), type: [0x60, ...vector(typesOf(params)), ...vector(typesOf(results))], code };
}

function instruction(node: Node, locals: readonly string[], labels: readonly string[]): number[] {
  const [op, ...rest] = node as readonly [string, ...Node[]];
  const all = (nodes: List, inner = labels) => nodes.flatMap((each) => instruction(each, locals, inner));
  const [first, ...others] = rest;
  if (op in PLAIN) return [...all(rest), ...opcode(PLAIN[op]!)];
  if (op in MEMORY) {
    const offset = typeof first === 'string' ? Number(first.replace('offset=', '')) : 0;
    return [...all(typeof first === 'string' ? others : rest), ...opcode(MEMORY[op]!), 0, ...unsigned(offset)];
  }
  if (op in LOCAL) return [...all(others), LOCAL[op]!, ...unsigned(indexOf(locals, first!))];
  if (op in BRANCH) return [...all(others), BRANCH[op]!, ...unsigned(indexOf([...labels].reverse(), first!))];
  if (op in BLOCK) return [BLOCK[op]!, EMPTY, ...all(others, [...labels, String(first)]), END];
  switch (op) {
    case 'if': {
      const [, ...body] = others[0] as List;
      return [...all([first!]), 0x04, EMPTY, ...all(body, [...labels, '']), END];
    }
    case 'i32.const':
      return [0x41, ...signed(BigInt.asIntN(32, BigInt(String(first))))];
    case 'i64.const':
      return [0x42, ...signed(BigInt.asIntN(64, BigInt(String(first))))];
    case 'v128.const':
      return [...opcode(0x10c), ...others.map(Number)];
    default:
      throw new SyntaxError(`unknown instruction ${op}`);
  }
}

function opcode(code: number): number[] {
  return code < 0x100 ? [code] : [0xfd, ...unsigned(code - 0x100)];
}

function lookUp(table: Readonly<Record<string, number>>, name: Node): number {
  const found = table[String(name)];
  if (found === undefined) throw new SyntaxError(`expected one of ${Object.keys(table).join(', ')}, found ${name}`);
  return found;
}

function indexOf(names: readonly string[], name: Node): number {
  const index = names.indexOf(String(name));
  if (index < 0) throw new SyntaxError(`unknown name ${String(name)}`);
  return index;
}

function unquoted(name: Node): string {
  return String(name).slice(1, -1);
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function string(text: string): number[] {
  return [...unsigned(text.length), ...Buffer.from(text)];
}

/** LEB128, seven bits a byte. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: bigint): number[] {
  const low = Number(value & 0x7fn);
  const rest = value >> 7n;
  const isLast = (rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40);
  return isLast ? [low] : [low | 0x80, ...signed(rest)];
}
