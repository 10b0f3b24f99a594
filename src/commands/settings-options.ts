/** Adds every setting as a flag, and reads flags, environment and file into a `Config`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { SETTINGS } from '../config.ts';
import { type LoadedConfig, loadConfig } from '../config-sources.ts';

/** `paths`: only the settings that concern the command; left out, all of them. */
export function addSettings(command: Command, paths: readonly string[] = SETTINGS.map(({ path }) => path)): Command {
  command.addOption(
    new Option('--config <file>', 'YAML file with settings (see `triage config`)').env('TRIAGE_CONFIG'),
  );
  for (const setting of SETTINGS.filter(({ path }) => paths.includes(path))) {
    const shown = Array.isArray(setting.defaultValue) ? setting.defaultValue.join(',') : String(setting.defaultValue);
    const defaultText = setting.path === 'catalog.folder' ? 'the bundled one' : shown;
    const text = `${setting.description} [${setting.allowed}; default ${defaultText}; env ${setting.env}]`;
    command.addOption(new Option(`--${setting.flag} <value>`, text));
  }
  return command;
}

/** @throws {TriageError} kind `usage`. */
export function readSettings(command: Command): LoadedConfig {
  const options = command.opts<Record<string, string | undefined>>();
  const flags: Record<string, string> = {};
  for (const { path, flag } of SETTINGS) {
    const value = options[camelCase(flag)];
    if (value !== undefined) flags[path] = value;
  }
  const file = options.config;
  return loadConfig({ flags, env: process.env, file });
}

function camelCase(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** For commander: a whole number of at least `min`. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < min) {
      throw new InvalidArgumentError(`expected a whole number of at least ${min}.`);
    }
    return value;
  };
}
