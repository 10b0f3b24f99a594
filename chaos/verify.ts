/**
 * Judges a history. Modelled on Kafka's own transactions system test: ids are written to the input, and what the output
 * holds afterwards is compared with what the input holds, record by record.
 */

import {
  type CommitRecord,
  type Disturbance,
  EXPECTED,
  eventIdOf,
  type History,
  type InputRecord,
  type OutputByInput,
  type OutputRecord,
} from './history.ts';
import { longestPauseMs, recoveryFrom } from './timing.ts';

export interface Verdict {
  /** Faults that were injected and are over. */
  readonly faults: number;
  readonly recordsIn: number;
  /** Records in output and dead letter topic, duplicates included. */
  readonly recordsOut: number;
  /** Input records that must have left something in the output and did not. */
  readonly lost: number;
  /** Records beyond the first for the same input record. */
  readonly duplicates: number;
  /** Longest time in which input of a partition waited and nothing new came of it. */
  readonly longestPauseMs: number;
  /** Longest time that a record written after a fault waited for its output; infinite when it never came. */
  readonly recoveryMs: number;
  /** Each broken invariant in a sentence, with some examples. */
  readonly failures: readonly string[];
  /** Each recovery that took longer than its limit: a machine with other work can be the reason. */
  readonly slow: readonly string[];
}

const EXAMPLES_SHOWN = 3;

export function verify(history: History): Verdict {
  const inputs = new Map(history.input.map((record) => [eventIdOf(history.inputTopic, record), record]));
  const byInput = groupByEventId(history.output);
  const due = history.input.filter(({ expected }) => expected !== 'ignored');
  const lost = due.filter((record) => !byInput.has(eventIdOf(history.inputTopic, record)));
  const firsts = [...byInput.values()].map((records) => records[0]!);
  const duplicates = history.output.length - byInput.size;
  const recoveries = history.marks.map((mark) => recoveryFrom(mark, history, byInput));
  const failures = [
    ...history.incidents,
    ...untested(history),
    ...finding(
      'acknowledged input records are not in the input topic (the cluster or the load is at fault)',
      missingFromInput(history),
    ),
    ...finding(
      'input records are lost: neither in the output nor in the dead letter topic',
      lost.map(({ partition, offset, id }) => `${id} at ${partition}:${offset}`),
    ),
    ...finding('output records belong to no input record', unknownOutput(history, inputs)),
    ...finding('output records say something else than their input', wrongOutput(history, inputs)),
    ...finding('duplicates differ from the first record', differingDuplicates(byInput)),
    ...finding(
      'connectors are in more than one partition of a topic, so that nothing keeps their order',
      scattered(history),
    ),
    ...finding('records of one connector are out of order', outOfOrder(firsts, inputs)),
    ...duplicateFindings(history, duplicates, byInput),
    ...finding('commits went past records that were not written', earlyCommits(history, byInput)),
    ...finding('records were not written in the transaction that commits them', outsideTransaction(history, byInput)),
    ...finding('commits went back', commitsWentBack(history)),
    ...finding('not everything is committed', uncommitted(history)),
    ...recoveries.flatMap(({ mark, unproven }) =>
      finding(`input partitions took no record after ${mark.what}, so that no recovery was seen`, unproven),
    ),
  ];
  return {
    faults: history.marks.length,
    recordsIn: history.input.length,
    recordsOut: history.output.length,
    lost: lost.length,
    duplicates,
    longestPauseMs: longestPauseMs(history, byInput),
    recoveryMs: Math.max(0, ...recoveries.map(({ tookMs }) => tookMs)),
    failures,
    slow: recoveries.flatMap(({ mark, tookMs }) =>
      tookMs > mark.limitMs
        ? [`output flowed again ${tookMs} ms after ${mark.what}; the limit is ${mark.limitMs} ms`]
        : [],
    ),
  };
}

function groupByEventId(output: readonly OutputRecord[]): OutputByInput {
  const groups = new Map<string, OutputRecord[]>();
  for (const record of [...output].sort(byPlace)) {
    const group = groups.get(record.eventId);
    if (group === undefined) groups.set(record.eventId, [record]);
    else group.push(record);
  }
  return groups;
}

