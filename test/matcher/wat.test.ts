import { describe, expect, it } from 'vitest';
import { assemble } from '../../src/matcher/wat.ts';

/** What a function of the module gives, with one page of memory. */
function run(text: string, ...args: readonly number[]): unknown {
  const { Module, Instance, Memory } = Reflect.get(globalThis, 'WebAssembly') as Engine;
  const memory = new Memory({ initial: 1 });
  return new Instance(new Module(assemble(text)), { m: { memory } }).exports.f?.(...args);
}

interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (size: { initial: number }) => object;
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { exports: Readonly<Record<string, (...args: readonly number[]) => unknown>> };
}

const withBody = (body: string, locals = '') =>
  `(module (import "m" "memory" (memory 1)) (func (export "f") (param $a i32) (param $b i32) (result i32) ${locals} ${body}))`;

describe('the assembler', () => {
  it.each<[what: string, body: string, result: number]>([
    ['folded instructions', '(i32.add (local.get $a) (i32.mul (local.get $b) (i32.const 3)))', 22],
    ['the smallest number', '(i32.const -2147483648)', -2147483648],
    ['a number above the signed ones', '(i32.const 4294967295)', -1],
    ['numbers at the edge of a byte', '(i32.add (i32.const 63) (i32.add (i32.const 64) (i32.const -65)))', 62],
    ['64 bits', '(i32.wrap_i64 (i64.shr_u (i64.const -1) (i64.const 40)))', 0xffffff],
    ['comments', '(local.get $b) ;; (unknown)\n', 5],
    ['an offset', '(i32.store offset=300 (i32.const 4) (local.get $b)) (i32.load (i32.const 304))', 5],
    ['a way out of a function', '(if (local.get $a) (then (return (i32.const 1)))) (i32.const 2)', 1],
    [
      'a vector',
      '(i8x16.bitmask (i8x16.eq (v128.const i8x16 1 0 0 1 0 0 0 0 0 0 0 0 0 0 0 1) (i8x16.splat (i32.const 1))))',
      0x8009,
    ],
  ])('knows %s', (_, body, result) => {
    expect(run(withBody(body), 7, 5)).toBe(result);
  });

  it('finds the label that is meant through blocks, loops and conditions', () => {
    const body = `
      (block $out
        (loop $again
          (local.set $sum (i32.add (local.get $sum) (local.get $a)))
          (local.set $b (i32.sub (local.get $b) (i32.const 1)))
          (if (i32.eqz (local.get $b)) (then (br $out)))
          (br $again)))
      (local.get $sum)`;
    expect(run(withBody(body, '(local $sum i32)'), 7, 5)).toBe(35);
  });

  it.each<[what: string, text: string, message: string]>([
    ['an unknown instruction', withBody('(i32.rotate (local.get $a))'), 'unknown instruction i32.rotate'],
    ['an unknown name', withBody('(local.get $c)'), 'unknown name $c'],
    ['an unknown type', withBody('(i32.const 0)', '(local $c f16)'), 'expected one of i32, i64, v128, found f16'],
    ['a missing )', '(module (func', 'a ) is missing'],
    ['a ) too many', '(module))', 'a ) too many'],
    ['something else', '(component)', 'expected (module ...), found (component ...)'],
  ])('refuses %s', (_, text, message) => {
    expect(() => assemble(text)).toThrow(new SyntaxError(message));
  });
});
