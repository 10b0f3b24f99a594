/**
 * A TCP proxy before one broker, through which all traffic of the processes under test goes. It can refuse, freeze and
 * cut connections, and treat single requests by client and kind.
 *
 * What it cannot do: lose packets below TCP. A frozen connection is one whose packets never arrive, but a new connection to
 * a frozen broker is still accepted (and stays silent), where a real cut would let the attempt time out.
 */

import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Address } from '../src/local-kafka/cluster.ts';
import { FrameSplitter, type RequestHeader, refusedProduce, requestHeader, responseCorrelationId } from './wire.ts';

/** What happens to a request that a rule applies to. */
export type Treatment =
  /** Not delivered until the rule is lifted. */
  | { readonly kind: 'hold' }
  /** A Produce request: not delivered, answered with this error. */
  | { readonly kind: 'refuse'; readonly errorCode: number }
  /** A Produce request: delivered, but the answer says this error. */
  | { readonly kind: 'deny'; readonly errorCode: number };

export interface Rule {
  readonly applies: (request: RequestHeader) => boolean;
  readonly treatment: Treatment;
  /** Told of every request that it applied to. */
  readonly onApplied?: (request: RequestHeader) => void;
}

export class FaultProxy {
  readonly #target: Address;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  readonly #rules = new Set<Rule>();
  readonly #frozenClients = new Set<string>();
  #frozen = false;
  #port = 0;

  constructor(target: Address) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  /** Whether it takes connections. */
  get listening(): boolean {
    return this.#server.listening;
  }

  /** Connections of clients that are open. */
  get connections(): number {
    return this.#links.size;
  }

  /** Port that clients are to use, on 127.0.0.1. */
  get port(): number {
    return this.#port;
  }

  /** Takes connections, on the port of the last time if none is given. */
  async open(port = this.#port): Promise<void> {
    if (this.listening) return;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    this.#port = port;
  }

  /** Cuts all connections and refuses new ones until `open`, as when nothing listens. */
  async refuse(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.cutConnections();
    await closed;
  }

  /** Cuts the connections of one client, or all; new ones are taken. */
  cutConnections(clientId?: string): void {
    for (const link of this.#links) if (clientId === undefined || link.clientId === clientId) link.close();
  }

  /** From now on nothing passes in either direction, for all or for one client; connections stay open. */
  freeze(clientId?: string): void {
    if (clientId === undefined) this.#frozen = true;
    else this.#frozenClients.add(clientId);
    this.#applyFreeze();
  }

  thaw(clientId?: string): void {
    if (clientId === undefined) this.#frozen = false;
    else this.#frozenClients.delete(clientId);
    this.#applyFreeze();
  }

  /** Returns what lifts the rule. Lifting delivers what was held, in order. */
  addRule(rule: Rule): () => void {
    this.#rules.add(rule);
    return () => {
      this.#rules.delete(rule);
      for (const link of this.#links) link.release(rule);
    };
  }

  #applyFreeze(): void {
    for (const link of this.#links) link.setFrozen(this.#isFrozen(link.clientId));
  }

  #isFrozen(clientId: string | undefined): boolean {
    return this.#frozen || (clientId !== undefined && this.#frozenClients.has(clientId));
  }

  #accept(client: Socket): void {
    const link = new Link(client, this.#target, {
      ruleFor: (request) => [...this.#rules].find((rule) => rule.applies(request)),
      isFrozen: (clientId) => this.#isFrozen(clientId),
      onClosed: () => this.#links.delete(link),
    });
    this.#links.add(link);
  }
}

interface LinkContext {
  ruleFor(request: RequestHeader): Rule | undefined;
  isFrozen(clientId: string | undefined): boolean;
  onClosed(): void;
}

/** One client's connection and the one to the broker that belongs to it. */
class Link {
  /** Known from the first request on. */
  clientId: string | undefined;
  readonly #client: Socket;
  readonly #broker: Socket;
  readonly #context: LinkContext;
  readonly #held = new Map<Rule, Buffer[]>();
  /** Answers to be replaced, by correlation id. */
  readonly #denied = new Map<number, Buffer>();
  /** Frames that came in the same chunk as the one that made the link freeze. */
  #waiting: Buffer[] = [];
  #frozen = false;

  constructor(client: Socket, target: Address, context: LinkContext) {
    this.#client = client;
    this.#context = context;
    this.#broker = connect(target);
    client.setNoDelay(true);
    this.#broker.setNoDelay(true);
    for (const socket of [this.#client, this.#broker]) {
      // What went wrong with one side shows on the other as the end of the connection, as without a proxy.
      socket.on('error', () => this.close());
      socket.on('close', () => this.close());
    }
    const requests = new FrameSplitter();
    client.on('data', (chunk) => {
      for (const frame of requests.push(chunk)) this.#onRequest(frame);
    });
    const responses = new FrameSplitter();
    this.#broker.on('data', (chunk) => {
      for (const frame of responses.push(chunk)) this.#onResponse(frame);
    });
    this.setFrozen(context.isFrozen(undefined));
  }

  close(): void {
    this.#client.destroy();
    this.#broker.destroy();
    this.#context.onClosed();
  }

  setFrozen(frozen: boolean): void {
    this.#frozen = frozen;
    if (frozen) {
      this.#client.pause();
      this.#broker.pause();
      return;
    }
    for (const frame of this.#waiting.splice(0)) this.#onRequest(frame);
    this.#client.resume();
    this.#broker.resume();
  }

  release(rule: Rule): void {
    for (const frame of this.#held.get(rule) ?? []) this.#broker.write(frame);
    this.#held.delete(rule);
  }

  #onRequest(frame: Buffer): void {
    const header = requestHeader(frame);
    if (this.clientId === undefined) {
      this.clientId = header.clientId;
      if (this.#context.isFrozen(this.clientId)) this.setFrozen(true);
    }
    if (this.#frozen) {
      this.#waiting.push(frame);
      return;
    }
    const rule = this.#context.ruleFor(header);
    if (rule === undefined) {
      this.#pass(frame, this.#client, this.#broker);
      return;
    }
    switch (rule.treatment.kind) {
      case 'hold':
        this.#held.set(rule, [...(this.#held.get(rule) ?? []), frame]);
        break;
      case 'refuse':
        this.#client.write(refusedProduce(frame, rule.treatment.errorCode));
        break;
      case 'deny':
        this.#denied.set(header.correlationId, refusedProduce(frame, rule.treatment.errorCode));
        this.#pass(frame, this.#client, this.#broker);
    }
    rule.onApplied?.(header);
  }

  #onResponse(frame: Buffer): void {
    const id = responseCorrelationId(frame);
    const replacement = this.#denied.get(id);
    this.#denied.delete(id);
    this.#pass(replacement ?? frame, this.#broker, this.#client);
  }

  /** Writes, and holds the sender up while the receiver does not keep pace. */
  #pass(frame: Buffer, from: Socket, to: Socket): void {
    if (to.write(frame) || from.isPaused()) return;
    from.pause();
    to.once('drain', () => {
      if (!this.#frozen) from.resume();
    });
  }
}
