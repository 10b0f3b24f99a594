/**
 * Sends spans to a collector as OTLP over HTTP, in the JSON form that every collector takes. Traces are a help, not a duty:
 * what a collector does not take is dropped, the stream never waits for it, and memory is bounded.
 */
import { networkReasonOf } from '../errors.ts';
import type { Span } from './batch-span.ts';
import { text } from './batch-span.ts';

const SEND_EVERY_MS = 1_000;
const MAX_QUEUED = 2_048;
const MAX_PER_REQUEST = 512;
const ANSWER_MS = 10_000;
/** At the end, what is left gets so long. */
const LAST_ANSWER_MS = 1_000;

export interface SpanExporterOptions {
  /** Of the collector, such as `http://127.0.0.1:4318`. */
  readonly endpoint: string;
  readonly version: string;
  readonly logger: {
    info(fields: { readonly event: string }, message: string): void;
    warn(fields: { readonly event: string; readonly reason: string }, message: string): void;
  };
}

export class SpanExporter {
  private readonly options: SpanExporterOptions;
  private readonly url: string;
  private readonly timer: NodeJS.Timeout;
  private queue: Span[] = [];
  private sending: Promise<void> | undefined;
  private isFailing = false;
  /** Spans that found no room since the last request began. */
  private overflowed = 0;

  constructor(options: SpanExporterOptions) {
    this.options = options;
    this.url = `${options.endpoint.replace(/\/+$/, '')}/v1/traces`;
    this.timer = setInterval(() => {
      if (this.queue.length > 0) this.sending ??= this.send(ANSWER_MS);
    }, SEND_EVERY_MS).unref();
  }

  /** Dropped, which is told, when too many wait. */
  add(span: Span): void {
    if (this.queue.length < MAX_QUEUED) this.queue.push(span);
    else this.overflowed++;
  }

  /** Sends what is left, for a short time. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await Promise.race([this.sending, new Promise((resolve) => setTimeout(resolve, LAST_ANSWER_MS).unref())]);
    if (this.queue.length > 0 && this.sending === undefined) await this.send(LAST_ANSWER_MS);
  }

  private async send(timeoutMs: number): Promise<void> {
    const spans = this.queue.splice(0, MAX_PER_REQUEST);
    const { overflowed } = this;
    this.overflowed = 0;
    try {
      const answer = await fetch(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(this.requestOf(spans)),
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'error',
      });
      await answer.body?.cancel();
      const tooSlow = overflowed > 0 ? 'spans come faster than it takes them' : undefined;
      this.tell(answer.ok ? tooSlow : `status ${answer.status}`);
    } catch (error) {
      this.tell(networkReasonOf(error));
    } finally {
      this.sending = undefined;
    }
  }

  /** Once for each change. `reason`: why spans are dropped. */
  private tell(reason: string | undefined): void {
    const { logger, endpoint } = this.options;
    if ((reason !== undefined) === this.isFailing) return;
    this.isFailing = reason !== undefined;
    if (reason === undefined) logger.info({ event: 'traces-ok' }, 'traces are exported again');
    else {
      const fields = { event: 'traces-dropped', reason: `${endpoint}: ${reason}` };
      logger.warn(fields, 'the collector does not take traces: they are dropped until it does');
    }
  }

  private requestOf(spans: readonly Span[]): object {
    const { version } = this.options;
    const resource = {
      attributes: [text('service.name', 'connector-triage'), text('service.version', version)],
    };
    return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'connector-triage', version }, spans }] }] };
  }
}
