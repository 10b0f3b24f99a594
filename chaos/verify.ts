/**
 * Judges a history. Modelled on Kafka's own transactions system test: ids are written to the input, and what the output
 * holds afterwards is compared with what the input holds, record by record.
 */

import { eventIdOf, type History, type InputRecord, type OutputRecord } from './history.ts';

export interface Verdict {
  readonly recordsIn: number;
  /** Records in output and dead letter topic, duplicates included. */
  readonly recordsOut: number;
  /** Input records that must have left something in the output and did not. */
  readonly lost: number;
  /** Records beyond the first for the same input record. */
  readonly duplicates: number;
  /** Longest time in which input of a partition waited and nothing new came of it. */
  readonly longestPauseMs: number;
  /** Longest time from a recovery mark until everything flowed again; undefined without marks. */
  readonly recoveryMs: number | undefined;
  /** Each broken invariant in a sentence, with some examples. Empty: passed. */
  readonly failures: readonly string[];
}

const EXAMPLES_SHOWN = 3;

export function verify(history: History): Verdict {
  const inputs = new Map(history.input.map((record) => [eventIdOf(history.inputTopic, record), record]));
  const byInput = groupByEventId(history.output);
  const due = history.input.filter(({ expected }) => expected !== 'ignored');
  const lost = due.filter((record) => !byInput.has(eventIdOf(history.inputTopic, record)));
  const firsts = [...byInput.values()].map((records) => records[0]!);
  const duplicates = history.output.length - byInput.size;
  const recoveries = history.marks.map((mark) => ({ mark, tookMs: recoveryMs(mark.atMs, history, byInput) }));
  const failures = [
    ...history.incidents,
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
    ...finding('records of one connector are out of order', outOfOrder(firsts, inputs)),
    ...duplicateFindings(history, duplicates, byInput),
    ...finding('commits went past records that were not written', earlyCommits(history, byInput)),
    ...finding('commits went back', commitsWentBack(history)),
    ...finding('not everything is committed', uncommitted(history)),
    ...recoveries
      .filter(({ mark, tookMs }) => tookMs > mark.limitMs)
      .map(
        ({ mark, tookMs }) => `output flowed again ${tookMs} ms after ${mark.what}; the limit is ${mark.limitMs} ms`,
      ),
  ];
  return {
    recordsIn: history.input.length,
    recordsOut: history.output.length,
    lost: lost.length,
    duplicates,
    longestPauseMs: longestPauseMs(history, byInput),
    recoveryMs: recoveries.length === 0 ? undefined : Math.max(...recoveries.map(({ tookMs }) => tookMs)),
    failures,
  };
}

/** Event id -> its records, first one first. */
function groupByEventId(output: readonly OutputRecord[]): Map<string, OutputRecord[]> {
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
    const { id, key, outcome, eventId } = record;
    if (outcome !== input.expected) return [`${eventId} is ${outcome}, expected ${input.expected}`];
    if (id !== null && id !== input.id) return [`${eventId} has id ${id}, expected ${input.id}`];
    return key === input.key ? [] : [`${eventId} has key ${key}, expected ${input.key}`];
  });
}

