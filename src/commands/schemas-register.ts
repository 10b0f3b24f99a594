/** `triage schemas register`: gives the schema registry the schema of resolution events. */
import type { Command } from 'commander';
import { TriageError } from '../errors.ts';
import { print } from './print.ts';
import { addSettings, REGISTRY_SETTINGS, readSettings } from './settings-options.ts';

/** Milliseconds for one try: somebody waits for the answer. */
const LIMIT_MS = 15_000;

export function addSchemasRegister(schemas: Command): void {
  const command = schemas
    .command('register')
    .description('Register the schema of resolution events in the subject that `triage run` looks for it in.');
  addSettings(command, [...REGISTRY_SETTINGS, 'topics.output']).action(async () => {
    const { config } = readSettings(command);
    if (config.registry.url === '') {
      throw new TriageError('usage', 'expected the address of the schema registry in registry.url (--registry-url)');
    }
    const [{ createLogger }, { Registry }, { outputSubject }, { NoAnswerError }] = await Promise.all([
      import('../telemetry/logger.ts'),
      import('../registry.ts'),
      import('../avro/output-subject.ts'),
      import('../avro/registry-http.ts'),
    ]);
    const logger = createLogger({ ...config.log, redaction: config.redaction, destination: process.stderr });
    const signal = AbortSignal.timeout(LIMIT_MS);
    const registry = new Registry({ config, logger, signal, now: Date.now });
    try {
      const id = await registry.register(signal);
      await print(`resolution-event is schema ${id} in subject ${outputSubject(config)} of ${config.registry.url}\n`);
    } catch (error) {
      if (error instanceof NoAnswerError) throw new TriageError('transport', `the schema registry ${error.message}`);
      throw error;
    } finally {
      registry.close();
    }
  });
}
