import { describe, expect, it } from 'vitest';
import { traceContextOf, traceHeadersOf } from '../../src/events/trace-context.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const PARENT = `00-${TRACE}-${SPAN}-01`;

describe('the trace context of a record', () => {
  it('is read from texts and bytes, and carried on as it came', () => {
    const expected = { traceparent: PARENT, tracestate: 'rojo=00f067aa,congo=t61' };
    expect(traceContextOf({ traceparent: PARENT })).toEqual({ traceId: TRACE, spanId: SPAN });
    const bytes = { traceparent: Buffer.from(PARENT), tracestate: Buffer.from('rojo=00f067aa,congo=t61'), other: 'x' };
    expect(traceHeadersOf(bytes)).toEqual(expected);
  });

  it.each([
    ['of version ff', `ff-${TRACE}-${SPAN}-01`],
    ['in capitals', PARENT.toUpperCase()],
    ['too short', PARENT.slice(0, -1)],
    ['too long', `${PARENT}-secret`],
    ['of the trace nothing', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['of the span nothing', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['given twice', [PARENT, PARENT]],
    ['empty', ''],
  ])('is left out when it is %s', (_, traceparent) => {
    expect(traceHeadersOf({ traceparent, tracestate: 'a=b' })).toEqual({});
  });

  it.each(['', 'a', 'a=é', 'a=b\nc=d', `a=${'b'.repeat(600)}`])(
    'leaves out the state %j, and keeps the parent',
    (tracestate) => {
      expect(traceHeadersOf({ traceparent: PARENT, tracestate })).toEqual({ traceparent: PARENT });
    },
  );
});
