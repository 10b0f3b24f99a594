import { describe, expect, onTestFinished, test } from 'vitest';
import { type Address, startCluster } from '../../src/local-kafka/cluster.ts';
import { isAlive, kafkaAt, silent, temporaryFolder } from './support.ts';

describe('a cluster from the jars', () => {
  test('replicates threefold, survives one of its brokers, tells clients the advertised address, leaves nothing', async () => {
    const folder = await temporaryFolder();
    const advertised: Address[] = [];
    const cluster = await startCluster({
      env: { ...process.env, TMPDIR: folder },
      log: silent,
      advertise: async ({ port }) => {
        // Without a proxy in between, and by another name: whoever is told it, was told it by the broker.
        advertised.push({ host: 'localhost', port });
        return { host: 'localhost', port };
      },
    });
    onTestFinished(() => cluster.stop());
    const addresses = cluster.brokers.map(({ address }) => address);

    const outside = kafkaAt(advertised.map(({ host, port }) => `${host}:${port}`)).admin();
    await outside.connect();
    await outside.createTopics({ topics: [{ topic: 'copied', numPartitions: 1 }], waitForLeaders: true });
    const { brokers } = await outside.describeCluster();
    await outside.disconnect();
    expect(brokers.map(({ host, port }) => ({ host, port })).sort((a, b) => a.port - b.port)).toEqual(
      [...advertised].sort((a, b) => a.port - b.port),
    );

    const inside = kafkaAt(addresses).admin();
    await inside.connect();
    const { topics } = await inside.fetchTopicMetadata({ topics: ['copied'] });
    await inside.disconnect();
    const [partition] = topics[0]!.partitions;
    expect([...partition!.replicas].sort()).toEqual([1, 2, 3]);

    await cluster.brokers[partition!.leader - 1]!.kill();
    const survivors = addresses.filter((_, index) => index !== partition!.leader - 1);
    const producer = kafkaAt(survivors).producer({ retry: { retries: 20 } });
    await producer.connect();
    const [written] = await producer.send({ topic: 'copied', acks: -1, messages: [{ value: 'x' }] });
    await producer.disconnect();
    expect(written).toMatchObject({ errorCode: 0 });

    const pids = cluster.brokers.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    expect(pids).toHaveLength(2);
    await cluster.stop();
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test('that cannot start leaves no broker behind', async () => {
    const folder = await temporaryFolder();
    const starting = startCluster({
      env: { ...process.env, TMPDIR: folder },
      log: silent,
      size: 1,
      brokerConfig: { 'num.partitions': 'many' },
    });
    await expect(starting).rejects.toThrow(/Kafka did not start .*num\.partitions/s);
  });
});
