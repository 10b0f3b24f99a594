/** What stands above every view: whether the figures are up to date, and the totals. */

import { counted } from './cells.js';
import { nowMs, setTime, timeOf } from './clock.js';
import { arrange, h, setAttributes, setText } from './dom.js';
import { count, duration, moment, rate, shortCount } from './format.js';
import { line } from './text.js';

/** @import { Live } from './live.js' */
/** @import { Overview } from '../schema/overview.ts' */

/** @typedef {Overview['pipeline']['state']} PipelineState */

/** @type {Readonly<Record<PipelineState, string>>} */
const PIPELINE_WORDS = {
  starting: 'Starting',
  running: 'Running',
  idle: 'Idle',
  waiting: 'Waiting',
  stalled: 'Stalled',
  draining: 'Shutting down',
};

/** @type {Readonly<Record<'connecting' | 'live' | 'lost', string>>} */
const LINK_WORDS = { connecting: 'Connecting', live: 'Live', lost: 'Connection lost' };

/**
 * @type {readonly { readonly name: string, readonly title: string, readonly of: (overview: Overview) => readonly [value: string, unit: string, tone?: string] }[]}
 */
const TOTALS = [
  {
    name: 'Pipeline',
    title: 'Whether records are read and published',
    of: ({ pipeline: { state } }) => [
      PIPELINE_WORDS[state],
      '',
      { waiting: 'failing', stalled: 'failing', starting: 'degraded', draining: 'degraded', running: '', idle: '' }[
        state
      ],
    ],
  },
  {
    name: 'Behind',
    title: 'Records of the partitions read here that are not finished yet',
    of: ({ pipeline: { lag_records, partitions } }) => [
      shortCount(lag_records),
      `in ${counted(partitions, 'partition')}`,
    ],
  },
  {
    name: 'Delay',
    title: 'Age of the last finished record when it was finished',
    of: ({ pipeline: { delay_seconds } }) => [delay_seconds === null ? '–' : duration(delay_seconds), ''],
  },
  {
    name: 'Records',
    title: 'Mean of the last minute',
    of: ({ totals }) => [rate(totals.records_per_second), '/s'],
  },
  {
    name: 'Errors',
    title: 'Resolved and unclassified records, mean of the last 5 minutes',
    of: ({ totals }) => [rate(totals.errors_per_minute), '/min'],
  },
  {
    name: 'Failing',
    title: 'Connectors that fail',
    of: ({ connectors: { counts } }) => [
      shortCount(counts.failing),
      `of ${count(counts.total)}`,
      counts.failing > 0 ? 'failing' : '',
    ],
  },
  {
    name: 'Degraded',
    title: 'Connectors with some errors',
    of: ({ connectors: { counts } }) => [
      shortCount(counts.degraded),
      `of ${count(counts.total)}`,
      counts.degraded > 0 ? 'degraded' : '',
    ],
  },
  {
    name: 'Unclassified',
    title: 'Records that no catalog entry fits',
    of: ({ totals }) => [shortCount(totals.unclassified), ''],
  },
  {
    name: 'Dead-lettered',
    title: 'Records that could not be read',
    of: ({ totals }) => [shortCount(totals.dead_lettered), '', totals.dead_lettered > 0 ? 'degraded' : ''],
  },
];

/** @param {Live} live */
export function startHeader(live) {
  const totals = byId('totals');
  const cells = TOTALS.map(({ name, title, of }) => {
    const value = h('span', { class: 'value' }, '–');
    const unit = h('span', { class: 'unit' });
    totals.append(h('div', { title }, h('dt', {}, name), h('dd', {}, value, unit)));
    return (/** @type {Overview} */ overview) => {
      const [text, unitText, tone = ''] = of(overview);
      setText(value, text);
      setText(unit, unitText);
      setAttributes(value, { class: `value ${tone}` });
    };
  });
  const linkState = byId('link-state');
  const foot = byId('foot');
  const notices = new Notices(byId('notices'));
  const groups = byId('unclassified-count');
  const show = () => {
    const { overview, link } = live;
    setText(linkState, LINK_WORDS[link.state]);
    setAttributes(linkState, { class: `link-state ${link.state}` });
    document.body.classList.toggle('stale', link.state === 'lost');
    notices.show(live);
    if (overview === undefined) return;
    for (const update of cells) update(overview);
    setText(groups, overview.unclassified.groups === 0 ? '' : count(overview.unclassified.groups));
    setText(
      foot,
      `connector-triage ${overview.version} · catalog ${line(overview.catalog.version)} with ${counted(overview.catalog.entries, 'entry', 'entries')} · ` +
        `${count(overview.totals.records)} records since ${moment(Date.parse(overview.totals.since), nowMs())}: ` +
        `${count(overview.totals.resolved)} resolved, ${count(overview.totals.unclassified)} unclassified, ` +
        `${count(overview.totals.ignored)} ignored, ${count(overview.totals.dead_lettered)} dead-lettered`,
    );
  };
  live.subscribe(show);
  show();
}

/** Told when the connection to the service, or the pipeline, does not go on. */
class Notices {
  /** @type {HTMLElement} */
  #parent;
  #lostSince = timeOf();
  #lostText = h('span', {});
  #lost;
  #pipelineText = h('span', {});
  #pipeline = h('p', { class: 'notice' }, this.#pipelineText);

  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.#parent = parent;
    // Spoken once: a time that changes every second is for the eyes.
    const since = h('span', { 'aria-hidden': 'true' }, ' (', this.#lostSince, ')');
    this.#lost = h('p', { class: 'notice bad' }, this.#lostText, since, '. Trying again.');
  }

  /** @param {Live} live */
  show({ overview, link }) {
    /** @type {HTMLElement[]} */
    const shown = [];
    if (link.state === 'lost') {
      const heard = link.since;
      const text =
        heard === null
          ? 'No connection to the service'
          : `Connection to the service lost: what is shown is from ${moment(heard, Date.now())}`;
      setText(this.#lostText, text);
      const aheadMs = nowMs() - Date.now();
      setTime(this.#lostSince, heard === null ? null : new Date(heard + aheadMs).toISOString());
      shown.push(this.#lost);
    } else if (overview !== undefined) {
      const text = pipelineText(overview.pipeline);
      if (text !== undefined) {
        setText(this.#pipelineText, text);
        const isBad = overview.pipeline.state === 'waiting' || overview.pipeline.state === 'stalled';
        setAttributes(this.#pipeline, { class: isBad ? 'notice bad' : 'notice' });
        shown.push(this.#pipeline);
      }
    }
    arrange(this.#parent, shown);
  }
}

/** @param {Overview['pipeline']} pipeline */
function pipelineText({ state, reasons, last_batch_at }) {
  if (state === 'running' || state === 'idle') return undefined;
  const last =
    last_batch_at === null
      ? 'no record is finished yet'
      : `last records finished at ${moment(Date.parse(last_batch_at), nowMs())}`;
  // The seconds in the reasons would be spoken again and again.
  const why = state === 'stalled' ? 'records wait and none is finished' : line(reasons.join('; '));
  return `The pipeline is ${PIPELINE_WORDS[state].toLowerCase()}: ${why}; ${last}.`;
}

/** @param {string} id */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the document has no element #${id}`);
  return element;
}
