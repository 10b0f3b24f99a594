/** The results as a table for the terminal and as a document. */

import { passed, type ScenarioResult } from './run.ts';

const FIGURES = ['faults', 'records in', 'lost', 'duplicates', 'longest pause', 'recovery'] as const;
const COLUMNS = ['scenario', 'delivery', ...FIGURES, 'took', 'verdict'] as const;

function cellsOf(result: ScenarioResult): string[] {
  const { scenario, delivery, verdict, seconds } = result;
  const figures =
    verdict === undefined
      ? FIGURES.map(() => '-')
      : [
          count(verdict.faults),
          count(verdict.recordsIn),
          count(verdict.lost),
          count(verdict.duplicates),
          duration(verdict.longestPauseMs),
          duration(verdict.recoveryMs),
        ];
  return [scenario, delivery, ...figures, `${seconds.toFixed(0)} s`, passed(result) ? 'passed' : 'FAILED'];
}

export function table(results: readonly ScenarioResult[]): string {
  const rows = [[...COLUMNS], ...results.map(cellsOf)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isFigure = (column: number) => column >= 2 && column < COLUMNS.length - 1;
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
      const reasons = [
        ...(trouble === undefined ? [] : [trouble]),
        ...(verdict?.failures ?? []),
        ...(verdict?.slow ?? []),
      ];
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
  /** How many scenarios there are, run or not. */
  readonly scenariosInAll: number;
}

const EXPLANATION = `Three brokers. Processes of \`triage run\` read a topic and write to the output and the dead letter topic, while
records are written to it at a steady rate. Each scenario injects its fault again and again; afterwards the topics and
every commit of the group are read back, and each record of the input is looked up in the output.
`;

const LEGEND = `
- **delivery**: the guarantee that \`triage run\` was set to. At least once, a fault may lead to duplicates; exactly once, none.
- **faults**: how often the fault was injected and recovered from.
- **lost**: input records that left nothing in the output or dead letter topic. Always 0 unless something is wrong.
- **duplicates**: output records beyond the first for the same input record, each equal to the first.
- **longest pause**: the longest time in which input of a partition waited and nothing new was written.
- **recovery**: when a fault was over, the longest that the next record of any partition waited for its output.
- **verdict**: passed when nothing was lost, all output is right, in order and of known cause, no commit was ahead of it, no
  process ended by itself, and every recovery was within the scenario's limit.
`;

export function markdownReport(results: readonly ScenarioResult[], context: ReportContext): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const titles = new Map(results.map(({ scenario, title }) => [scenario, title]));
  const failed = results.filter((result) => !passed(result)).length;
  const verdict = failed === 0 ? 'All passed.' : `${failed} of ${results.length} results failed.`;
  const part =
    titles.size < context.scenariosInAll ? ` A part only: ${titles.size} of ${context.scenariosInAll} scenarios.` : '';
  return [
    '# Chaos report\n\n',
    `${verdict}${part} Seed ${context.seed}, ${context.finishedAt}, ${context.machine}.\n`,
    `To repeat: \`${context.command}\`\n\n`,
    EXPLANATION,
    '\n',
    row(COLUMNS),
    row(COLUMNS.map(() => '---')),
    ...results.map((result) => row(cellsOf(result))),
    LEGEND,
    '\n## Scenarios\n\n',
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
