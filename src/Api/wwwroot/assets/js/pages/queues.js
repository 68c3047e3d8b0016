// All queues: what waits, how fast it goes, and the orders about a whole queue.
import { h, setText } from '../dom.js';
import { brief } from '../fleet.js';
import { follow } from '../follow.js';
import { compact, count, duration, moment, number, rate } from '../format.js';
import { badge, button, choice, dialog, emptyState, panel, searchField, table } from '../parts.js';

export const title = 'Queues';

const PAUSES = [['', 'Until somebody resumes it'], ['1m', '1 minute'], ['10m', '10 minutes'], ['1h', '1 hour'],
  ['8h', '8 hours'], ['1d', '1 day']];
const WAITING = [['queued', 'Queued'], ['retrying', 'Waiting for a retry'], ['scheduled', 'Scheduled for later']];
const SHOWN = [['', 'All queues'], ['paused', 'Paused'], ['waiting', 'With tasks that wait'],
  ['dead', 'With dead tasks']];

/** Shows the page. */
export function mount(root, context) {
  const filter = { q: context.query.get('q') ?? '', show: context.query.get('show') ?? '' };
  let queues = [];
  let workers = null;
  const totals = h('div', { class: 'totals' });
  const find = key => queues.find(queue => keyOf(queue) === key);
  const take = body => {
    queues = [...body.queues].sort((one, other) =>
      one.group.localeCompare(other.group, 'en', { numeric: true }) || one.contract - other.contract);
    show();
  };
  const refresh = () => context.attempt(async () => take(await context.api.get('/queues')));
  // What somebody ordered shows at once, whenever the next event comes.
  const order = async (work, done) => {
    if (await context.attempt(work, done)) await refresh();
  };
  const list = table({
    caption: 'Queues',
    key: keyOf,
    columns: columnsOf(key => act(context, { order, refresh, find }, key), () => workers),
    empty: emptyState({
      title: 'No queue to show',
      text: 'A queue comes with the first task of its group and contract.',
    }),
  });
  const show = () => {
    const found = queues.filter(queue => matches(queue, filter));
    list.update(found);
    showTotals(totals, queues);
  };
  const change = () => {
    context.setQuery(filter);
    show();
  };
  root.append(
    h('div', { class: 'filters' },
      searchField('Group or contract', filter.q, text => { filter.q = text; change(); }),
      choice(SHOWN, filter.show, value => { filter.show = value; change(); }, { 'aria-label': 'Which queues' })),
    totals,
    panel({ title: 'By group and contract' }, list.element));
  follow(context, 'workers', '/workers', body => {
    workers = body.workers;
    show();
  }).catch(() => {}); // Only a hint hangs on it; a lost connection is told by the shell.
  return follow(context, 'queues', '/queues', take);
}

function columnsOf(actOn, workers) {
  const state = (label, name, kind = null) => ({ label, class: 'num', render: queue => {
    const value = queue.counts[name] ?? 0;
    return value === 0 ? '0'
      : h('a', { href: tasksOf(queue, name), class: kind, title: number(value) }, compact(value));
  } });
  return [
    { label: 'Queue', class: 'wide', render: queue =>
      h('a', { href: tasksOf(queue) }, `${brief(queue.group)} / ${queue.contract}`) },
    { label: 'State', render: queue => h('div', { class: 'badges' }, stateOf(queue), idleNote(queue, workers())) },
    state('Pending', 'queued'),
    state('Running', 'running'),
    state('Delayed', 'scheduled'),
    state('Retrying', 'retrying'),
    state('Dead', 'dead', 'is-bad'),
    { label: 'In', class: 'num', render: queue => rate(queue.rates.inPerSecond) },
    { label: 'Out', class: 'num', render: queue => rate(queue.rates.outPerSecond) },
    { label: 'Oldest', class: 'num', render: queue => duration(queue.oldestAgeMs) },
    { label: 'Orders', class: 'actions', render: queue => {
      const name = `${brief(queue.group)} / ${queue.contract}`;
      const order = actOn(keyOf(queue));
      return [queue.paused
        ? button('Resume', order.resume, { small: true, kind: 'primary', label: `Resume ${name}` })
        : button('Pause', order.pause, { small: true, label: `Pause ${name}` }),
      button('Purge', order.purge, { small: true, kind: 'danger', label: `Purge ${name}` })];
    } },
  ];
}

function stateOf(queue) {
  if (!queue.paused) return badge('active');
  const until = queue.pausedUntil ? `until ${moment(queue.pausedUntil)}` : 'until resumed';
  return [badge('paused'), h('span', { class: 'hint' }, until)];
}

