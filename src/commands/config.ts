/** `triage config`: what would be used, and where it comes from. */
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { SETTINGS } from '../config.ts';
import { displayConfig } from '../config-sources.ts';
import { addSettings, readSettings } from './settings-options.ts';

export function addConfigCommand(program: Command): void {
  const command = program
    .command('config')
    .description('Print the effective settings as a file for --config, secrets hidden, with where each comes from.');
  addSettings(command).action(() => {
    const { config, origins, unknownEnv } = readSettings(command);
    for (const name of unknownEnv) process.stderr.write(`triage: ${name} in the environment is no setting\n`);
    process.stdout.write(stringify(displayConfig(config)));
    process.stdout.write('\n# Where each setting comes from:\n');
    const width = Math.max(...SETTINGS.map(({ path }) => path.length));
    for (const { path } of SETTINGS) process.stdout.write(`# ${path.padEnd(width)}  ${origins[path]}\n`);
  });
}
