/** The results as a table for the terminal and as a document. */

import { passed, type ScenarioResult } from './run.ts';

const COLUMNS = [
  'scenario',
  'delivery',
  'records in',
  'lost',
  'duplicates',
  'longest pause',
  'recovery',
  'took',
  'verdict',
] as const;

function cellsOf(result: ScenarioResult): string[] {
  const { scenario, delivery, verdict, seconds } = result;
  const figures =
    verdict === undefined
      ? ['-', '-', '-', '-', '-']
      : [
          count(verdict.recordsIn),
          count(verdict.lost),
          count(verdict.duplicates),
          duration(verdict.longestPauseMs),
          verdict.recoveryMs === undefined ? '-' : duration(verdict.recoveryMs),
        ];
  return [scenario, delivery, ...figures, `${seconds.toFixed(0)} s`, passed(result) ? 'passed' : 'FAILED'];
}

export function table(results: readonly ScenarioResult[]): string {
  const rows = [[...COLUMNS], ...results.map(cellsOf)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isFigure = (column: number) => column >= 2 && column <= 7;
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (isFigure(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

/** What went wrong, scenario by scenario; empty when nothing did. */
export function failures(results: readonly ScenarioResult[]): string {
  return results
    .filter((result) => !passed(result))
    .map(({ scenario, delivery, verdict, trouble }) => {
      const reasons = [...(trouble === undefined ? [] : [trouble]), ...(verdict?.failures ?? [])];
      return `${scenario} (${delivery}):\n${reasons.map((reason) => `  - ${reason.replaceAll('\n', '\n    ')}\n`).join('')}`;
    })
    .join('\n');
}

export interface ReportContext {
  readonly seed: number;
  readonly command: string;
  /** ISO 8601. */
  readonly finishedAt: string;
  readonly machine: string;
}

export function markdownReport(results: readonly ScenarioResult[], context: ReportContext): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const titles = new Map(results.map(({ scenario, title }) => [scenario, title]));
  const failed = results.filter((result) => !passed(result)).length;
  const verdict = failed === 0 ? 'All scenarios passed.' : `${failed} of ${results.length} results failed.`;
  return [
    '# Chaos report\n\n',
    `${verdict} Seed ${context.seed}, ${context.finishedAt}, ${context.machine}.\n`,
    `To repeat: \`${context.command}\`\n\n`,
    row(COLUMNS),
    row(COLUMNS.map(() => '---')),
    ...results.map((result) => row(cellsOf(result))),
    '\nLost: input records that left nothing in output or dead letter topic. Duplicates: records beyond the first for the',
    ' same input, each equal to the first. Longest pause: time in which input waited and nothing new was written.',
    ' Recovery: from the end of the fault to new output.\n\n## Scenarios\n\n',
    ...[...titles].map(([name, title]) => `- **${name}**: ${title}.\n`),
    ...(failed === 0 ? [] : ['\n## Failures\n\n```text\n', failures(results), '```\n']),
  ].join('');
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function duration(ms: number): string {
  return Number.isFinite(ms) ? `${(ms / 1_000).toFixed(1)} s` : 'never';
}
