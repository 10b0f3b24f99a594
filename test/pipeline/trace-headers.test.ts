import { expect, it } from 'vitest';
import { processRecord } from '../../src/pipeline/pipeline.ts';
import type { Headers } from '../../src/transport/port.ts';
import { matcher, OPTIONS, PROCESSED_AT, recordOf } from './records.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function headersOut(headers: Headers, message = 'Service timeout'): Headers {
  const record = { ...recordOf({ app: 'box', message }), headers };
  return processRecord(record, matcher, PROCESSED_AT, OPTIONS)[0].outbound!.headers;
}

it.each(['Service timeout', 'never seen'])(
  'an event stays in the trace of its record, and gets none of its other headers: %s',
  (message) => {
    const headers = { traceparent, tracestate: 'rojo=00f067aa0ba902b7', authorization: 'Bearer x' };
    expect(headersOut(headers, message)).toEqual({ traceparent, tracestate: 'rojo=00f067aa0ba902b7' });
    expect(headersOut({ other: 'x' }, message)).toEqual({});
  },
);

it('a secret does not come into the output by way of the trace state', () => {
  expect(headersOut({ traceparent, tracestate: 'a=Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl' })).toEqual(
    { traceparent },
  );
});
