/** Runs promtool, and takes apart what it reads. */
import { spawnSync } from 'node:child_process';
import { METRICS } from '../../src/telemetry/metric-table.ts';

export interface ToolResult {
  readonly code: number | null;
  /** Both streams: it writes findings to either. */
  readonly output: string;
}

export function runTool(command: string, args: readonly string[], input = ''): ToolResult {
  const { status, stdout, stderr, error } = spawnSync(command, args, { input, encoding: 'utf8' });
  if (error) throw error;
  return { code: status, output: `${stdout}${stderr}` };
}

/** A name under which a metric can be asked for -> its labels, beside those that Prometheus adds. */
export const SERIES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.values(METRICS).flatMap(({ name, type, labels }): [string, readonly string[]][] =>
    type === 'histogram'
      ? [
          [`${name}_bucket`, [...labels, 'le']],
          [`${name}_sum`, labels],
          [`${name}_count`, labels],
        ]
      : [[name, labels]],
  ),
);

/** Names of our metrics and of recorded series in an expression. */
export function namesIn(expression: string): string[] {
  return expression.match(/\b[a-z_]+:triage_[\w:]+|(?<![:\w])triage_\w+/g) ?? [];
}
