/** A served page over made-up records that go through the real pipeline, with a clock that the caller moves. */
import { loadCatalog } from '../../src/catalog/load.ts';
import { BUNDLED_CATALOG } from '../../src/config.ts';
import { Dashboard } from '../../src/dashboard/dashboard.ts';
import type { ProcessStatus } from '../../src/dashboard/pipeline-state.ts';
import { createGenerator, type Generator } from '../../src/demo/generator.ts';
import { type HttpEndpoint, serveHttp } from '../../src/http/server.ts';
import { compile } from '../../src/matcher/matcher.ts';
import { processRecord } from '../../src/pipeline/pipeline.ts';
import { DEFAULT_REDACTOR } from '../../src/redaction/redactor.ts';
import type { SourceRecord } from '../../src/transport/port.ts';

const TOPIC = 'connector.events';
const PIPELINE = {
  topics: { output: 'out', deadLetter: 'dlq' },
  limits: { recordBytes: 10_485_760, messageChars: 32_768 },
  mayInfer: true,
  version: '1.2.3',
};

export interface StageOptions {
  readonly startMs: number;
  readonly eventsPerSecond?: number;
  readonly token?: string;
}

export class Stage {
  /** Milliseconds since 1970, as the service sees it. */
  nowMs: number;
  status: ProcessStatus = { phase: 'running', problems: [] };
  /** Another one takes over as after a change of the catalog. */
  matcher = compile(loadCatalog(BUNDLED_CATALOG));
  readonly dashboard: Dashboard;
  readonly #generator: Generator;
  readonly #token: string | undefined;
  #http: HttpEndpoint | undefined;
  #offset = 0;

  /** `eventsPerSecond`: of the demo's records, by their own time. `token`: asked of who wants to see the page. */
  constructor({ startMs, eventsPerSecond = 10, token }: StageOptions) {
    this.nowMs = startMs;
    this.#token = token;
    this.#generator = createGenerator({ seed: 7, catalog: this.matcher.catalog, startMs, eventsPerSecond });
    this.dashboard = new Dashboard({
      matcher: () => this.matcher,
      redactor: DEFAULT_REDACTOR,
      status: () => this.status,
      version: PIPELINE.version,
      now: () => this.nowMs,
    });
    this.dashboard.assign([{ topic: TOPIC, partition: 0 }]);
  }

  /** `port` 0 takes a free one. Resolves with the address. */
  async open(port = 0): Promise<string> {
    const token = this.#token;
    this.#http = await serveHttp({
      host: '127.0.0.1',
      port,
      routes: this.dashboard.routes,
      signIn: { token: token === undefined ? undefined : () => token, clientCertificates: false },
      // A browser that loads page after page asks more than a person does.
      limits: { requestsPerSecond: 10_000 },
      now: Date.now,
      logger: { error: (fields, message) => console.error(message, fields) },
    });
    return this.#http.url;
  }

  async close(): Promise<void> {
    await this.#http?.close();
    this.#http = undefined;
  }

  /** Finishes one batch of these values now. A value that is no Buffer is sent as JSON. */
  add(values: readonly (object | Buffer)[]): void {
    const records = values.map((value) => this.#recordOf(value));
    const at = new Date(this.nowMs).toISOString();
    const outcomes = records.flatMap((record) =>
      processRecord(record, this.matcher, at, PIPELINE).map(({ outcome }) => outcome),
    );
    const nextOffset = this.#offset;
    const batch = { topic: TOPIC, partition: 0, startOffset: nextOffset - records.length, nextOffset };
    this.dashboard.add({
      batch: { ...batch, endOffset: nextOffset, records },
      outcomes,
      ackedAtMs: this.nowMs,
    });
  }

  /** So many records wait from now on. */
  setLag(lag: number): void {
    this.dashboard.setLag({ topic: TOPIC, partition: 0, lag });
  }

  /** So many records of the demo, spread over so much time. */
  play(records: number, durationMs: number): void {
    const steps = Math.max(1, Math.ceil(durationMs / 10_000));
    for (let step = 0; step < steps; step++) {
      this.nowMs += durationMs / steps;
      this.add(Array.from({ length: Math.round(records / steps) }, () => this.#generator.next().value));
    }
  }

  #recordOf(value: object | Buffer): SourceRecord {
    return {
      topic: TOPIC,
      partition: 0,
      offset: this.#offset++,
      timestampMs: this.nowMs - 420,
      key: null,
      value: Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value)),
      headers: {},
    };
  }
}
