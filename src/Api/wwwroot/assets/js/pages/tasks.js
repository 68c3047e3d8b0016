// Tasks, newest first, by what the filter says; one of them when the address names it.
import { h, setText } from '../dom.js';
import { brief, tagList } from '../fleet.js';
import { every, soon } from '../follow.js';
import { count, duration, number } from '../format.js';
import { badge, button, dialog, emptyState, errorPanel, pager, panel, table, when } from '../parts.js';
import { ORDERS, countOf, filterForm, filterOf, isAlive, parametersOf, wordsOf } from '../task-filter.js';
import { mountTask } from './task.js';

export const title = 'Tasks';

const PAGE = 50;
const REFRESHED_MAX = 200;
const REFRESH_MS = 1500;
const AT_LEAST_EVERY_MS = 10_000;
const WORDS = {
  retry: { verb: 'Retry', done: 'retried',
    text: 'They go back to their queues and run again, with all their attempts.' },
  cancel: { verb: 'Cancel', done: 'cancelled', text: 'What waits never runs; running calls are ended.' },
  delete: { verb: 'Delete', done: 'deleted',
    text: 'They are forgotten with their results. This cannot be taken back.' },
};

/** Shows the page. */
export function mount(root, context) {
  return context.params.id ? mountTask(root, context) : mountList(root, context);
}

async function mountList(root, context) {
  let filter = filterOf(context.query);
  let tasks = [];
  let cursor = null;
  let asked = 0;
  const failure = h('div', { hidden: true });
  const list = taskTable(context, () => refresh());
  const foot = pager(() => load(true));
  const orders = orderButtons(context, () => filter, () => refresh());
  const note = h('span', { role: 'status' });

  const load = async more => {
    const mine = ++asked;
    const limit = more ? PAGE : Math.min(Math.max(tasks.length, PAGE), REFRESHED_MAX);
    try {
      const page = await context.api.get(`/tasks?${parametersOf(filter, { limit: String(limit),
        cursor: more ? cursor : null })}`);
      if (mine !== asked) return;
      tasks = more ? [...tasks, ...page.tasks] : page.tasks;
      cursor = page.cursor;
      failure.hidden = true;
      list.update(tasks);
      foot.update({ count: tasks.length, hasMore: cursor !== null });
      setText(note, wordsOf(filter));
    } catch (error) {
      if (error.name === 'AbortError' || mine !== asked) return;
      failure.hidden = false;
      failure.replaceChildren(errorPanel(error, () => load(more)));
    }
  };
  const refresh = soon(context.signal, REFRESH_MS / 5, () => load(false));
  const onFilter = next => {
    filter = next;
    tasks = [];
    context.setQuery(filter);
    orders.update();
    return load(false);
  };

  root.append(
    panel({ title: 'Search', class: 'filter-panel' },
      filterForm(filter, onFilter, id => context.navigate(`#/tasks/${encodeURIComponent(id)}`))),
    failure,
    panel({ title: 'Newest first', note, actions: orders.element }, list.element, foot.element));
  orders.update();
  await load(false);
  keepFresh(context, () => {
    if (tasks.length <= REFRESHED_MAX) refresh();
  });
}

// Asks again when the balancer's counts moved, once for the time before the first of them, and now and then for what
// other nodes of a cluster do.
function keepFresh(context, refresh) {
  let seen = null;
  let at = 0;
  context.live.on('status', ({ tasks }) => {
    const { submitted, succeeded, dead, cancelled, expired, attempts, retries,
      waiting, running, scheduled, deadKept } = tasks;
    const mark = [submitted, succeeded, dead, cancelled, expired, attempts, retries,
      waiting, running, scheduled, deadKept].join();
    // Too soon after the last time: the next status finds it changed still.
    if (mark === seen || performance.now() - at < REFRESH_MS) return;
    seen = mark;
    at = performance.now();
    refresh();
  });
  every(context.signal, AT_LEAST_EVERY_MS, refresh);
}

