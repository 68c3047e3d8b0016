// The live tree of actors: mailboxes, work done, restarts, failures. Branches are asked for when they are opened, and
// of a branch with very many children only so many are shown at a time.

import { h, keyed, setText, settle } from '../dom.js';
import { badge, button, errorPanel, panel, searchField, when } from '../parts.js';
import { compact, count, number } from '../format.js';
import { isAbort } from '../api.js';
import { icon } from '../icons.js';

export const title = 'Actors';

const step = 100; // Children that are shown at a time.
const firstDepth = 2;
const matchesShown = 200;
const everyMs = 3_000;
const restFactor = 20;
const labels = ['Actor', 'State', 'Mailbox', 'Processed', 'Restarts', 'Last failure'];

/** Builds the page. */
export async function mount(root, context) {
  const { api, signal, setQuery, query } = context;
  const note = h('span', null);
  const trouble = h('div', null);
  const tree = h('div', { class: 'tree', role: 'rowgroup' });
  const open = new Map([['/', step]]); // Path of an open branch -> how many of its children are shown.
  let filter = query.get('filter') ?? '';
  let timer = 0;
  let turn = 0;

  const refresh = async () => {
    clearTimeout(timer);
    const mine = ++turn;
    const began = performance.now();
    try {
      const rows = filter === '' ? await branches(api, open, note) : await matches(api, filter, note);
      if (mine !== turn || signal.aborted) return;
      trouble.replaceChildren();
      show(rows);
    } catch (error) {
      if (isAbort(error)) return;
      if (mine === turn) trouble.replaceChildren(errorPanel(error));
    }
    // A large tree takes longer, and is asked for less often: looking at it is not to be a load.
    if (mine === turn) wait(Math.max(everyMs, (performance.now() - began) * restFactor));
  };
  const wait = ms => {
    timer = setTimeout(() => (document.hidden ? wait(ms) : refresh()), ms);
  };
  const toggle = path => {
    if (!open.has(path)) open.set(path, step);
    else for (const other of [...open.keys()]) if (other === path || other.startsWith(`${path}/`)) open.delete(other);
    return refresh();
  };
  const more = path => {
    open.set(path, (open.get(path) ?? 0) + step);
    return refresh();
  };
  const show = keyed(tree, row => row.key, row => rowOf(row, toggle, more), updateRow);

  const search = searchField('Filter by path or type', filter, value => {
    filter = value.trim();
    setQuery({ filter });
    refresh();
  });
  const fold = button('Collapse all', () => {
    open.clear();
    open.set('/', step);
    return refresh();
  });
  root.append(trouble, panel({ title: 'Tree', note, actions: [search, fold] },
    h('div', { class: 'tree-table', role: 'table', 'aria-label': 'Actors' },
      h('div', { class: 'tree-head', role: 'row' }, labels.map((label, index) =>
        h('span', { role: 'columnheader', class: index > 1 && index < 5 && 'num' }, label))), tree)));
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  await refresh();
}

const nameOf = path => path.slice(path.lastIndexOf('/') + 1) || path;

// The rows of all open branches, each branch asked for by itself, so that closed ones cost nothing.
async function branches(api, open, note) {
  const known = new Map();
  let total = 0;
  await Promise.all([...open.keys()].map(async path => {
    try {
      const root = path === '/' ? '' : `&root=${encodeURIComponent(path)}`;
      const answer = await api.get(`/actors?depth=${firstDepth}${root}`);
      if (path === '/') total = answer.count;
      known.set(path, answer.actors);
    } catch (error) {
      // It ended meanwhile: so does its branch.
      if (error.code !== 'actor_unknown') throw error;
      open.delete(path);
    }
  }));
  setText(note, count(total, 'actor'));
  const rows = [];
  const add = (actor, level) => {
    const isOpen = open.has(actor.path) || level === 0;
    rows.push({ key: actor.path, actor, level, isOpen, name: level === 0 ? actor.path : nameOf(actor.path) });
    if (!isOpen) return;
    const children = (level === 0 ? known.get('/') : known.get(actor.path))?.children ?? [];
    const limit = open.get(level === 0 ? '/' : actor.path) ?? step;
    for (const child of children.slice(0, limit)) add(child, level + 1);
    if (children.length > limit) {
      const more = level === 0 ? '/' : actor.path;
      rows.push({ key: `${actor.path}|more`, more, level: level + 1, rest: children.length - limit });
    }
  };
  if (known.has('/')) add(known.get('/'), 0);
  return rows;
}

