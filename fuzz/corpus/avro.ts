/** Schemas as producers have them, and a value for each. */
import { ownSchemaText } from '../../src/avro/own-schemas.ts';

const record = (...fields: object[]) => ({ type: 'record', name: 'Event', namespace: 'com.acme', fields });
const field = (name: string, type: unknown, rest: object = {}) => ({ name, type, ...rest });
const logical = (type: string, logicalType: string, rest: object = {}) => ({ type, logicalType, ...rest });

const PAIRS: readonly (readonly [schema: object, value: unknown])[] = [
  [
    record(field('message', 'string'), field('app', ['null', 'string'], { default: null })),
    { message: 'boom', app: null },
  ],
  [
    record(
      field('message', 'string'),
      field('at', logical('long', 'timestamp-micros')),
      field('day', logical('int', 'date')),
      field('amount', logical('bytes', 'decimal', { precision: 9, scale: 2 })),
      field('id', logical('string', 'uuid')),
      field('kind', { type: 'enum', name: 'Kind', symbols: ['A', 'B'] }),
      field('hash', { type: 'fixed', name: 'Hash', size: 4 }),
      field('tags', { type: 'map', values: 'string' }),
      field('list', { type: 'array', items: ['null', 'long', 'string'] }),
      field('ratio', 'double'),
      field('part', 'float'),
      field('flag', 'boolean'),
    ),
    {
      message: 'boom',
      at: 1_800_000_000_000_000,
      day: 20_000,
      amount: Buffer.from([1, 2]),
      id: '4bf92f35-77b3-4da6-a3ce-929d0e0e4736',
      kind: 'B',
      hash: Buffer.from([1, 2, 3, 4]),
      tags: { a: 'b', __proto__: 'c' },
      list: [3, null, 'x'],
      ratio: 637.704,
      part: 0.5,
      flag: true,
    },
  ],
  [
    record(field('message', 'string'), field('cause', ['null', 'Event'])),
    { message: 'a', cause: { message: 'b', cause: { message: 'c', cause: null } } },
  ],
  [{ type: 'map', values: 'string' }, { message: 'boom' }],
  [['null', record(field('message', ['string', 'null']))], { message: 'boom' }],
  [
    record(
      field('message', 'string'),
      field('shared', {
        type: 'record',
        name: 'Shared',
        fields: [field('deep', { type: 'array', items: { type: 'array', items: 'int' } })],
      }),
    ),
    { message: 'boom', shared: { deep: [[1, 2], []] } },
  ],
];

const OWN = ownSchemaText('connector-event');
const OWN_VALUE = {
  message: 'boom',
  id: null,
  timestamp: null,
  severity: 'error',
  app: 'box',
  connector_id: null,
  tenant_id: null,
  error: null,
  correlation: null,
  attributes: null,
};

export const SCHEMAS: readonly string[] = [...PAIRS.map(([schema]) => JSON.stringify(schema)), OWN];
export const VALUES: readonly unknown[] = [...PAIRS.map(([, value]) => value), OWN_VALUE];
