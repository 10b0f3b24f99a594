/** Commands for whoever administers the cluster, with all that their tools ask for; only a login is to be added. */

export interface Place {
  readonly brokers: readonly string[];
  readonly topic: string;
}

/** `setting`: such as `retention.ms=604800000`. */
export function alterCommand({ brokers, topic }: Place, setting: string): string {
  return `kafka-configs.sh --bootstrap-server ${brokers[0]} --alter --topic ${topic} --add-config ${setting}`;
}

/** The tool refuses it while the group has members. */
export function resetCommand({ brokers, topic }: Place, groupId: string): string {
  const what = `--group ${groupId} --topic ${topic}`;
  return `kafka-consumer-groups.sh --bootstrap-server ${brokers[0]} ${what} --reset-offsets --to-earliest --execute`;
}