async function matches(api, filter, note) {
  const wanted = filter.toLowerCase();
  const answer = await api.get('/actors');
  const rows = [];
  let found = 0;
  const stack = [answer.actors];
  while (stack.length > 0) {
    const actor = stack.pop();
    for (const child of actor.children ?? []) stack.push(child);
    if (!`${actor.path} ${actor.type}`.toLowerCase().includes(wanted)) continue;
    found++;
    if (rows.length < matchesShown) rows.push({ key: actor.path, actor, level: 0, isOpen: null, name: actor.path });
  }
  setText(note, found > rows.length ? `the first ${rows.length} of ${number(found)} that match`
    : `${number(found)} of ${count(answer.count, 'actor')} match`);
  return rows.sort((a, b) => (a.key < b.key ? -1 : 1));
}

function rowOf(row, toggle, more) {
  if (row.more) {
    return h('div', { class: 'tree-row tree-more', role: 'row' },
      h('div', { role: 'cell', class: 'tree-name' }, button('More', () => more(row.more), { small: true })));
  }
  const twig = h('button', { class: 'twig', type: 'button', 'on:click': () => toggle(row.actor.path) },
    icon('chevron'));
  const cell = (label, isNumber) => h('div', { role: 'cell', class: isNumber && 'num', dataset: { label } });
  return h('div', { class: 'tree-row', role: 'row', dataset: { path: row.actor.path } },
    h('div', { class: 'tree-name', role: 'cell' }, twig, h('span', { class: 'tree-text' }),
      h('span', { class: 'tree-type' })),
    cell('State'), cell('Mailbox', true), cell('Processed', true), cell('Restarts', true),
    h('div', { role: 'cell', class: 'tree-failure', dataset: { label: 'Last failure' } }));
}

function updateRow(element, row) {
  element.style.setProperty('--level', row.level);
  if (row.more) {
    setText(element.querySelector('button span'), `Show ${Math.min(step, row.rest)} more of ${number(row.rest)}`);
    return;
  }
  const { actor, isOpen } = row;
  const [name, state, mailbox, processed, restarts, failure] = element.children;
  const [twig, text, type] = name.children;
  twig.hidden = isOpen === null || row.level === 0 || actor.childCount === 0;
  twig.setAttribute('aria-label', `Children of ${actor.path}`);
  twig.setAttribute('aria-expanded', String(isOpen === true));
  setText(text, row.name);
  setText(type, actor.childCount > 0 ? `${actor.type} · ${compact(actor.childCount)}` : actor.type);
  settle(state, badge(actor.state, { tone: toneOf(actor.state) }));
  setText(mailbox, compact(actor.mailboxLength));
  mailbox.classList.toggle('is-long', actor.mailboxLength >= 1000);
  setText(processed, compact(actor.processed));
  setText(restarts, number(actor.restarts));
  restarts.classList.toggle('is-long', actor.restarts > 0);
  settle(failure, actor.lastFailure && h('span', { title: actor.lastFailure.message },
    when(actor.lastFailure.at), ` ${actor.lastFailure.type}: ${actor.lastFailure.message}`));
}

function toneOf(state) {
  return { running: 'ok', starting: 'info', failed: 'bad', stopped: 'idle' }[state] ?? 'warn';
}
