import { TriageError } from '../../errors.ts';
import type { BatchHandler, Source } from '../port.ts';
import { missingTopics } from './admin.ts';
import { BACKOFF_DEFAULTS, backoffMs, sleep } from './backoff.ts';
import { ConsumerSession, type SessionEnd } from './consumer-session.ts';
import { isUnknownTopic, needsAPerson, toTransportError } from './failure.ts';
import type { KafkaSourceOptions } from './source-options.ts';
import { StateReport } from './state-report.ts';

/**
 * Reads one topic as a member of a consumer group. A batch whose handler rejects with a retriable error is handed over
 * again; any other error ends `run` with it. When the brokers go away it joins again, for as long as it takes.
 */
export class KafkaSource implements Source {
  readonly #options: KafkaSourceOptions;
  readonly #stopping = new AbortController();
  readonly #state: StateReport;
  #session: ConsumerSession | undefined;
  #running: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: KafkaSourceOptions) {
    this.#options = options;
    const { topic, groupId, connection } = options;
    this.#state = new StateReport((state, reason) => {
      if (state === 'waiting')
        connection.logger.warn(
          { event: 'source-waiting', topic, groupId, reason },
          'reading is interrupted, trying again',
        );
      else connection.logger.info({ event: 'source-ok', topic, groupId }, 'reading goes on');
      options.onState?.(state, reason);
    });
  }

  run(handle: BatchHandler): Promise<void> {
    if (this.#running !== undefined) throw new TriageError('internal', 'KafkaSource.run may be called only once.');
    this.#running = this.#readUntilStopped(handle);
    return this.#running;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#session?.stop();
    // Why `run` rejected is told to the caller of `run`.
    await this.#running?.catch(() => undefined);
  }

  async #readUntilStopped(handle: BatchHandler): Promise<void> {
    let memberId: string | undefined;
    let everConnected = false;
    for (let failures = 0; !this.#stopping.signal.aborted; failures++) {
      const session = new ConsumerSession(this.#options, this.#state, memberId ?? this.#options.previousMemberId);
      this.#session = session;
      const end = await this.#sessionEnd(session, handle);
      everConnected ||= session.connected;
      if (session.memberId !== undefined) {
        memberId = session.memberId;
        failures = 0;
      }
      if (end.how === 'stopped' || (this.#stopping.signal.aborted && end.fatal === undefined)) return;
      if (end.fatal !== undefined) throw end.fatal;
      const { brokers } = this.#options.connection;
      const { topic, groupId } = this.#options;
      const doing = `read topic ${topic} as group ${groupId}`;
      const failure = toTransportError(end.error, { brokers, doing, topic });
      if (needsAPerson(end.error)) throw failure;
      if (memberId === undefined && isUnknownTopic(end.error)) throw missingTopics(brokers, [topic]);
      // Never connected: most likely a wrong address, and a supervisor can start us again.
      if (!everConnected) throw failure;
      this.#state.waiting('group', failure.message);
      await sleep(backoffMs(failures, BACKOFF_DEFAULTS), this.#stopping.signal);
    }
  }

  async #sessionEnd(session: ConsumerSession, handle: BatchHandler): Promise<SessionEnd | NotStarted> {
    try {
      return await session.run(handle);
    } catch (error) {
      return { how: 'not started', error, fatal: undefined };
    }
  }
}

interface NotStarted {
  readonly how: 'not started';
  readonly error: unknown;
  readonly fatal: undefined;
}
