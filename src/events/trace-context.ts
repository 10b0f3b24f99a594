/**
 * The W3C trace context in the headers of a record: where the record stands in a distributed trace. It is carried along only
 * when it is what the standard says, so that nothing else gets into the output this way.
 */
import type { Headers } from '../transport/port.ts';

export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
}

const PARENT = /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}$/;
/** Members `key=value` between commas: how they look within is for their vendors. */
const STATE = /^[a-z\d][\x21-\x2b\x2d-\x3c\x3e-\x7e]*=[\x20-\x7e]+$/;
const MAX_STATE_CHARS = 512;
const NOTHING = /^0+$/;

/** Undefined where the headers have none, an invalid one, or more than one. */
export function traceContextOf(headers: Headers): TraceContext | undefined {
  const [, traceId, spanId] = PARENT.exec(textOf(headers.traceparent)) ?? [];
  if (traceId === undefined || spanId === undefined || NOTHING.test(traceId) || NOTHING.test(spanId)) return undefined;
  return { traceId, spanId };
}

/** Those headers that an event made of the record gets, too. */
export function traceHeadersOf(headers: Headers): Headers {
  if (traceContextOf(headers) === undefined) return {};
  const state = textOf(headers.tracestate);
  return {
    traceparent: textOf(headers.traceparent),
    ...(state.length <= MAX_STATE_CHARS && STATE.test(state) ? { tracestate: state } : {}),
  };
}

/** Empty for what occurs more than once: nobody could tell which one holds. */
function textOf(value: Headers[string]): string {
  return typeof value === 'string' || Buffer.isBuffer(value) ? value.toString() : '';
}
