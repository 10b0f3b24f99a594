/** What `npm run fuzz` prints. */
import { renderTable } from '../src/render.ts';
import type { TargetResult } from './run-target.ts';

const HEAD = ['target', 'kept', 'inputs', 'inputs/s', 'largest', 'slowest', 'of its budget', 'findings'];

/** A row a target and one for all of them. */
export function table(results: readonly TargetResult[]): string {
  const total = (value: (result: TargetResult) => number) => results.reduce((sum, each) => sum + value(each), 0);
  const rows = results.map(({ target, kept, inputs, seconds, largest, slowest, findings }) => [
    target,
    String(kept),
    String(inputs),
    perSecond(inputs, seconds),
    String(largest),
    `${slowest.ms.toFixed(1)} ms for ${slowest.units}`,
    `${(slowest.share * 100).toFixed(0)} %`,
    String(findings.length),
  ]);
  const inputs = total((each) => each.inputs);
  const all = [
    'all',
    String(total((each) => each.kept)),
    String(inputs),
    perSecond(
      inputs,
      total((each) => each.seconds),
    ),
    '',
    '',
    '',
    String(countOf(results)),
  ];
  return renderTable(HEAD, [...rows, all]);
}

export function countOf(results: readonly TargetResult[]): number {
  return results.reduce((sum, { findings }) => sum + findings.length, 0);
}

/** Empty without findings. */
export function findingsText(results: readonly TargetResult[]): string {
  return results
    .flatMap(({ target, findings }) =>
      findings.map(({ kind, what, file }) => `${target}: ${kind}: ${what.slice(0, 600)}\n  input: ${file}\n`),
    )
    .join('');
}

function perSecond(inputs: number, seconds: number): string {
  return seconds > 0 ? (inputs / seconds).toFixed(0) : '-';
}
