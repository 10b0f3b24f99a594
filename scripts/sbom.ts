/**
 * `npm run sbom`: what an installation brings, as CycloneDX JSON on stdout, from the lock file alone.
 *
 * `npm sbom --omit dev` leaves out packages that development tools need as well (yaml, zod), so npm lists everything, and
 * what is for development only is taken out here; so are the Node binaries of a checkout, which are not published.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

interface Bom {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Manifest {
  readonly name: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const root = new URL('..', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as Manifest;
const json = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], {
  cwd: fileURLToPath(root),
  encoding: 'utf8',
  maxBuffer: 100_000_000,
  // npm is a script on Windows.
  shell: process.platform === 'win32',
});
process.stdout.write(`${JSON.stringify(published(JSON.parse(json) as Bom), null, 2)}\n`);

function published(bom: Bom): Bom {
  const components = bom.components.filter(
    ({ name, properties = [] }) =>
      !(name in (manifest.optionalDependencies ?? {})) &&
      !properties.some((property) => property.name === 'cdx:npm:package:development' && property.value === 'true'),
  );
  // npm calls the project after its folder.
  const component = { ...bom.metadata.component, name: manifest.name };
  const refs = new Set([component, ...components].map((each) => each['bom-ref']));
  const dependencies = bom.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)) }));
  return { ...bom, metadata: { ...bom.metadata, component }, components, dependencies };
}
