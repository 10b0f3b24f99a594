/** `triage doctor`: what would go wrong with these settings, before it does. */
import type { Command } from 'commander';
import { type Check, counted, type Status } from '../doctor/check.ts';
import { EXIT } from '../errors.ts';
import { commandLogger } from './command-logger.ts';
import { print } from './print.ts';
import { addSettings, readSettings } from './settings-options.ts';

const NOTES = `
Nothing is changed: no record is read or written, no group joined, no topic made. Exit code 1 when there is a problem.`;

export function addDoctorCommand(program: Command): void {
  const command = program
    .command('doctor')
    .description('Check Node, catalog, HTTP port, connection, login, rights, topics, group and clock.')
    .option('--json', 'one JSON object with every check', false)
    .addHelpText('after', NOTES);
  addSettings(command).action(async () => {
    const { config } = readSettings(command);
    const [logger, { examine }] = await Promise.all([commandLogger(config), import('../doctor/doctor.ts')]);
    const checks = await examine({ config, logger, nodeVersion: process.versions.node, nowMs: Date.now });
    const { json } = command.opts<{ json: boolean }>();
    await print(json ? `${JSON.stringify({ checks }, undefined, 2)}\n` : render(checks));
    if (checks.some(({ status }) => status === 'problem')) process.exitCode = EXIT.findings;
  });
}

const STATUS_WIDTH = 'warning'.length;

function render(checks: readonly Check[]): string {
  const indent = ' '.repeat(STATUS_WIDTH + 2);
  const lines = checks.flatMap(({ status, what, found, consequence, mend }) => [
    `${status.padEnd(STATUS_WIDTH)}  ${what}: ${found}`,
    ...(consequence === undefined ? [] : [`${indent}${consequence}`]),
    ...(mend === undefined ? [] : [`${indent}${mend}`]),
  ]);
  const number = (status: Status) => checks.filter((check) => check.status === status).length;
  const unknown = number('unknown') === 0 ? '' : `, ${number('unknown')} unknown`;
  return `${lines.join('\n')}\n\n${counted(number('problem'), 'problem')}, ${counted(number('warning'), 'warning')}${unknown}\n`;
}
