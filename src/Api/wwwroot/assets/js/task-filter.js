// Which tasks a list shows, and which ones an order about many is for.
import { h } from './dom.js';
import { choice } from './parts.js';

/** All states of tasks with their names, in the order of a task's life. */
export const STATES = ['scheduled', 'queued', 'running', 'retrying', 'succeeded', 'dead', 'cancelled', 'expired'];
/** What may be done to all tasks of a state. */
export const ORDERS = {
  retry: ['dead', 'cancelled'],
  cancel: ['scheduled', 'queued', 'retrying', 'running'],
  delete: ['succeeded', 'dead', 'cancelled', 'expired'],
};
const NAMES = ['state', 'group', 'contract', 'function', 'tag', 'webhook'];
const COUNTED_MAX = 5000;
const PAGE_MAX = 1000;

/** Whether a task in this state has not ended. */
export const isAlive = state => ORDERS.cancel.includes(state);

/** The filter that an address asks for. @param {URLSearchParams} query */
export function filterOf(query) {
  return Object.fromEntries(NAMES.map(name => [name, query.get(name) ?? '']));
}

/** The members of a filter that are set, as parameters of a request. */
export function parametersOf(filter, more = {}) {
  return new URLSearchParams([...Object.entries(filter), ...Object.entries(more)]
    .filter(([, value]) => value !== '' && value !== null));
}

/** A filter in words: `state dead, group "mail"`. */
export function wordsOf(filter) {
  const parts = Object.entries(filter).filter(([, value]) => value !== '')
    .map(([name, value]) => name === 'state' || name === 'webhook' || name === 'contract'
      ? `${name} ${value}` : `${name} "${value}"`);
  return parts.length === 0 ? 'all tasks' : parts.join(', ');
}

/**
 * How many tasks a filter finds.
 * @param {object} api
 * @param {object} filter with a state
 * @returns {Promise<{count: number, isLeast: boolean}>} `isLeast`: there may be more
 */
export async function countOf(api, filter) {
  if (!filter.function && !filter.tag && !filter.webhook) {
    const { queues } = await api.get('/queues');
    const count = queues.filter(queue => (!filter.group || queue.group === filter.group)
      && (!filter.contract || String(queue.contract) === filter.contract))
      .reduce((sum, queue) => sum + (queue.counts[filter.state] ?? 0), 0);
    return { count, isLeast: false };
  }
  let count = 0;
  let cursor = null;
  do {
    const page = await api.get(`/tasks?${parametersOf(filter, { limit: String(PAGE_MAX), cursor })}`);
    count += page.tasks.length;
    cursor = page.cursor;
  } while (cursor && count < COUNTED_MAX);
  return { count, isLeast: cursor !== null };
}

/**
 * The form of a filter.
 * @param {object} filter what it shows first
 * @param {function(object): void} onChange given the whole filter
 * @param {function(string): void} onId given the id of a task that is to be opened
 * @returns {HTMLFormElement}
 */
export function filterForm(filter, onChange, onId) {
  const values = { ...filter };
  const tell = () => onChange({ ...values });
  const text = (name, label, properties = {}) => field(label, h('input', { class: 'input', name, value: values[name],
    autocomplete: 'off', spellcheck: 'false', maxlength: 256, ...properties,
    'on:change': event => {
      values[name] = event.target.value.trim();
      tell();
    } }));
  const select = (name, label, options) => field(label, choice(options, values[name], value => {
    values[name] = value;
    tell();
  }, { name }));
  const id = h('input', { class: 'input mono', name: 'id', autocomplete: 'off', spellcheck: 'false', maxlength: 64,
    pattern: '\\s*[0-9A-Fa-f]{32}\\s*', title: '32 hexadecimal digits', placeholder: '32 hexadecimal digits' });
  const form = h('form', { class: 'task-filter', 'aria-label': 'Filter', 'on:submit': event => {
    event.preventDefault();
    const wanted = id.value.trim().toLowerCase();
    if (wanted) onId(wanted);
    else tell();
  } },
  field('Task id', id),
  select('state', 'State', [['', 'Any'], ...STATES]),
  text('group', 'Group'),
  text('contract', 'Contract', { inputmode: 'numeric', pattern: '[0-9]*', title: 'A whole number' }),
  text('function', 'Function'),
  text('tag', 'Tag', { maxlength: 128 }),
  select('webhook', 'Webhook', [['', 'Any'], 'pending', 'delivered', 'dead']),
  h('div', { class: 'task-filter-buttons' },
    h('button', { class: 'button button-primary', type: 'submit' }, 'Search'),
    h('button', { class: 'button', type: 'button', 'on:click': () => {
      for (const name of NAMES) values[name] = '';
      form.reset();
      for (const input of form.querySelectorAll('.input')) input.value = '';
      tell();
    } }, 'Clear')));
  return form;
}

function field(label, input) {
  return h('label', { class: 'field' }, h('span', { class: 'field-label' }, label), input);
}
