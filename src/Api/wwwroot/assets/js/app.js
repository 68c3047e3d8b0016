// The shell: header, navigation, routes. A page is a module in pages/ that is loaded when it is first opened.

import { createApi, isAbort, toLoginIfOver } from './api.js';
import { createHeader } from './header.js';
import { createLive } from './live.js';
import { h, replace, setText } from './dom.js';
import { icon } from './icons.js';
import { words } from './format.js';
import { emptyState, errorPanel } from './parts.js';

const sections = [
  ['', [['overview', 'Overview']]],
  ['Tasks', [['queues', 'Queues'], ['tasks', 'Tasks'], ['try', 'Try a function']]],
  ['Traffic', [['workers', 'Workers'], ['proxy', 'Proxy'], ['cluster', 'Cluster']]],
  ['System', [['actors', 'Actors'], ['logs', 'Logs'], ['settings', 'Settings']]],
];
const pages = new Map(sections.flatMap(([, entries]) => entries));
const toastMs = { ok: 5_000, warn: 8_000, bad: 12_000 };
const toastsKept = 4;

const links = new Map();
const heading = h('h1', { tabindex: '-1', id: 'title' });
const actions = h('div', { class: 'page-actions' });
const content = h('div', { class: 'page' });
const main = h('main', { id: 'main', class: 'main', tabindex: '-1' },
  h('div', { class: 'page-head' }, heading, actions), content);
const navigation = buildNavigation();
const header = createHeader({
  onMenu: open => document.body.classList.toggle('menu-open', open),
  onRetry: () => live.retry(),
});
const live = createLive(header.setConnection);
let leave = new AbortController();
let started = false;

/** Shows a toast. @param {'ok'|'warn'|'bad'} kind */
function announce(text, kind = 'ok') {
  const toasts = document.getElementById('toasts');
  const toast = h('div', { class: `toast toast-${kind}` }, h('span', null, text),
    h('button', { class: 'toast-close', type: 'button', 'aria-label': 'Close this message',
      'on:click': () => toast.remove() }, icon('close')));
  toasts.append(toast);
  while (toasts.children.length > toastsKept) toasts.firstChild.remove();
  setTimeout(() => toast.remove(), toastMs[kind] ?? toastMs.ok);
}

/**
 * Reads the place from the address: `#/NAME/ID?query`.
 * @returns {{name: string, params: {id: ?string, segments: Array<string>}, query: URLSearchParams}}
 */
function place() {
  const [path, query = ''] = location.hash.slice(2).split(/\?(.*)/s);
  const [name, ...rest] = path.split('/').filter(Boolean).map(part => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return { name: name ?? '', params: { id: rest[0] ?? null, segments: rest }, query: new URLSearchParams(query) };
}

/** Goes to a place of the application: `#/tasks/ID`. */
function navigate(target) {
  location.hash = target.startsWith('#') ? target : `#${target}`;
}

function setTitle(text) {
  setText(heading, text);
  header.setTitle(text);
}

function contextOf(signal, query) {
  const api = createApi(signal);
  return {
    api,
    params: place().params,
    query,
    signal,
    navigate,
    setTitle,
    actions,
    announce,
    live: { on: (topic, handler, ownSignal) => live.on(topic, handler, ownSignal ?? signal) },
    /** Keeps filters in the address, without leaving the page. */
    setQuery(values) {
      const kept = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== null && value !== ''));
      const path = location.hash.split('?')[0];
      history.replaceState(null, '', kept.size > 0 ? `${path}?${kept}` : path);
    },
    /** Does something for the user: says that it was done, or what went wrong. @returns {Promise<boolean>} */
    async attempt(work, done = null) {
      try {
        await work();
        if (done) announce(done, 'ok');
        return true;
      } catch (error) {
        if (!isAbort(error)) announce(error.message, 'bad');
        return false;
      }
    },
  };
}

async function show() {
  const { name, query } = place();
  if (!pages.has(name)) {
    history.replaceState(null, '', location.pathname === '/bull' ? '#/queues' : '#/overview');
    return show();
  }
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  document.body.classList.remove('menu-open');
  header.closeMenu();
  for (const [other, link] of links) {
    if (other === name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  setTitle(pages.get(name));
  replace(actions);
  const root = h('div', { class: `page-body page-${name}` });
  const busy = setTimeout(() => replace(content, h('p', { class: 'loading', role: 'status' }, 'Loading')), 200);
  try {
    const page = await import(`./pages/${name}.js`);
    clearTimeout(busy);
    if (signal.aborted) return;
    setTitle(page.title);
    replace(content, root);
    if (started) heading.focus({ preventScroll: true });
    started = true;
    scrollTo(0, 0);
    await page.mount(root, contextOf(signal, query));
  } catch (error) {
    clearTimeout(busy);
    if (signal.aborted || isAbort(error)) return;
    if (root.isConnected) root.prepend(errorPanel(error, show));
    else {
      // Its file is behind the login too, and a module that is refused does not say why.
      replace(content, emptyState({ title: 'This page could not be loaded', text: error.message }));
      await toLoginIfOver();
    }
  }
}

function buildNavigation() {
  const groups = sections.map(([label, entries]) =>
    h('div', { class: 'nav-group' }, label && h('p', { class: 'nav-label' }, label),
      h('ul', null, entries.map(([name, text]) => {
        const link = h('a', { href: `#/${name}`, class: 'nav-link' }, icon(name), h('span', null, text));
        links.set(name, link);
        return h('li', null, link);
      }))));
  return h('nav', { class: 'nav', id: 'nav', 'aria-label': 'Pages' }, h('div', { class: 'nav-list' }, groups));
}

function comeBack() {
  try {
    const hash = sessionStorage.getItem('place');
    sessionStorage.removeItem('place');
    if (!location.hash && hash?.startsWith('#/')) history.replaceState(null, '', hash);
  } catch {
    // Then the first page it is.
  }
}

document.getElementById('skip').addEventListener('click', event => {
  event.preventDefault();
  main.focus();
});
window.addEventListener('hashchange', () => {
  if (location.hash.startsWith('#/') || location.hash === '') show();
});
window.addEventListener('unhandledrejection', event => {
  if (isAbort(event.reason)) event.preventDefault();
  else if (event.reason?.name === 'ApiError') {
    event.preventDefault();
    announce(event.reason.message, 'bad');
  }
});

replace(document.getElementById('app'), header.element, navigation, main);
comeBack();
live.on('status', header.setStatus);
live.on('alerts', alert => {
  const about = [alert.pool, alert.backend].filter(Boolean).join(' ');
  announce([words(alert.kind), about, alert.reason].filter(Boolean).join(' · '), 'warn');
});
show();
