// What pages are made of.

import { h, keyed, replace, settle, setText } from './dom.js';
import { icon } from './icons.js';
import { ago, moment, number, percent } from './format.js';

const tones = {
  ok: ['ready', 'succeeded', 'delivered', 'active', 'up', 'healthy', 'live', 'serving', 'valid'],
  warn: ['maintenance', 'draining', 'drain', 'retrying', 'paused', 'pending', 'leaving', 'ejected', 'warn',
    'slow-start', 'suspended', 'restarting', 'full'],
  bad: ['offline', 'dead', 'unreachable', 'down', 'failed', 'unhealthy', 'invalid', 'error', 'fatal', 'expired',
    'lost'],
  info: ['running', 'scheduled', 'info', 'started', 'starting'],
};
const toneOf = new Map(Object.entries(tones).flatMap(([tone, states]) => states.map(state => [state, tone])));

/**
 * A state as a coloured word. The word says it all; the colour helps.
 * @param {string} state the stable name, by which the colour is found
 * @param {{label?: string, tone?: 'ok'|'warn'|'bad'|'info'|'idle', title?: string}} [options]
 */
export function badge(state, options = {}) {
  const tone = options.tone ?? toneOf.get(String(state).toLowerCase()) ?? 'idle';
  return h('span', { class: `badge badge-${tone}`, title: options.title }, options.label ?? state);
}

/**
 * A button. While what it does takes, further clicks count for nothing.
 * @param {string} label
 * @param {function(): (void|Promise<void>)} onClick
 * @param {{kind?: 'primary'|'danger'|'quiet', icon?: string, title?: string, label?: string,
 *   small?: boolean}} [options] `label` is read instead of the text, for buttons that look alike
 */
export function button(label, onClick, options = {}) {
  const element = h('button', {
    type: 'button', title: options.title, 'aria-label': options.label,
    class: ['button', options.kind && `button-${options.kind}`, options.small && 'button-small'],
    'on:click': async () => {
      if (element.getAttribute('aria-busy') === 'true') return;
      const work = onClick();
      if (!(work instanceof Promise)) return;
      element.setAttribute('aria-busy', 'true');
      try {
        await work;
      } finally {
        element.removeAttribute('aria-busy');
      }
    },
  }, options.icon && icon(options.icon), label && h('span', null, label));
  return element;
}

/**
 * Asks before something is done. Escape and a click on Cancel say no.
 * @param {{title: string, body?: *, confirm?: string, cancel?: string, kind?: 'primary'|'danger'}} options `body` is a
 *   text or nodes, a form's fields too: read them when the answer is true
 * @returns {Promise<boolean>}
 */
export function dialog({ title, body = null, confirm = 'Go on', cancel = 'Cancel', kind = 'primary' }) {
  return new Promise(resolve => {
    const form = h('form', { method: 'dialog', class: 'dialog-form' },
      h('h2', { id: 'dialog-title' }, title),
      h('div', { class: 'dialog-body' }, typeof body === 'string' ? h('p', null, body) : body),
      h('div', { class: 'dialog-actions' },
        h('button', { class: 'button', type: 'button', 'on:click': () => element.close('no') }, cancel),
        h('button', { class: `button button-${kind}`, type: 'submit', value: 'yes' }, confirm)));
    const element = h('dialog', { class: 'dialog', 'aria-labelledby': 'dialog-title', 'on:close': () => {
      const answer = element.returnValue === 'yes';
      element.remove();
      resolve(answer);
    } }, form);
    document.body.append(element);
    element.showModal();
  });
}

/**
 * A bar with its figure beside it.
 * @param {number} used
 * @param {number} limit 0: the bar is empty
 * @param {{label?: string, text?: string, tone?: string}} [options] `text` in the place of "used / limit"; without a
 *   tone a bar turns to warn at 75% and to bad at 95%
 */
export function meter(used, limit, options = {}) {
  const share = limit > 0 ? Math.min(Math.max(used / limit, 0), 1) : 0;
  const tone = options.tone ?? (share >= 0.95 ? 'bad' : share >= 0.75 ? 'warn' : 'ok');
  const text = options.text ?? `${number(used)} / ${number(limit)}`;
  return h('div', { class: 'meter' },
    h('div', { class: 'meter-track', role: 'meter', 'aria-label': options.label ?? 'used', 'aria-valuemin': 0,
      'aria-valuemax': 100, 'aria-valuenow': Math.round(share * 100), 'aria-valuetext': text },
    h('div', { class: `meter-bar tone-${tone}`, style: { width: `${(share * 100).toFixed(1)}%` } })),
    h('span', { class: 'meter-text', 'aria-hidden': true }, text));
}

/** A share of 1 as a bar, for instance of a backend's traffic. */
export function shareBar(share, label) {
  return meter(share ?? 0, 1, { label, text: percent(share), tone: 'info' });
}

/** What a page shows when there is nothing to show: why, and what to do. */
export function emptyState({ title, text = null, actions = [] }) {
  return h('div', { class: 'empty' }, h('h3', null, title), text && h('p', null, text),
    actions.length > 0 && h('div', { class: 'empty-actions' }, actions));
}

/** What went wrong, where it was to be shown. */
export function errorPanel(error, retry = null) {
  return h('div', { class: 'failure', role: 'alert' }, icon('warning'), h('p', null, error?.message ?? String(error)),
    retry && button('Try again', retry, { small: true }));
}