function differingDuplicates(byInput: ReadonlyMap<string, readonly OutputRecord[]>): string[] {
  return [...byInput].flatMap(([eventId, [first, ...others]]) =>
    others.some(({ content, topic }) => content !== first!.content || topic !== first!.topic) ? [eventId] : [],
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
  { delivery, maxDuplicates }: History,
  duplicates: number,
  byInput: ReadonlyMap<string, readonly OutputRecord[]>,
): string[] {
  const repeated = [...byInput].filter(([, records]) => records.length > 1).map(([eventId]) => eventId);
  if (delivery === 'exactly-once') return finding('input records came out more than once', repeated);
  if (maxDuplicates === undefined || duplicates <= maxDuplicates) return [];
  return [`${duplicates} duplicates; one uncommitted batch per partition handed over would be ${maxDuplicates}`];
}

/** At each commit, everything below it had been written; what is in the same transaction counts as one moment. */
function earlyCommits(
  { input, commits, inputTopic, delivery }: History,
  byInput: ReadonlyMap<string, readonly OutputRecord[]>,
): string[] {
  const due = Map.groupBy(
    input.filter(({ expected }) => expected !== 'ignored').sort((a, b) => a.offset - b.offset),
    ({ partition }) => partition,
  );
  // Each record is looked at once: what was written at one moment was so at all later ones.
  const next = new Map<number, number>();
  return commits.flatMap(({ partition, offset, atMs }) => {
    const records = due.get(partition) ?? [];
    const start = next.get(partition) ?? 0;
    let end = start;
    while (end < records.length && records[end]!.offset < offset) end++;
    next.set(partition, end);
    return records.slice(start, end).flatMap((record) => {
      const first = byInput.get(eventIdOf(inputTopic, record))?.[0];
      const written = first !== undefined && (delivery === 'exactly-once' || first.appendedAtMs <= atMs);
      return written ? [] : [`${partition}:${record.offset} by the commit of ${offset}`];
    });
  });
}

function commitsWentBack({ commits }: History): string[] {
  const last = new Map<number, number>();
  return commits.flatMap(({ partition, offset }) => {
    const before = last.get(partition) ?? 0;
    last.set(partition, offset);
    return offset < before ? [`partition ${partition} from ${before} to ${offset}`] : [];
  });
}

function uncommitted({ commits, inputEnds }: History): string[] {
  const last = new Map(commits.map(({ partition, offset }) => [partition, offset]));
  return [...inputEnds].flatMap(([partition, end]) => {
    const offset = last.get(partition) ?? 0;
    return offset === end ? [] : [`partition ${partition} at ${offset} of ${end}`];
  });
}

/** The longest pause of any input partition: others that go on are no comfort to its connectors. */
function longestPauseMs({ input, inputTopic }: History, byInput: ReadonlyMap<string, readonly OutputRecord[]>): number {
  const due = input.filter(({ expected }) => expected !== 'ignored');
  const partitions = [...Map.groupBy(due, ({ partition }) => partition).values()];
  return Math.max(
    0,
    ...partitions.map((records) =>
      pauseOf(
        records.map(({ appendedAtMs }) => appendedAtMs),
        records.flatMap((record) => byInput.get(eventIdOf(inputTopic, record))?.[0]?.appendedAtMs ?? []),
      ),
    ),
  );
}

/** Longest time between two outputs, or from an arrival that finds nothing waiting to the next output. */
function pauseOf(arrivalsMs: readonly number[], outputsMs: readonly number[]): number {
  const changes = [
    ...arrivalsMs.map((atMs) => ({ atMs, waiting: 1 })),
    ...outputsMs.map((atMs) => ({ atMs, waiting: -1 })),
  ].sort((a, b) => a.atMs - b.atMs || b.waiting - a.waiting);
  let waiting = 0;
  let sinceMs = 0;
  let longestMs = 0;
  for (const change of changes) {
    if (change.waiting === -1) longestMs = Math.max(longestMs, change.atMs - sinceMs);
    if (change.waiting === -1 || waiting === 0) sinceMs = change.atMs;
    waiting += change.waiting;
  }
  return longestMs;
}

/**
 * From `atMs` until every input partition has given output for a record that was written after it: it is read again, and
 * has caught up. A partition that takes no input yet is still away: its time begins with its first record. Infinite when
 * one never does.
 */
function recoveryMs(
  atMs: number,
  { input, inputTopic }: History,
  byInput: ReadonlyMap<string, readonly OutputRecord[]>,
): number {
  const after = input.filter(({ expected, appendedAtMs }) => expected !== 'ignored' && appendedAtMs >= atMs);
  const firsts = [...Map.groupBy(after, ({ partition }) => partition).values()].map((records) =>
    records.reduce((first, record) => (record.offset < first.offset ? record : first)),
  );
  const waits = firsts.map((record) => {
    const written = byInput.get(eventIdOf(inputTopic, record))?.[0];
    return written === undefined ? Number.POSITIVE_INFINITY : written.appendedAtMs - record.appendedAtMs;
  });
  return Math.max(0, ...waits);
}
