import { describe, expect, it } from 'vitest';
import { ecs } from '../../src/formats/ecs.ts';
import { eventIn, letterIn, OPTIONS, recordOf } from './support.ts';

const decode = (value: unknown) => ecs(OPTIONS).decode(recordOf(value));

describe('Elastic Common Schema', () => {
  it('reads the line of an ECS logger, with names that have dots', () => {
    // The shape of https://www.elastic.co/guide/en/ecs-logging/java/current/setup.html
    const event = eventIn(
      decode({
        '@timestamp': '2019-08-06T12:09:12.375Z',
        'log.level': 'ERROR',
        message: 'poll failed',
        'ecs.version': '1.2.0',
        'service.name': 'box-connector',
        'process.thread.name': 'main',
        'log.logger': 'org.example.Poller',
        'error.type': 'java.lang.RuntimeException',
        'error.message': 'test',
        'error.stack_trace': 'java.lang.RuntimeException: test\n\tat org.example.Poller.run(Poller.java:7)\n',
        'trace.id': '4bf92f3577b34da6a3ce929d0e0e4736',
      }),
    );
    expect(event).toMatchObject({
      message: 'poll failed',
      timestampMs: Date.parse('2019-08-06T12:09:12.375Z'),
      severity: 'error',
      app: 'box',
      connectorId: 'box-connector',
      error: { type: 'java.lang.RuntimeException', message: 'test', code: undefined, httpStatus: undefined },
      correlation: { traceId: '4bf92f3577b34da6a3ce929d0e0e4736' },
    });
    expect(event.error!.stackTrace).toContain('Poller.java:7');
    expect({ ...event.attributes }).toEqual({
      'ecs.version': '1.2.0',
      'process.thread.name': 'main',
      'log.logger': 'org.example.Poller',
    });
  });

  it('reads the document of a Filebeat module, with objects in objects', () => {
    const event = eventIn(
      decode({
        '@timestamp': '2024-05-01T10:00:00Z',
        ecs: { version: '8.11.0' },
        event: { id: 'e-1', module: 'okta', dataset: 'okta.system' },
        error: { code: 'E0000011', message: 'Invalid token provided' },
        http: { response: { status_code: 401 }, request: { id: 'r-9' } },
        organization: { id: 'acme' },
        labels: { connector_id: 'okta-eu-1' },
        host: { name: 'h1' },
      }),
    );
    expect(event).toMatchObject({
      message: 'Invalid token provided',
      id: 'e-1',
      app: 'okta',
      connectorId: 'okta-eu-1',
      tenantId: 'acme',
      error: { code: 'E0000011', httpStatus: 401, message: 'Invalid token provided' },
      correlation: { requestId: 'r-9' },
    });
    expect(event.attributes).toMatchObject({ 'event.module': 'okta', 'host.name': 'h1', 'ecs.version': '8.11.0' });
  });

  it('reads native JSON that Filebeat shipped, with the app that its settings add', () => {
    const native = { message: 'm', level: 'warn', connector_id: 'c1', tenant_id: 't1', error: { http_status: 503 } };
    const shipped = {
      ...native,
      '@timestamp': '2024-05-01T10:00:00Z',
      ecs: { version: '8.0.0' },
      fields: { app: 'box' },
    };
    expect(eventIn(decode(shipped))).toMatchObject({
      severity: 'warn',
      app: 'box',
      connectorId: 'c1',
      tenantId: 't1',
      error: { httpStatus: 503 },
    });
  });

  it('does not repeat a long name for each field below it', () => {
    const name = 'n'.repeat(10_000);
    const { attributes } = eventIn(decode({ message: 'x', [name]: { a: 1, b: 2 }, short: { a: 1, b: 2 } }));
    expect(Object.keys(attributes)).toEqual([name, 'short.a', 'short.b']);
  });

  it('names no app when a service is called like none, and none that is only similar', () => {
    for (const name of ['my-service', 'dropbox-sink', 'box-to-slack']) {
      expect(eventIn(decode({ message: 'x', 'service.name': name })).app).toBeUndefined();
    }
  });

  it('sets aside what has no text at all, and says where one was looked for', () => {
    expect(letterIn(decode({ '@timestamp': '2024-05-01T10:00:00Z', 'ecs.version': '1' }))).toMatchObject({
      reason: 'missing-message',
      error: expect.stringContaining('"error.message"'),
    });
  });

  it('keeps odd names and deep values as attributes, without harm', () => {
    const deep = `{"message":"x","__proto__":{"polluted":1},"a":${'{"b":'.repeat(5_000)}1${'}'.repeat(5_000)}}`;
    const { attributes } = eventIn(decode(Buffer.from(deep)));
    expect(Object.keys(attributes)).toContain('__proto__.polluted');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});
