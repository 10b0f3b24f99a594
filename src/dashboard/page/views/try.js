/** What the catalog says about one message. */
import { ApiProblem, isAborted, post } from '../api.js';
import { fill, h, setText } from '../dom.js';
import { CONFIDENCES, count } from '../format.js';
import { factList, messageText, nearestTable, resolutionPart, smallTable } from '../parts.js';
import { errorTypeAddress } from '../router.js';
import { line } from '../text.js';

/** @import { ExplanationAnswer } from '../../schema/unclassified.ts' */
/** @import { Child } from '../dom.js' */
/** @import { Place, View } from '../view.js' */

const MAX_CHARS = 32_768;

/**
 * @param {Place} place
 * @returns {View}
 */
export function tryView({ live }) {
  const message = h('textarea', {
    id: 'message',
    rows: 7,
    spellcheck: 'false',
    autocomplete: 'off',
    'aria-describedby': 'message-hint',
  });
  const app = h('select', { id: 'app' });
  const button = h('button', { class: 'first' }, 'Explain');
  const problem = h('p', { class: 'problem', role: 'alert', hidden: true });
  const result = h('div', { class: 'result', tabindex: -1, 'aria-live': 'polite' });
  let asked = new AbortController();

  const tell = (/** @type {string} */ text) => {
    problem.hidden = text === '';
    setText(problem, text);
    // What stands there explains another message.
    if (text !== '') fill(result);
  };
  const explain = async () => {
    asked.abort();
    asked = new AbortController();
    const { length } = message.value;
    if (message.value.trim() === '') return tell('Expected a message, found an empty text: paste one.');
    if (length > MAX_CHARS) {
      return tell(
        `Expected at most ${count(MAX_CHARS)} characters, found ${count(length)}: paste the part with the error.`,
      );
    }
    tell('');
    button.disabled = true;
    try {
      const body = { message: message.value, ...(app.value === '' ? {} : { app: app.value }) };
      const answer = /** @type {ExplanationAnswer} */ (await post('/explain', body, asked.signal));
      fill(result, ...explanationParts(answer));
    } catch (error) {
      if (isAborted(error)) return;
      if (!(error instanceof ApiProblem)) throw error;
      tell(error.message);
    } finally {
      button.disabled = false;
    }
  };
  const form = h(
    'form',
    { class: 'try' },
    h('label', { for: 'message' }, 'Message'),
    message,
    h(
      'p',
      { id: 'message-hint', class: 'hint' },
      'As it stands in the log. It is not kept; secrets are replaced in the answer. Ctrl+Enter explains.',
    ),
    h('div', { class: 'actions' }, h('label', { for: 'app' }, 'App'), app, button),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    explain();
  });
  message.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    explain();
  });
  const showApps = () => {
    const apps = live.overview?.catalog.apps ?? [];
    if (app.options.length === apps.length + 1) return;
    const chosen = app.value;
    fill(
      app,
      h('option', { value: '' }, 'Not known'),
      ...apps.map(({ key, name }) => h('option', { value: key, selected: key === chosen }, name)),
    );
  };
  showApps();
  return {
    title: 'Try a message',
    element: h('div', { class: 'detail' }, h('h1', { tabindex: -1 }, 'Try a message'), form, problem, result),
    onNews: showApps,
    close: () => asked.abort(),
  };
}

/**
 * @param {ExplanationAnswer} answer
 * @returns {Child[]}
 */
function explanationParts({ message, app, match, alternatives, candidates, nearest }) {
  const appText = {
    known: `App ${app.key ?? ''}.`,
    unknown: 'The catalog does not know this app: only entries for every app count.',
    missing: 'No app given: only entries whose text belongs to one app count.',
  }[app.kind];
  return [
    ...(match === undefined ? noMatchParts() : matchParts(match)),
    h('h2', {}, 'Message'),
    messageText(message, match?.span),
    h('p', { class: 'about' }, appText),
    ...(alternatives.length === 0
      ? []
      : [
          h('h2', {}, 'Why not another one'),
          smallTable(
            'Other entries',
            ['Entry', 'Why not'],
            alternatives.map(({ error_type, title, why }) => [entryLink(error_type, title), line(why)]),
          ),
        ]),
    ...(candidates.length === 0
      ? []
      : [
          h('h2', {}, 'Other entries that fit'),
          smallTable(
            'Other entries that fit',
            ['Entry', 'Pattern'],
            candidates.map(({ error_type, title, pattern }) => [
              entryLink(error_type, title),
              h('code', {}, line(pattern)),
            ]),
          ),
        ]),
    ...(match === undefined ? [h('h2', {}, 'Nearest entries'), nearestTable(nearest)] : []),
  ];
}

function noMatchParts() {
  return [h('h2', { class: 'verdict' }, 'No entry fits'), h('p', {}, 'The pipeline would publish it as unclassified.')];
}

/**
 * @param {NonNullable<ExplanationAnswer['match']>} match
 * @returns {Child[]}
 */
function matchParts({ error_type, title, confidence, pattern, captures, undone, description, resolution }) {
  const captured = Object.entries(captures).map(([name, value]) => `${line(name)} = ${line(value)}`);
  return [
    h('h2', { class: 'verdict' }, h('a', { href: errorTypeAddress(error_type) }, line(title))),
    h('p', { class: 'lead' }, line(description)),
    factList([
      ['Error type', h('code', {}, error_type)],
      ['Confidence', `${confidence}: ${CONFIDENCES[confidence]}`],
      ['Pattern', h('code', {}, line(pattern))],
      ...(captured.length === 0 ? [] : [/** @type {const} */ (['Captured', captured.join(', ')])]),
      ...(undone.length === 0 ? [] : [/** @type {const} */ (['Undone', line(undone.join(', '))])]),
    ]),
    resolutionPart(resolution),
  ];
}

/**
 * @param {string} type
 * @param {string} title
 */
function entryLink(type, title) {
  return h('a', { href: errorTypeAddress(type), title: type }, line(title));
}
