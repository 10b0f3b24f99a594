/** This machine: Node, the catalog, the port. */
import { createServer } from 'node:http';
import { checkCatalog } from '../catalog/check.ts';
import { loadCatalog } from '../catalog/load.ts';
import type { Config } from '../config.ts';
import { messageOf } from '../errors.ts';
import { compile } from '../matcher/matcher.ts';
import { NODE_MIN } from '../version.ts';
import { type Check, counted, ok, problem, warning } from './check.ts';

/** `version`: as `process.versions.node`. */
export function checkNode(version: string): Check {
  const isNew = version.localeCompare(NODE_MIN, 'en', { numeric: true }) >= 0;
  if (isNew) return ok('node', version);
  return problem('node', {
    found: version,
    consequence: 'triage does not start.',
    mend: `Install Node ${NODE_MIN} or newer.`,
  });
}

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

/** Listens for a moment. */
export async function checkHttp({ host, port }: Config['http']): Promise<Check> {
  const what = `http ${host}:${port}`;
  const server = createServer();
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  try {
    await listening;
    await new Promise((resolve) => server.close(resolve));
    return ok(what, port === 0 ? 'a free port will be taken' : 'free');
  } catch (error) {
    return problem(what, {
      found: messageOf(error),
      consequence: 'triage run does not start: it cannot serve /metrics and the probes there.',
      mend: 'Choose another address with --http-port and --http-host, unless it is triage itself that runs there.',
    });
  }
}
