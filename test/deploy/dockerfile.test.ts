import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../../src/version.ts';
import { instructions, ROOT, textOf } from './files.ts';

/** What is copied from the project, such as `src`. */
const FROM_PROJECT = instructions('COPY')
  .filter((value) => !value.startsWith('--from='))
  .flatMap((value) => value.split(/\s+/).slice(0, -1));

const IN_IMAGE = instructions('COPY', 'image').map((value) => value.split(/\s+/).at(-1)!.replace('./', ''));

describe('Dockerfile', () => {
  it('pins the base image of every stage', () => {
    const args = instructions('ARG').map((value) => value.split('='));
    const images = instructions('FROM').map((value) =>
      value
        .split(' ')[0]!
        .replaceAll(/\$\{(\w+)\}/g, (_, name: string) => args.find(([arg]) => arg === name)?.[1] ?? ''),
    );
    expect(images.length).toBeGreaterThan(1);
    for (const image of images) expect(image).toMatch(/^node:24\.\d+\.\d+-[a-z]+-slim$/);
  });

  it('copies files that exist and that .dockerignore lets through', () => {
    const allowed = textOf('.dockerignore').matchAll(/^!(.*)$/gm);
    expect(FROM_PROJECT.toSorted()).toEqual([...allowed].map(([, name]) => name).toSorted());
    for (const path of FROM_PROJECT) expect(existsSync(new URL(path, ROOT)), path).toBe(true);
  });

  it('has in the image what the code reads beside itself', () => {
    const sources = readdirSync(new URL('src', ROOT), { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.ts'),
    );
    const read = sources.flatMap((path) =>
      [...textOf(`src/${path}`).matchAll(/new URL\(['"`](\.[^'"`$]*)['"`], import\.meta\.url\)/g)].map(
        ([, relative]) => {
          const url = new URL(relative!, new URL(`src/${path}`, ROOT));
          return fileURLToPath(url).slice(fileURLToPath(ROOT).length);
        },
      ),
    );
    expect(read).toEqual(expect.arrayContaining(['catalog', 'package.json']));
    expect(read.filter((path) => !IN_IMAGE.includes(path.split('/')[0]!))).toEqual([]);
  });

  it('installs what the lock file says, without the tools of developers', () => {
    expect(instructions('RUN').join('\n')).toContain('npm ci --omit=dev --omit=optional --ignore-scripts');
  });

  it('runs as a numbered user that is not root', () => {
    expect(instructions('USER', 'image')).toEqual([expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
  });

  it('starts Node without a shell, so that signals reach it', () => {
    const [entrypoint] = instructions('ENTRYPOINT', 'image');
    expect(JSON.parse(entrypoint!)).toEqual(['node', '/app/src/main.ts']);
    expect(JSON.parse(instructions('CMD', 'image')[0]!)).toEqual(['run']);
  });

  it('labels the image with this version', () => {
    expect(instructions('ARG', 'image')).toContain(`VERSION=${VERSION}`);
    const labels = instructions('LABEL', 'image').join(' ');
    for (const name of ['title', 'description', 'licenses', 'version', 'revision'])
      expect(labels).toContain(`org.opencontainers.image.${name}=`);
  });
});
