import { describe, expect, it } from 'vitest';
import { Dashboard } from '../../src/dashboard/dashboard.ts';
import { OPERATIONS, openApiDocument } from '../../src/dashboard/openapi.ts';
import { DEFAULT_REDACTOR } from '../../src/redaction/redactor.ts';
import { matcher } from '../pipeline/records.ts';

const TEXT = JSON.stringify(openApiDocument('1.2.3'));

describe('the OpenAPI document', () => {
  it('has every route, and no other', () => {
    const all = new Dashboard({
      matcher: () => matcher,
      redactor: DEFAULT_REDACTOR,
      status: () => ({ phase: 'running', problems: [] }),
      version: '1.2.3',
      now: () => 0,
    }).routes;
    const routes = all.filter(({ path }) => path.startsWith('/api/v1/'));
    const shape = (path: string) => path.replace(/:\w+|\{\w+\}/g, '*');
    expect(routes.map(({ method, path }) => [method.toLowerCase(), shape(path)])).toEqual(
      OPERATIONS.map(({ method, path }) => [method, shape(path)]),
    );
    expect(routes.every(({ access }) => access === 'guarded')).toBe(true);
  });

  it('refers only to schemas that it has, and has only schemas that are referred to', () => {
    const { schemas } = (JSON.parse(TEXT) as { components: { schemas: object } }).components;
    const referred = [...TEXT.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect([...new Set(referred)].sort()).toEqual(Object.keys(schemas).sort());
  });

  it('promises an error type of every connector: without errors it has no row', () => {
    const row = { properties: { dominant: { type: 'object' } } };
    expect(openApiDocument('1.2.3')).toMatchObject({ components: { schemas: { ConnectorRow: row } } });
  });

  it('leaves out patterns that say no more than the format does', () => {
    expect(TEXT).toContain('"format":"date-time"');
    expect(TEXT).not.toContain('"pattern":"^(?:(?:');
  });
});
