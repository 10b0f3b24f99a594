/** What a launch is asked for and what it gives, whichever way it goes. */

/** A broker that already runs, one from Kafka's jars, one in a container. */
export type KafkaKind = 'external' | 'jars' | 'docker';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface LaunchOptions {
  /** The ways to try, first one first. Default: `DEMO_ORDER` of launch.ts. */
  readonly order?: readonly KafkaKind[];
  /** PATH, JAVA_HOME, HOME, XDG_CACHE_HOME, DOCKER_HOST and TRIAGE_TEST_BROKERS are looked up here. */
  readonly env: Environment;
  /** Gets a line for each thing that takes time (download, start, a way that failed and is passed over). */
  readonly log: (line: string) => void;
  /** Keeps data and broker.log here. Default: a temporary folder that `stop` removes. Only `jars` obeys it. */
  readonly dataDir?: string;
  /** Broker properties that replace or add to ours. Not for `external`. */
  readonly brokerConfig?: Readonly<Record<string, string>>;
  /** Port of the client listener on 127.0.0.1. Default: a free one. Only `jars` obeys it. */
  readonly port?: number;
}

export interface LocalKafka {
  /** `host:port` of each bootstrap broker. */
  readonly brokers: string[];
  readonly kind: KafkaKind;
  /** Version of Apache Kafka; absent for `external`. */
  readonly version?: string;
  /** Process id of the broker's JVM, `undefined` while it is down; only for `jars`. */
  readonly pid?: number | undefined;
  /** Ends the broker and removes what was temporary. May be called more than once; does nothing to an external broker. */
  stop(): Promise<void>;
  /** SIGKILL, data and port are kept for `restart`. Only for `jars`. */
  kill?(): Promise<void>;
  /** Starts again on the same data and port, after a graceful shutdown if it is still up. Only for `jars`. */
  restart?(): Promise<void>;
}
