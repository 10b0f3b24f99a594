import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { VERSION } from '../../src/version.ts';

const ROOT = new URL('../../', import.meta.url);

interface Bom {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly name: string; readonly purl: string } };
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  readonly components: readonly {
    readonly 'bom-ref': string;
    readonly purl: string;
    readonly licenses?: readonly unknown[];
    readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  }[];
}

interface LockedPackage {
  readonly version: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly peer?: boolean;
}

it('npm run sbom lists what is installed for production, each with its license and hash', async () => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'sbom'], {
    cwd: fileURLToPath(ROOT),
    env: { ...process.env, npm_config_offline: 'true' },
    maxBuffer: 10_000_000,
  });
  const { bomFormat, metadata, components, dependencies } = JSON.parse(stdout) as Bom;
  expect(bomFormat).toBe('CycloneDX');
  const purl = `pkg:npm/connector-triage@${VERSION}`;
  expect(metadata.component).toMatchObject({ name: 'connector-triage', purl });
  const { packages } = JSON.parse(readFileSync(new URL('package-lock.json', ROOT), 'utf8')) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  const locked = Object.entries(packages).filter(
    ([path, { dev, optional, peer }]) => path !== '' && !dev && !optional && !peer,
  );
  const purls = locked.map(([path, { version }]) => {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return `pkg:npm/${name.replace('@', '%40')}@${version}`;
  });
  expect(purls.length).toBeGreaterThan(5);
  expect(components.map(({ purl }) => purl).sort()).toEqual(purls.sort());
  for (const { licenses = [], hashes = [] } of components) {
    expect(licenses).not.toEqual([]);
    expect(hashes).toMatchObject([{ alg: 'SHA-512' }]);
  }
  const refs = [`connector-triage@${VERSION}`, ...components.map((component) => component['bom-ref'])];
  expect(dependencies.map(({ ref }) => ref).sort()).toEqual(refs.sort());
  expect(refs).toEqual(expect.arrayContaining(dependencies.flatMap(({ dependsOn }) => dependsOn)));
});
