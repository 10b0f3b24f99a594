/** The schema registry: is it there, does it take the login, does it have what the output needs? */
import { outputSubject } from '../avro/output-subject.ts';
import { NoAnswerError } from '../avro/registry-http.ts';
import type { Config } from '../config.ts';
import type { ChangeLog } from '../credentials/tls-files.ts';
import { messageOf, TriageError } from '../errors.ts';
import { openRegistry, type Registry, registerHint } from '../registry.ts';
import { type Check, ok, problem, unknown, warning } from './check.ts';
import { checkCertificates } from './security-checks.ts';

/** Milliseconds for all questions together: somebody waits for the answer. */
const LIMIT_MS = 15_000;
const NAME = 'schema registry';

/** None without a registry in the settings. */
export async function checkRegistry(config: Config, logger: ChangeLog, nowMs: () => number): Promise<Check[]> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  let registry: Registry | undefined;
  try {
    registry = openRegistry(config, { logger, signal, now: nowMs });
    if (registry === undefined) return [];
    return [...checkCertificates(registry.certificates(), nowMs()), ...(await ask(registry, config, signal))];
  } catch (error) {
    if (!(error instanceof TriageError)) throw error;
    return [
      problem(NAME, {
        found: messageOf(error),
        consequence: 'triage run does not start.',
        mend: 'Correct the setting.',
      }),
    ];
  } finally {
    registry?.close();
  }
}

async function ask(registry: Registry, config: Config, signal: AbortSignal): Promise<Check[]> {
  try {
    await registry.client.ping(signal);
    return [...reached(config), ...(await checkOutput(registry, config, signal))];
  } catch (error) {
    if (!(error instanceof NoAnswerError) && !signal.aborted) throw error;
    const waits =
      config.format.output === 'avro' ? 'triage run waits for it at the start' : 'Records in Avro wait for it';
    return [
      problem(NAME, {
        found: signal.aborted ? `${config.registry.url} gave no answer within ${LIMIT_MS / 1_000} s` : messageOf(error),
        consequence: `${waits}; nothing is lost.`,
        mend: 'Correct this first, then ask again.',
      }),
    ];
  }
}

function reached({ registry }: Config): Check[] {
  const hasLogin = [registry.token, registry.tokenFile, registry.password, registry.passwordFile].some(
    (each) => each !== '',
  );
  if (!hasLogin || registry.url.startsWith('https:')) return [ok(NAME, registry.url)];
  return [
    warning(NAME, {
      found: `${registry.url}, a login without TLS`,
      consequence: 'Who listens on the way to the registry reads the login.',
      mend: 'Use an https:// address in registry.url.',
    }),
  ];
}

async function checkOutput(registry: Registry, config: Config, signal: AbortSignal): Promise<Check[]> {
  if (config.format.output !== 'avro') return [];
  const subject = outputSubject(config);
  const what = `subject ${subject}`;
  const id = await registry.findOutputSchema(signal);
  if (id !== undefined) return [ok(what, `the schema of resolution events is schema ${id}`)];
  if (config.registry.autoRegister)
    return [unknown(what, 'the schema of resolution events is registered at the start')];
  return [
    problem(what, {
      found: 'the schema of resolution events is not in it',
      consequence: 'triage run does not start.',
      mend: registerHint(config),
    }),
  ];
}
