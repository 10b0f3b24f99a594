/** The page: shows the view that the address names, and goes from view to view without loading again. */
import { refreshTimes } from './clock.js';
import { fill, h, setAttributes } from './dom.js';
import { byId, startHeader } from './header.js';
import { Live } from './live.js';
import { viewAt } from './router.js';
import { connectorView } from './views/connector.js';
import { errorTypeView } from './views/error-type.js';
import { errorTypesView } from './views/error-types.js';
import { groupView } from './views/group.js';
import { overviewView } from './views/overview.js';
import { tryView } from './views/try.js';
import { unclassifiedView } from './views/unclassified.js';

/** @import { Place, View } from './view.js' */
/** @import { ViewName } from './router.js' */

/** @type {Readonly<Record<ViewName, (place: Place) => View>>} */
const VIEWS = {
  overview: overviewView,
  connector: connectorView,
  'error-types': errorTypesView,
  'error-type': errorTypeView,
  unclassified: unclassifiedView,
  group: groupView,
  try: tryView,
  nothing: () => ({
    title: 'Nothing here',
    element: h('div', {}, h('h1', { tabindex: -1 }, 'Nothing is here'), h('a', { href: '/' }, 'To the overview')),
    close: () => undefined,
  }),
};

const live = new Live();
const main = byId('main');
/** @type {View | undefined} */
let shown;
let shownAddress = '';

/** @param {{ readonly isFirst: boolean }} when */
function show({ isFirst }) {
  shown?.close();
  shownAddress = location.pathname + location.search;
  const { name, key } = viewAt(location.pathname);
  const view = VIEWS[name]({ key, live, setTitle: (title) => setTitle(title) });
  shown = view;
  fill(main, view.element);
  setTitle(view.title);
  for (const link of document.querySelectorAll('nav a')) {
    const path = link.getAttribute('href') ?? '';
    const isHere = location.pathname === path;
    const isBelow = location.pathname.startsWith(path === '/' ? '/connectors/' : `${path}/`);
    setAttributes(link, { 'aria-current': isHere ? 'page' : isBelow ? 'true' : undefined });
  }
  // Who uses a keyboard or a screen reader begins at the new view's title; at first the browser's own place is right.
  if (!isFirst) view.element.querySelector('h1')?.focus({ preventScroll: true });
}

/** @param {string} title */
function setTitle(title) {
  document.title = `${title} – connector-triage`;
}

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || event.defaultPrevented || event.button !== 0) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const href = link.getAttribute('href') ?? '';
  if (!href.startsWith('/') || link.target !== '' || viewAt(link.pathname).name === 'nothing') return;
  event.preventDefault();
  if (link.href !== location.href) history.pushState(null, '', href);
  show({ isFirst: false });
  window.scrollTo(0, 0);
});
window.addEventListener('popstate', () => {
  // A link within the view changes the part after # only.
  if (location.pathname + location.search !== shownAddress) show({ isFirst: false });
});

byId('sign-out').hidden = !('signedIn' in document.body.dataset);
startHeader(live);
live.subscribe((news) => shown?.onNews?.(news));
show({ isFirst: true });
setInterval(refreshTimes, 1_000);
live.start();
