/** Adds every setting as a flag, and reads flags, environment and file into a `Config`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { SETTINGS, type Setting } from '../config.ts';
import { type LoadedConfig, loadConfig } from '../config-sources.ts';

const KAFKA_BASICS = ['kafka.brokers', 'kafka.clientId', 'kafka.connectTimeoutMs'];

/** What every command that speaks to Kafka takes, for `addSettings`. */
export const KAFKA_SETTINGS: readonly string[] = SETTINGS.map(({ path }) => path).filter(
  (path) => KAFKA_BASICS.includes(path) || path.startsWith('kafka.tls.') || path.startsWith('kafka.sasl.'),
);

/** What every command that speaks to the schema registry takes, for `addSettings`. */
export const REGISTRY_SETTINGS: readonly string[] = SETTINGS.map(({ path }) => path).filter((path) =>
  path.startsWith('registry.'),
);

/** What every command that shows texts of records takes, for `addSettings`. */
export const REDACTION_SETTINGS: readonly string[] = ['redaction.mode', 'redaction.emails', 'redaction.rules'];

/** `paths`: only the settings that concern the command; left out, all of them. */
export function addSettings(command: Command, paths: readonly string[] = SETTINGS.map(({ path }) => path)): Command {
  command.addOption(
    new Option('--config <file>', 'YAML file with settings (see `triage config`)').env('TRIAGE_CONFIG'),
  );
  for (const setting of SETTINGS.filter(({ path }) => paths.includes(path))) {
    if (setting.flag === undefined) continue;
    const text = `${setting.description} [${setting.allowed}; default ${defaultText(setting)}; env ${setting.env}]`;
    command.addOption(new Option(`--${setting.flag} <value>`, text));
  }
  return command;
}

function defaultText({ path, defaultValue }: Setting): string {
  if (path === 'catalog.folder') return 'the bundled one';
  const text = Array.isArray(defaultValue) ? defaultValue.join(',') : String(defaultValue);
  return text === '' ? 'none' : text;
}

/**
 * `paths`: the settings whose flags the command takes, where it has other flags of the same names.
 * @throws {TriageError} kind `usage`.
 */
export function readSettings(command: Command, paths?: readonly string[]): LoadedConfig {
  const options = command.opts<Record<string, string | undefined>>();
  const flags: Record<string, string> = {};
  for (const { path, flag } of SETTINGS) {
    const isTaken = flag !== undefined && (paths === undefined || paths.includes(path));
    const value = isTaken ? options[camelCase(flag)] : undefined;
    if (value !== undefined) flags[path] = value;
  }
  const file = options.config;
  return loadConfig({ flags, env: process.env, file });
}

function camelCase(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** For commander: a whole number of at least `min`. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
      throw new InvalidArgumentError(`expected a whole number ${range}.`);
    }
    return value;
  };
}
