/** What to say where there is nothing to show yet. */

import { h } from './dom.js';
import { count } from './format.js';

/** @import { Live } from './live.js' */

const SEND = `echo '{"app":"box","connector_id":"my-first","severity":"error","message":"invalid_grant: Invalid refresh token"}' | kafka-console-producer.sh --bootstrap-server localhost:9092 --topic connector.events`;

/**
 * @param {Live} live
 * @param {boolean} isFiltered
 */
export function emptyConnectors(live, isFiltered) {
  if (isFiltered) return h('p', {}, 'No connector fits the filter.');
  const records = live.overview?.totals.records ?? 0;
  if (records > 0) {
    return h(
      'p',
      {},
      `No errors: ${count(records)} records so far, and none of them is an error. Connectors show up here with their first one.`,
    );
  }
  return h(
    'div',
    {},
    h(
      'p',
      {},
      'No records yet. Connectors show up here with their first error. To send one to the input topic (the setting topics.input):',
    ),
    h('pre', { tabindex: 0, role: 'group', 'aria-label': 'Command' }, SEND),
    h('p', {}, 'Or ask about a single message, without Kafka: ', h('a', { href: '/try' }, 'Try a message'), '.'),
  );
}
