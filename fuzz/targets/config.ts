/** Settings from a file, the environment and the command line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { SETTINGS } from '../../src/config.ts';
import { displayConfig, loadConfig } from '../../src/config-sources.ts';
import { TriageError } from '../../src/errors.ts';
import { TEXT_TOKENS, YAML_TOKENS } from '../corpus/tokens.ts';
import { mutatedBytes, mutatedTexts } from '../generators.ts';
import { bytesIn, type Input, partsUnder } from '../input.ts';
import { hold, type Target } from '../target.ts';

const FILES = [
  'kafka:\n  brokers: [kafka-1:9092, kafka-2:9092]\n  groupId: triage\n  tls:\n    enabled: true\n  sasl:\n    mechanism: scram-sha-512\n    username: svc\n    password: Zq8vT3nLw0Xk5Rb2\ntopics:\n  input: in\nlimits:\n  batchRecords: 100\n',
  'redaction:\n  mode: on\n  rules:\n    - internal ticket {id}\nhttp:\n  port: 0\n  token: Zq8vT3nLw0Xk5Rb2Zq8vT3nLw0\nregistry:\n  url: http://127.0.0.1:8081\nformat:\n  output: avro\n',
  'log: {level: debug}\ninferred: metrics\n',
];
/** No secret that the samples hold may be shown. */
const SECRET = 'Zq8vT3nLw0Xk5Rb2';
const VALUES = [
  '',
  'true',
  'false',
  '0',
  '-1',
  '99999999999',
  '1.5',
  'a,b',
  'localhost:9092',
  'avro',
  SECRET,
  ' 5 ',
  '\ud800',
  'x'.repeat(400),
];

export const config: Target = {
  name: 'config',
  what: 'settings from a file, the environment and the command line',
  weight: 2,
  budget: { timesReference: 3_000, baseMs: 600, heapPerByte: 8_000 },
  inputs: () => {
    const values = fc.oneof(fc.constantFrom(...VALUES), mutatedTexts(VALUES, TEXT_TOKENS));
    const names = fc.constantFrom(...SETTINGS.map(({ env }) => env), 'TRIAGE_NO_SUCH', '__proto__');
    const paths = fc.constantFrom(...SETTINGS.map(({ path }) => path));
    return fc
      .tuple(
        fc.option(mutatedBytes(FILES, YAML_TOKENS), { freq: 4 }),
        fc.array(fc.tuple(names, values), { maxLength: 3 }),
        fc.array(fc.tuple(paths, values), { maxLength: 2 }),
      )
      .map(
        ([file, env, flags]): Input => [
          ...(file === null ? [] : [['file', file] as const]),
          ...env.map(([name, value]) => [`env ${name}`, value] as const),
          ...flags.map(([path, value]) => [`flag ${path}`, value] as const),
        ],
      );
  },
  open: () => {
    const folder = mkdtempSync(join(tmpdir(), 'triage-fuzz-'));
    const path = join(folder, 'config.yaml');
    return {
      run: (input) => {
        const text = bytesIn(input, 'file');
        if (text !== undefined) writeFileSync(path, text);
        return loaded(input, text === undefined ? undefined : path);
      },
      close: async () => rmSync(folder, { recursive: true }),
    };
  },
};

function loaded(input: Input, file: string | undefined): unknown {
  try {
    const { config, origins } = loadConfig({ flags: textsUnder(input, 'flag'), env: textsUnder(input, 'env'), file });
    hold(
      SETTINGS.every((setting) => origins[setting.path] !== undefined),
      'every setting has an origin',
    );
    const shown = JSON.stringify(displayConfig(config));
    hold(SETTINGS.length > 0 && shown.length > 0, 'settings can be shown');
    return config;
  } catch (error) {
    if (!(error instanceof TriageError) || error.kind !== 'usage') throw error;
    hold(error.message !== '', 'a wrong setting is named');
    return error;
  }
}

function textsUnder(input: Input, prefix: string): Record<string, string> {
  return Object.fromEntries(partsUnder(input, prefix).map(([name, part]) => [name, part.toString()]));
}