function taskTable(context, changed) {
  return table({
    caption: 'Tasks, newest first',
    key: task => task.taskId,
    empty: emptyState({ title: 'No task matches',
      text: 'Tasks are forgotten when their retention is over; others may match '
      + 'another filter.' }),
    columns: [
      { label: 'Task', class: 'bare', render: task => h('a', { class: 'mono task-id',
        href: `#/tasks/${task.taskId}`, title: task.taskId },
        task.taskId) },
            { label: 'Function', class: 'wide bare', render: task => h('div', null, brief(task.function, 80),
        h('div', { class: 'hint' }, `${brief(task.group, 80)} / ${task.contract}`)) },
      { label: 'State', class: 'bare state-cell', render: task => badge(task.state) },
      { label: 'Tags', class: 'bare tags-cell',
        render: task => h('div', null, task.tags.length > 0 ? tagList(task.tags) : '') },
      { label: 'Attempts', class: 'num', render: task => number(task.attempts.length) },
      { label: 'Created', render: task => when(task.createdAt) },
      { label: 'Took', class: 'num', render: task => duration(tookOf(task)) },
      { label: 'Orders', class: 'actions', render: task => h('div', null, rowOrders(context, task, changed)) },
    ],
  });
}

function tookOf(task) {
  return task.finishedAt ? Math.max(0, Date.parse(task.finishedAt) - Date.parse(task.createdAt)) : null;
}

function rowOrders(context, { taskId, state }, changed) {
  const order = (work, done) => async () => {
    if (await context.attempt(work, done)) changed();
  };
  if (isAlive(state)) return button('Cancel', async () => {
    if (await dialog({ title: 'Cancel this task?', body: `Task ${taskId}: if it runs, its call is ended.`,
      confirm: 'Cancel task',
      cancel: 'Keep it', kind: 'danger' }))
      await order(() => context.api.delete(`/task/${taskId}`), 'Task cancelled.')();
  }, { small: true, label: `Cancel ${taskId}` });
  if (ORDERS.retry.includes(state))
    return button('Retry', order(() => context.api.post(`/task/${taskId}/retry`), 'Task queued again.'),
      { small: true, label: `Retry ${taskId}` });
  return null;
}

function orderButtons(context, filter, changed) {
  const buttons = Object.keys(ORDERS).map(order =>
    [order, button(`${WORDS[order].verb} all`, () => orderMany(context, order, filter(), changed),
      { small: true, kind: order === 'retry' ? undefined : 'danger' })]);
  const hint = h('span', { class: 'hint' }, 'Choose a state to act on all that match.');
  return {
    element: [hint, ...buttons.map(([, element]) => element)],
    update() {
      const { state } = filter();
      hint.hidden = state !== '';
      for (const [order, element] of buttons) element.hidden = !ORDERS[order].includes(state);
    },
  };
}

async function orderMany(context, order, filter, changed) {
  const { verb, done, text } = WORDS[order];
  await context.attempt(async () => {
    const found = await countOf(context.api, filter);
    if (found.count === 0) {
      context.announce(`No task matches: ${wordsOf(filter)}.`);
      return;
    }
    const many = `${number(found.count)}${found.isLeast ? ' or more' : ''} ${found.count === 1 ? 'task' : 'tasks'}`;
    const body = [h('p', null, 'Filter: ', h('strong', null, wordsOf(filter))), h('p', null, text)];
    if (!await dialog({ title: `${verb} ${many}?`, body, confirm: `${verb} ${many}`, cancel: 'Go back',
      kind: order === 'retry' ? 'primary' : 'danger' })) return;
    const query = parametersOf(filter);
    const answer = order === 'delete' ? await context.api.delete(`/tasks?${query}`)
      : await context.api.post(`/tasks/${order}?${query}`);
    context.announce(`${count(answer[done], 'task')} ${done}.`);
    changed();
  });
}