/**
 * A framed part of a page with a heading.
 * @param {{title: string, note?: *, actions?: *, class?: string}} options `note` stands beside the heading
 */
export function panel({ title, note = null, actions = null, class: extra = null }, ...children) {
  return h('section', { class: ['panel', extra] },
    h('header', { class: 'panel-head' }, h('h2', null, title), note && h('div', { class: 'panel-note' }, note),
      actions && h('div', { class: 'panel-actions' }, actions)),
    children);
}

/**
 * A table that follows a list. At 390 px its rows are cards, each cell under its column's name.
 * @template T
 * @param {{caption: string, columns: Array<{label: string, render: function(T): *, class?: string}>,
 *   key: function(T): (string|number), empty?: *, rowClass?: function(T): ?string}} options `render` gives a text or a
 *   node. A cell that looks the same as before stays as it is, with focus and listeners: so a listener may use of its
 *   row only the key and what the cell shows. `class`: `num` for figures, `wide`, `actions`.
 * @returns {{element: HTMLElement, update: function(Array<T>): void}}
 */
export function table({ caption, columns, key, empty = null, rowClass = null }) {
  const body = h('tbody', { role: 'rowgroup' });
  const none = h('div', { class: 'table-none', hidden: true }, empty ?? 'Nothing here.');
  const scroll = h('div', { class: 'table-scroll', role: 'region', 'aria-label': caption, tabindex: 0 },
    h('table', { class: 'table', role: 'table' },
      h('caption', { class: 'hidden-text' }, caption),
      h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, columns.map(column =>
        h('th', { scope: 'col', role: 'columnheader', class: column.class },
          column.class === 'actions' ? h('span', { class: 'hidden-text' }, column.label) : column.label)))),
      body));
  const makeRow = () => h('tr', { role: 'row' }, columns.map(column =>
    h('td', { role: 'cell', class: column.class, dataset: { label: column.label } })));
  const rows = keyed(body, key, makeRow, (row, item) => {
    const extra = rowClass?.(item) ?? '';
    if (row.className !== extra) row.className = extra;
    columns.forEach((column, index) => {
      const content = column.render(item);
      if (content instanceof Node || Array.isArray(content)) settle(row.cells[index], content);
      else setText(row.cells[index], content);
    });
  });
  return {
    element: h('div', { class: 'table-box' }, scroll, none),
    update(items) {
      rows(items);
      none.hidden = items.length > 0;
      scroll.hidden = items.length === 0;
    },
  };
}

/**
 * The foot of a list that comes in pages.
 * @param {function(): Promise<void>} onMore
 * @returns {{element: HTMLElement, update: function({count: number, hasMore: boolean}): void}}
 */
export function pager(onMore) {
  const note = h('span', { class: 'pager-note', 'aria-live': 'polite' });
  const more = button('Show more', onMore, { small: true });
  return {
    element: h('div', { class: 'pager' }, note, more),
    update({ count, hasMore }) {
      setText(note, hasMore ? `${number(count)} shown, there are more` : `${number(count)} shown, that is all`);
      more.hidden = !hasMore;
    },
  };
}

/** Pairs of a name and what it is; those that are null are left out. @param {Array<[string, *]>} pairs */
export function facts(pairs) {
  return h('dl', { class: 'facts' }, pairs.filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))));
}

/** A field of a form under its label. @param {string} label @param {HTMLElement} input */
export function field(label, input, hint = null) {
  return h('label', { class: 'field' }, h('span', { class: 'field-label' }, label), input,
    hint && h('span', { class: 'field-hint' }, hint));
}

/** A choice of one. @param {Array<string|[string, string]>} options values, or pairs of a value and its label */
export function choice(options, value, onChange, properties = {}) {
  return h('select', { class: 'input', 'on:change': event => onChange(event.target.value), ...properties },
    options.map(option => {
      const [name, label] = [option].flat();
      return h('option', { value: name, selected: name === value }, label ?? name);
    }));
}

/** A text to filter by; tells 150 ms after the last key. */
export function searchField(label, value, onChange) {
  let timer = 0;
  const input = h('input', { class: 'input', type: 'search', value: value ?? '', placeholder: label,
    'aria-label': label, autocomplete: 'off', spellcheck: 'false', maxlength: 256, 'on:input': () => {
      clearTimeout(timer);
      timer = setTimeout(() => onChange(input.value), 150);
    } });
  return h('div', { class: 'search' }, icon('search'), input);
}

/** A moment: how long ago, with the whole of it as its title. */
export function when(iso) {
  return iso ? h('time', { datetime: iso, title: moment(iso) }, ago(iso)) : '–';
}

/** A version without the commit that it was built from, which is its title. */
export function versionOf(version) {
  return h('span', { class: 'nowrap', title: version }, String(version ?? '–').split('+')[0]);
}

/** The name of a node in a list of all. */
export function nodeName(node) {
  return h('span', { class: 'break' }, node.id ?? node.host,
    node.self && h('span', { class: 'muted nowrap' }, ' (this one)'));
}

/** Lines to copy. */
export function snippet(text) {
  const copy = button('Copy', async () => {
    try {
      await navigator.clipboard.writeText(text);
      replace(copy.lastChild, 'Copied');
    } catch {
      getSelection().selectAllChildren(code);
    }
  }, { small: true, icon: 'copy', label: 'Copy these lines' });
  const code = h('code', null, text);
  return h('div', { class: 'snippet' }, h('pre', { tabindex: 0 }, code), copy);
}
