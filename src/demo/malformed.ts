/** A good record's JSON -> a value that cannot be processed, in the ways that broken producers have. */
import { type Fill, logTime } from './templates.ts';

/** Every answer is dead-lettered, whatever the JSON of the record was. */
export function malformed(json: string, fill: Fill): Buffer {
  return fill.random.pick(WAYS)(json, fill);
}

type Way = (json: string, fill: Fill) => Buffer;

const WAYS: readonly Way[] = [
  // Cut somewhere, as by a producer with a size limit: an unclosed object is never JSON.
  (json, { random }) => Buffer.from(json.slice(0, random.between(1, json.length - 1))),
  (_json, fill) => Buffer.from(`${logTime(fill)} ERROR ${fill.connector.id} logger not configured`),
  (json) => Buffer.from(`[${json}]`),
  (json) => Buffer.from(JSON.stringify(json)),
  (json) => Buffer.from(json.replace('"message":', '"msg":')),
  (_json, { connector }) => Buffer.from(`{"connector_id":"${connector.id}","message":""}`),
  (_json, { connector }) => Buffer.from(`{"connector_id":"${connector.id}","message":{"text":"nested"}}`),
  (_json, { connector }) => Buffer.from(`<event connector="${connector.id}"><message>XML</message></event>`),
  () => Buffer.alloc(0),
];
