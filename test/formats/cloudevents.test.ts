import { describe, expect, it } from 'vitest';
import { cloudEvents } from '../../src/formats/cloudevents.ts';
import type { Headers } from '../../src/transport/port.ts';
import { eventIn, letterIn, OPTIONS, recordOf } from './support.ts';

const decode = (value: unknown, headers?: Headers) => cloudEvents(OPTIONS).decode(recordOf(value, headers));

// The attributes of the examples in
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md#32-examples
const ENVELOPE = {
  specversion: '1.0',
  type: 'com.example.someevent',
  source: '/mycontext',
  subject: null,
  id: 'C234-1234-1234',
  time: '2018-04-05T17:31:00Z',
  comexampleextension1: 'value',
  comexampleothervalue: 5,
};

// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md#325-example
const BINARY: Headers = {
  ce_specversion: Buffer.from('1.0'),
  ce_type: Buffer.from('com.example.someevent'),
  ce_source: Buffer.from('/mycontext/subcontext'),
  ce_id: Buffer.from('1234-1234-1234'),
  ce_time: Buffer.from('2018-04-05T03:56:24Z'),
  'content-type': Buffer.from('application/json; charset=UTF-8'),
};

describe('a CloudEvent in structured mode', () => {
  it('is its data, completed by the envelope', () => {
    const event = eventIn(
      decode({ ...ENVELOPE, datacontenttype: 'application/json', data: { message: 'boom', attempt: 3 } }),
    );
    expect(event).toMatchObject({
      message: 'boom',
      id: 'C234-1234-1234',
      timestampMs: Date.parse('2018-04-05T17:31:00Z'),
      connectorId: '/mycontext',
      app: undefined,
    });
    expect({ ...event.attributes }).toEqual({
      attempt: 3,
      ce_type: 'com.example.someevent',
      ce_source: '/mycontext',
      ce_comexampleextension1: 'value',
      ce_comexampleothervalue: 5,
    });
  });

  it('has the trace of the envelope and the request of the data', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const data = { message: 'x', correlation: { request_id: 'r' } };
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    expect(eventIn(decode({ ...ENVELOPE, traceparent, data })).correlation).toEqual({ traceId, requestId: 'r' });
    const own = { message: 'x', correlation: { trace_id: 'own' } };
    expect(eventIn(decode({ ...ENVELOPE, traceparent, data: own })).correlation?.traceId).toBe('own');
  });

  it('lets the data speak first', () => {
    const data = { message: 'x', id: 'own', app: 'Slack', connector_id: 'c1', severity: 'warn', timestamp: 1.8e12 };
    expect(eventIn(decode({ ...ENVELOPE, severitynumber: 17, source: '/box/1', data }))).toMatchObject({
      id: 'own',
      app: 'Slack',
      connectorId: 'c1',
      severity: 'warn',
      timestampMs: 1.8e12,
    });
  });

  it('takes severity, trace and app from the extensions, the app also from source or type', () => {
    const extended = {
      ...ENVELOPE,
      severitytext: 'ERR',
      severitynumber: 18,
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      tenantid: 't1',
      connectorid: 'okta-eu',
      type: 'com.okta.event',
      data: 'boom',
    };
    expect(eventIn(decode(extended))).toMatchObject({
      message: 'boom',
      severity: 'error',
      correlation: { traceId: '4bf92f3577b34da6a3ce929d0e0e4736' },
      tenantId: 't1',
      connectorId: 'okta-eu',
      app: 'okta',
    });
    expect(eventIn(decode({ ...extended, app: 'Box' })).app).toBe('Box');
  });

  it.each([
    ['a JSON text', { data: "I'm just a string" }, "I'm just a string"],
    ['XML', { datacontenttype: 'application/xml', data: '<much wow="xml"/>' }, '<much wow="xml"/>'],
    ['Base64 of JSON', { data_base64: Buffer.from('{"message":"b"}').toString('base64') }, 'b'],
    ['Base64 of text', { datacontenttype: 'text/plain', data_base64: Buffer.from('b').toString('base64') }, 'b'],
    ['Elastic Common Schema', { data: { 'ecs.version': '1', 'error.message': 'e' } }, 'e'],
  ])('may have %s as its data', (_, data, message) => {
    expect(eventIn(decode({ ...ENVELOPE, ...data })).message).toBe(message);
  });

  it.each([
    ['no data', ENVELOPE, 'missing-message'],
    ['data without a message', { ...ENVELOPE, data: { a: 1 } }, 'missing-message'],
    [
      'bytes of another type',
      { ...ENVELOPE, datacontenttype: 'application/avro', data_base64: 'AAAA' },
      'wrong-format',
    ],
    ['another version', { ...ENVELOPE, specversion: '0.3', data: 'x' }, 'wrong-format'],
    ['no version', { message: 'x' }, 'wrong-format'],
  ])('with %s is set aside', (_, value, reason) => {
    expect(letterIn(decode(value)).reason).toBe(reason);
  });

  it('is told by its content type, whatever other headers say', () => {
    const headers = { ...BINARY, 'content-type': 'application/cloudevents+json; charset=UTF-8' };
    expect(eventIn(decode({ ...ENVELOPE, data: 'x' }, headers)).id).toBe('C234-1234-1234');
    const avro = { 'content-type': 'application/cloudevents+avro' };
    expect(letterIn(decode(ENVELOPE, avro)).reason).toBe('wrong-format');
  });
});

describe('a CloudEvent in binary mode', () => {
  it('has its attributes in headers', () => {
    const event = eventIn(decode({ message: 'boom' }, { ...BINARY, other: 'x' }));
    expect(event).toMatchObject({
      message: 'boom',
      id: '1234-1234-1234',
      timestampMs: Date.parse('2018-04-05T03:56:24Z'),
      connectorId: '/mycontext/subcontext',
    });
    expect({ ...event.attributes }).toEqual({ ce_type: 'com.example.someevent', ce_source: '/mycontext/subcontext' });
  });

  it('may have a text, or JSON of no stated type', () => {
    const plain = { ...BINARY, 'content-type': 'text/plain' };
    expect(eventIn(decode(Buffer.from('boom'), plain)).message).toBe('boom');
    const { 'content-type': _, ...untyped } = BINARY;
    expect(eventIn(decode({ message: 'm' }, untyped)).message).toBe('m');
  });

  it('is a tombstone without a value, and set aside when its data cannot be read', () => {
    expect(decode(null, BINARY)).toEqual({ kind: 'tombstone' });
    expect(letterIn(decode(Buffer.from('{'), BINARY)).reason).toBe('not-json');
    expect(letterIn(decode(Buffer.alloc(0), BINARY)).reason).toBe('empty-value');
    expect(letterIn(decode(Buffer.alloc(1_000_001), BINARY)).reason).toBe('record-too-large');
    expect(letterIn(decode({}, { ...BINARY, 'content-type': 'application/avro' }))).toMatchObject({
      reason: 'wrong-format',
      error: expect.stringContaining('application/avro'),
    });
  });
});