function byPlace(a: OutputRecord, b: OutputRecord): number {
  return a.incarnation - b.incarnation || a.partition - b.partition || a.offset - b.offset;
}

function finding(what: string, examples: readonly string[]): string[] {
  if (examples.length === 0) return [];
  const more = examples.length > EXAMPLES_SHOWN ? ', ...' : '';
  return [`${examples.length} ${what}: ${examples.slice(0, EXAMPLES_SHOWN).join(', ')}${more}`];
}

/** What makes other checks say nothing: no fault, or kinds of records or partitions that the load did not write. */
function untested({ input, inputEnds, marks }: History): string[] {
  const kinds = new Set(input.map(({ expected }) => expected));
  const partitions = new Set(input.map(({ partition }) => partition));
  return [
    ...(marks.length === 0 ? ['no fault was injected and recovered from, so that nothing is known of it'] : []),
    ...finding(
      'kinds of records were never written, so that nothing is known of them',
      EXPECTED.filter((kind) => !kinds.has(kind)),
    ),
    ...finding(
      'input partitions are empty, so that nothing is known of them',
      [...inputEnds.keys()].filter((partition) => !partitions.has(partition)).map(String),
    ),
  ];
}

function missingFromInput({ acknowledged, input }: History): string[] {
  const present = new Set(input.map(({ id }) => id));
  return [...acknowledged].filter((id) => !present.has(id));
}

function unknownOutput({ output }: History, inputs: ReadonlyMap<string, InputRecord>): string[] {
  return output.filter(({ eventId }) => !inputs.has(eventId)).map(({ eventId }) => eventId);
}

function wrongOutput({ output }: History, inputs: ReadonlyMap<string, InputRecord>): string[] {
  return output.flatMap((record) => {
    const input = inputs.get(record.eventId);
    if (input === undefined) return [];
    const { id, key, outcome, eventId, original } = record;
    if (outcome !== input.expected) return [`${eventId} is ${outcome}, expected ${input.expected}`];
    if (id !== input.id) return [`${eventId} has id ${id}, expected ${input.id}`];
    if (key !== input.key) return [`${eventId} has key ${key}, expected ${input.key}`];
    const isWhole = original === (outcome === 'dead-lettered' ? input.value : null);
    return isWhole ? [] : [`${eventId} carries ${original}, expected ${input.value}`];
  });
}

function differingDuplicates(byInput: OutputByInput): string[] {
  return [...byInput].flatMap(([eventId, [first, ...others]]) =>
    others.some(({ content, topic }) => content !== first!.content || topic !== first!.topic) ? [eventId] : [],
  );
}

/** What is in two partitions has no order, however it was written. */
function scattered({ output }: History): string[] {
  const partitions = new Map<string, Set<number>>();
  for (const { topic, key, partition } of output) {
    const lane = `${key} in ${topic}`;
    partitions.set(lane, (partitions.get(lane) ?? new Set()).add(partition));
  }
  return [...partitions].flatMap(([lane, used]) =>
    used.size > 1 ? [`${lane} ${[...used].sort().join(' and ')}`] : [],
  );
}

/** Connectors keep their order: the first records for each input, as they lie in one partition, go up in input offset. */
function outOfOrder(firsts: readonly OutputRecord[], inputs: ReadonlyMap<string, InputRecord>): string[] {
  const last = new Map<string, InputRecord>();
  const wrong: string[] = [];
  for (const { eventId, topic, partition } of [...firsts].sort(byPlace)) {
    const input = inputs.get(eventId);
    if (input === undefined) continue;
    const lane = `${topic}/${partition}/${input.partition}/${input.key}`;
    const before = last.get(lane);
    if (before !== undefined && before.offset > input.offset) {
      wrong.push(`${input.partition}:${input.offset} after ${before.partition}:${before.offset} of ${input.key}`);
    }
    last.set(lane, input);
  }
  return wrong;
}