function idleNote(queue, workers) {
  const waits = (queue.counts.queued ?? 0) + (queue.counts.retrying ?? 0) > 0;
  if (!waits || !workers) return null;
  const isServed = workers.some(worker => worker.serving && worker.group === queue.group
    && worker.contract === queue.contract);
  return isServed ? null : badge('no worker', { tone: 'bad', title: 'No worker serves this group and contract now.' });
}

function act(context, { order, refresh, find }, key) {
  const path = queue => `/queues/${encodeURIComponent(queue.group)}/${queue.contract}`;
  return {
    pause: async () => {
      const queue = find(key);
      const time = choice(PAUSES, '', () => {});
      const body = [h('p', null, `${nameOf(queue)} hands out no tasks while it is paused. New tasks are taken in and `
        + 'wait; what runs ends.'),
      h('label', { class: 'field' }, h('span', { class: 'field-label' }, 'For how long'), time)];
      if (!await dialog({ title: 'Pause this queue?', body, confirm: 'Pause' })) return;
      const query = time.value ? `?for=${time.value}` : '';
      await order(() => context.api.post(`${path(queue)}/pause${query}`), `${nameOf(queue)} is paused.`);
    },
    resume: async () => {
      const queue = find(key);
      await order(() => context.api.post(`${path(queue)}/resume`), `${nameOf(queue)} goes on.`);
    },
    purge: async () => {
      // What a question counts must be of now, not of the last event.
      if (await refresh()) await purge(context, order, find(key));
    },
  };
}

async function purge(context, order, queue) {
  const waiting = WAITING.map(([state, label]) => ({ state, label, count: queue.counts[state] ?? 0 }))
    .filter(each => each.count > 0);
  if (waiting.length === 0) {
    context.announce(`Nothing waits in ${nameOf(queue)}.`);
    return;
  }
  const boxes = waiting.map(each => ({ ...each, box: h('input', { type: 'checkbox', checked: true }) }));
  const body = [
    h('p', null, `Tasks that wait in ${nameOf(queue)} are cancelled and never run, unless somebody retries them. `
      + 'What runs is not touched.'),
    h('fieldset', { class: 'checks' }, h('legend', { class: 'field-label' }, 'Cancel these'),
      boxes.map(({ box, label, count: many }) => h('label', { class: 'check' }, box, `${label} (${number(many)})`))),
  ];
  if (!await dialog({ title: 'Cancel all tasks that wait?', body, confirm: 'Cancel tasks', cancel: 'Keep them',
    kind: 'danger' }))
    return;
  let cancelled = 0;
  await order(async () => {
    for (const { state, box } of boxes) {
      if (!box.checked) continue;
      const query = new URLSearchParams({ state, group: queue.group, contract: String(queue.contract) });
      cancelled += (await context.api.post(`/tasks/cancel?${query}`)).cancelled;
    }
    context.announce(`${count(cancelled, 'task')} of ${nameOf(queue)} cancelled.`);
  });
}

function showTotals(element, queues) {
  const states = [['Pending', 'queued'], ['Running', 'running'], ['Delayed', 'scheduled'], ['Retrying', 'retrying'],
    ['Dead', 'dead']];
  if (element.childElementCount === 0) {
    element.append(
      ...states.map(([label, state]) => h('a', { class: 'total', href: `#/tasks?state=${state}` },
        h('span', null, label), h('strong', null, ''))),
      h('div', { class: 'total' }, h('span', null, 'Paused queues'), h('strong', null, '')));
  }
  const sum = state => queues.reduce((total, queue) => total + (queue.counts[state] ?? 0), 0);
  const values = [...states.map(([, state]) => sum(state)), queues.filter(queue => queue.paused).length];
  values.forEach((value, index) => setText(element.children[index].lastChild, compact(value)));
}

function matches(queue, { q, show }) {
  if (show === 'paused' && !queue.paused) return false;
  if (show === 'dead' && !queue.counts.dead) return false;
  if (show === 'waiting' && !WAITING.some(([state]) => queue.counts[state] > 0)) return false;
  return `${queue.group} / ${queue.contract}`.toLowerCase().includes(q.trim().toLowerCase());
}

const keyOf = queue => `${queue.contract} ${queue.group}`;
const nameOf = queue => `${brief(queue.group, 80)} / ${queue.contract}`;

function tasksOf(queue, state = null) {
  const filter = { ...state && { state }, group: queue.group, contract: String(queue.contract) };
  return `#/tasks?${new URLSearchParams(filter)}`;
}
