/** Properties of a broker that is alone: quick to start, quick to rebalance, nothing replicated. */

/** The same for a broker from the jars and one in Docker. */
export const SINGLE_BROKER: Readonly<Record<string, string>> = {
  'auto.create.topics.enable': 'false',
  'group.initial.rebalance.delay.ms': '0',
  // A killed broker may come back only when its old session is over; the default of 9 s makes a restart take 11 s.
  'broker.session.timeout.ms': '3000',
  'broker.heartbeat.interval.ms': '500',
  'num.partitions': '1',
  'default.replication.factor': '1',
  // The default of 50 partitions each costs seconds at the first commit and at the first transaction.
  'offsets.topic.num.partitions': '4',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.num.partitions': '4',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.num.partitions': '4',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
};

/** Combined broker and controller on 127.0.0.1, with `overrides` last. */
export function brokerProperties(options: {
  readonly port: number;
  readonly controllerPort: number;
  readonly logDir: string;
  readonly overrides: Readonly<Record<string, string>>;
}): Record<string, string> {
  const { port, controllerPort, logDir, overrides } = options;
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': logDir,
    ...SINGLE_BROKER,
    ...overrides,
  };
}

/** The text of a Java properties file; backslashes (Windows paths) and line ends are escaped. */
export function propertiesText(properties: Readonly<Record<string, string>>): string {
  const lines = Object.entries(properties).map(([name, value]) => {
    const escaped = value.replaceAll('\\', '\\\\').replaceAll('\r', '\\r').replaceAll('\n', '\\n');
    return `${name}=${escaped}\n`;
  });
  return lines.join('');
}

/** The environment variable by which Confluent's images take a broker property. */
export function confluentVariable(property: string): string {
  const name = property.replaceAll('_', '___').replaceAll('-', '__').replaceAll('.', '_');
  return `KAFKA_${name.toUpperCase()}`;
}