function duplicateFindings(
  { delivery, maxDuplicates, disturbances }: History,
  duplicates: number,
  byInput: OutputByInput,
): string[] {
  if (delivery === 'exactly-once') {
    const repeated = [...byInput].filter(([, records]) => records.length > 1);
    const where = repeated.map(([eventId, records]) => `${eventId} (${records.map(placeOf).join(' and ')})`);
    return finding('input records came out more than once', where);
  }
  const tooMany = maxDuplicates !== undefined && duplicates > maxDuplicates;
  return [
    ...finding(
      'duplicates have no cause: no fault and no assignment since the record before',
      causeless(byInput, disturbances),
    ),
    ...(tooMany
      ? [`${duplicates} duplicates; one uncommitted batch per partition handed over would be ${maxDuplicates}`]
      : []),
  ];
}

function placeOf({ topic, partition, offset, writer, appendedAtMs }: OutputRecord): string {
  return `${topic} ${partition}:${offset} by ${writer.producer} at ${new Date(appendedAtMs).toISOString()}`;
}

/** Nothing is written twice at will: between two records for the same input something has happened that explains it. */
function causeless(byInput: OutputByInput, disturbances: readonly Disturbance[]): string[] {
  return [...byInput].flatMap(([eventId, records]) => {
    const timesMs = records.map(({ appendedAtMs }) => appendedAtMs).sort((a, b) => a - b);
    const explained = timesMs
      .slice(1)
      .every((atMs, index) => disturbances.some(({ fromMs, toMs }) => fromMs <= atMs && toMs >= timesMs[index]!));
    return explained ? [] : [eventId];
  });
}

/** At each commit, everything below it had been written. */
function earlyCommits(history: History, byInput: OutputByInput): string[] {
  // What is in the same transaction counts as one moment: see `outsideTransaction`.
  const isAtomic = history.delivery === 'exactly-once';
  return newlyCommitted(history).flatMap(({ commit, records }) =>
    records.flatMap((record) => {
      const first = byInput.get(eventIdOf(history.inputTopic, record))?.[0];
      const written = first !== undefined && (isAtomic || first.appendedAtMs <= commit.atMs);
      return written ? [] : [`${record.partition}:${record.offset} by the commit of ${commit.offset}`];
    }),
  );
}

/**
 * Exactly once, records and their commit have one transactional producer. It may have had more than one transaction: that
 * both are in the same one shows when it dies in between (`kill-before-commit`).
 */
function outsideTransaction(history: History, byInput: OutputByInput): string[] {
  if (history.delivery !== 'exactly-once') return [];
  return newlyCommitted(history).flatMap(({ commit, records }) =>
    records.flatMap((record) =>
      (byInput.get(eventIdOf(history.inputTopic, record)) ?? []).flatMap(({ writer }) => {
        const together =
          writer.inTransaction && commit.writer.inTransaction && writer.producer === commit.writer.producer;
        return together ? [] : [`${record.partition}:${record.offset} with the commit of ${commit.offset}`];
      }),
    ),
  );
}

/** Each commit with the records that must have left something and that no commit before it covers. */
function newlyCommitted({ input, commits }: History): { commit: CommitRecord; records: InputRecord[] }[] {
  const due = Map.groupBy(
    input.filter(({ expected }) => expected !== 'ignored').sort((a, b) => a.offset - b.offset),
    ({ partition }) => partition,
  );
  const next = new Map<number, number>();
  return commits.map((commit) => {
    const records = due.get(commit.partition) ?? [];
    const start = next.get(commit.partition) ?? 0;
    let end = start;
    while (end < records.length && records[end]!.offset < commit.offset) end++;
    next.set(commit.partition, end);
    return { commit, records: records.slice(start, end) };
  });
}

function commitsWentBack({ commits }: History): string[] {
  const last = new Map<number, CommitRecord>();
  return commits.flatMap((commit) => {
    const { partition, offset, atMs } = commit;
    const before = last.get(partition);
    last.set(partition, commit);
    if (before === undefined || offset >= before.offset) return [];
    const since = new Date(before.atMs).toISOString();
    return [`partition ${partition} from ${before.offset} (${since}) to ${offset} (${new Date(atMs).toISOString()})`];
  });
}

function uncommitted({ commits, inputEnds }: History): string[] {
  const last = new Map(commits.map(({ partition, offset }) => [partition, offset]));
  return [...inputEnds].flatMap(([partition, end]) => {
    const offset = last.get(partition) ?? 0;
    return offset === end ? [] : [`partition ${partition} at ${offset} of ${end}`];
  });
}
