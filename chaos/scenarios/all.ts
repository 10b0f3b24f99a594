import { allBrokersDown, brokerCutOff, brokerKill, brokerSuspended } from './brokers.ts';
import type { Scenario } from './scenario.ts';
import { deadLetterTopicDeleted, diskFull, dnsFailure, outputBlocked, outputTopicDeleted } from './topics.ts';
import {
  defaultSettings,
  killBeforeCommit,
  rollingRestart,
  workerCutOff,
  workerKill,
  workerSuspended,
} from './workers.ts';

/** In the order of the report. */
export const SCENARIOS: readonly Scenario[] = [
  workerKill,
  killBeforeCommit,
  workerSuspended,
  workerCutOff,
  rollingRestart,
  deadLetterTopicDeleted,
  outputTopicDeleted,
  diskFull,
  outputBlocked,
  dnsFailure,
  defaultSettings,
  brokerKill,
  brokerSuspended,
  brokerCutOff,
  allBrokersDown,
];
