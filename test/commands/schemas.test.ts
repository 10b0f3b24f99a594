import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ownSchemaText } from '../../src/avro/own-schemas.ts';
import { runCli } from './cli.ts';

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'triage-schemas-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

describe('triage schemas show', () => {
  it('prints a schema as it is, in Avro or as JSON Schema', async () => {
    expect((await runCli(['schemas', 'show', 'connector-event'])).stdout).toBe(ownSchemaText('connector-event'));
    const { stdout } = await runCli(['schemas', 'show', 'connector-event', '--format', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object', required: ['message'] });
  });

  it('says which there are', async () => {
    const { code, stderr } = await runCli(['schemas', 'show', 'nope']);
    expect(code).toBe(2);
    expect(stderr).toContain('connector-event, resolution-event, dead-letter-headers');
  });
});

describe('triage schemas check', () => {
  it('finds our schemas compatible with the last release', async () => {
    const { code, stdout } = await runCli(['schemas', 'check']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^compatible {4}connector-event: with \d+\.\d+\.\d+$/m);
  });

  it('names every place that is not compatible, in which direction, and fails', async () => {
    const schema = JSON.parse(ownSchemaText('resolution-event'));
    const source = schema.fields.find(({ name }: { name: string }) => name === 'source');
    source.type.fields.find(({ name }: { name: string }) => name === 'offset').type = 'string';
    schema.fields.push({ name: 'wanted', type: 'int' });
    const folder = await folderWith({ 'resolution-event.avsc': JSON.stringify(schema) });
    const { code, stdout } = await runCli(['schemas', 'check', '--against', folder]);
    expect(code).toBe(1);
    expect(stdout).toContain('new           connector-event: not in ');
    expect(stdout).toContain('incompatible  resolution-event: with ');
    expect(stdout).toMatch(
      /reading what \S+ wrote: ResolutionEvent\.source\.offset is string where it is written, long where it is read/,
    );
    expect(stdout).toMatch(
      /reading what this writes: ResolutionEvent\.wanted is not written, and the reader has no default for it/,
    );
  });

  it.each([
    ['a folder that holds none', {}, 'holds none of connector-event.avsc'],
    [
      'a file that is no schema',
      { 'connector-event.avsc': '{"type":"nope"}' },
      'connector-event.avsc is no Avro schema: unknown type: "nope"',
    ],
  ])('refuses %s', async (_, files: Record<string, string>, message) => {
    const { code, stderr } = await runCli(['schemas', 'check', '--against', await folderWith(files)]);
    expect(code).toBe(5);
    expect(stderr).toContain(message);
  });
});

describe('triage schemas register', () => {
  it('needs the address of a registry that answers', async () => {
    const without = await runCli(['schemas', 'register']);
    expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('--registry-url') });
    const away = await runCli(['schemas', 'register', '--registry-url', 'http://127.0.0.1:1']);
    expect(away).toMatchObject({ code: 3, stderr: expect.stringContaining('http://127.0.0.1:1 cannot be reached') });
  });
});
