/** This machine: the catalog, the port. */
import { createServer } from 'node:http';
import { checkCatalog } from '../catalog/check.ts';
import { loadCatalog } from '../catalog/load.ts';
import type { Config } from '../config.ts';
import type { ChangeLog } from '../credentials/tls-files.ts';
import { messageOf } from '../errors.ts';
import { isThisMachine } from '../http/loopback.ts';
import { httpOptions } from '../http-options.ts';
import { compile } from '../matcher/matcher.ts';
import { type Check, counted, ok, problem, warning } from './check.ts';
import { checkCertificates } from './security-checks.ts';

export function checkCatalogFolder(folder: string): Check {
  const what = 'catalog';
  try {
    const catalog = loadCatalog(folder);
    const findings = checkCatalog(compile(catalog));
    const errors = findings.filter(({ severity }) => severity === 'error');
    const found = `${catalog.version}, ${catalog.entries.length} entries, ${counted(findings.length, 'finding')}`;
    if (findings.length === 0) return ok(what, found);
    const trouble = {
      found: `${found}; the first: ${(errors[0] ?? findings[0])?.message}`,
      consequence: errors.length > 0 ? 'Some errors get the wrong entry or none.' : 'Some entries may never be given.',
      mend: `See all of them: triage catalog check --catalog ${folder}`,
    };
    return errors.length > 0 ? problem(what, trouble) : warning(what, trouble);
  } catch (error) {
    return problem(what, {
      found: messageOf(error),
      consequence: 'triage run does not start.',
      mend: `Correct it; triage catalog check --catalog ${folder} shows every mistake.`,
    });
  }
}

/** What is to be said is in the answer. */
const QUIET: ChangeLog = { info: () => undefined, warn: () => undefined };

/** Reads what signs in and the certificates, and listens for a moment. */
export async function checkHttp(http: Config['http'], nowMs: number): Promise<Check[]> {
  try {
    const { tls } = httpOptions(http, QUIET);
    return [...checkCertificates(tls?.certificates() ?? [], nowMs), await checkPort(http)];
  } catch (error) {
    return [
      problem(portOf(http), {
        found: messageOf(error),
        consequence: 'triage run does not start.',
        mend: 'Correct the file, or the setting that names it.',
      }),
    ];
  }
}

function portOf({ host, port }: Config['http']): string {
  return `http ${host}:${port}`;
}

async function checkPort(http: Config['http']): Promise<Check> {
  const { host, port, tls } = http;
  const what = portOf(http);
  const server = createServer();
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  try {
    await listening;
    await new Promise((resolve) => server.close(resolve));
    const found = port === 0 ? 'a free port will be taken' : 'free';
    if (tls.certFile !== '' || isThisMachine(host)) return ok(what, found);
    return warning(what, {
      found: `${found}; other machines can reach it, without TLS`,
      consequence: 'The token and all data go over the network in the clear.',
      mend: 'Set http.tls.certFile and http.tls.keyFile, or see to it that only a proxy with TLS reaches the port.',
    });
  } catch (error) {
    return problem(what, {
      found: messageOf(error),
      consequence: 'triage run does not start: it cannot serve /metrics and the probes there.',
      mend: 'Choose another address with --http-port and --http-host, unless it is triage itself that runs there.',
    });
  }
}
