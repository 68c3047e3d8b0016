// One task: what is known of it, its history, and what may be done about it.
import { h, replace, setText, settle } from '../dom.js';
import { fetchBounded } from '../bounded.js';
import { brief, tagList } from '../fleet.js';
import { every, soon } from '../follow.js';
import { duration, moment, number } from '../format.js';
import { payloadView } from '../json-view.js';
import { badge, button, dialog, emptyState, errorPanel, facts, panel, when } from '../parts.js';
import { followTask } from '../task-events.js';
import { ORDERS, isAlive } from '../task-filter.js';
import { timeline } from '../timeline.js';

const RESULT_MARK = ',"result":';

/** Shows the page of the task that the address names. */
export async function mountTask(root, context) {
  const id = context.params.id;
  context.setTitle('Task');
  const state = { task: null, following: false };
  const parts = {
    head: h('div', { class: 'stack' }),
    live: h('p', { class: 'hint', role: 'status' }),
    history: h('div', null),
    delivery: h('div', null),
    failure: h('div', null),
  };
  const input = payload(context, { label: 'Request',
    none: 'The request as its sender sent it, fetched when you ask for it.',
    load: () => fetchBounded(`/task/${id}/input`, { signal: context.signal }) });
  const result = payload(context, { label: 'Result', none: 'Fetched when you ask for it.',
    load: () => loadResult(id, context) });
  const body = h('div', { class: 'stack', hidden: true }, parts.head,
    panel({ title: 'History', note: parts.live }, h('div', { class: 'panel-body' }, parts.history)),
    parts.delivery, input.element, result.element);
  root.append(h('p', { class: 'back' }, h('a', { href: '#/tasks' }, 'All tasks')), parts.failure, body);

  const load = async () => {
    try {
      state.task = await context.api.get(`/task/${encodeURIComponent(id)}?result=false`);
      body.hidden = false;
      replace(parts.failure);
      show();
      follow();
    } catch (error) {
      if (error.name === 'AbortError') return;
      if (!state.task && [400, 404, 410].includes(error.status)) replace(parts.failure, missing(error));
      else replace(parts.failure, errorPanel(error, load));
    }
  };
  const changed = soon(context.signal, 100, load);
  const draw = () => settle(parts.history, timeline(state.task, Date.now()));
  const show = () => {
    const { task } = state;
    settle(context.actions, h('div', { class: 'toolbar' }, orders(context, state, changed)));
    settle(parts.head, overview(task));
    settle(parts.delivery, task.webhook ? delivery(context, task, changed) : null);
    result.allow(task.state === 'succeeded');
    draw();
  };
  const follow = () => {
    if (!isAlive(state.task.state)) {
      state.following = false;
      setText(parts.live, '');
      return;
    }
    if (state.following) return;
    state.following = true;
    setText(parts.live, 'Live');
    followTask(state.task.taskId, context.signal, {
      changed,
      progress: text => setText(parts.live, `Live: progress ${brief(text)}`),
      chunk: many => setText(parts.live, `Live: ${number(many)} parts of output`),
      lost: isLost => {
        if (isLost) setText(parts.live, 'Connection lost, trying again');
        else if (state.following) setText(parts.live, 'Live');
      },
    });
  };
  await load();
  every(context.signal, 1000, () => {
    if (state.task && isAlive(state.task.state)) draw();
  });
  // A webhook goes on when the task has ended, and has no events of its own.
  every(context.signal, 5000, () => {
    if (state.task?.webhook?.state === 'pending' && !isAlive(state.task.state)) changed();
  });
}

function overview(task) {
  const took = task.finishedAt ? Date.parse(task.finishedAt) - Date.parse(task.createdAt) : null;
  const queue = new URLSearchParams({ group: task.group, contract: String(task.contract) });
  return panel({ title: task.taskId, note: badge(task.state), class: 'task-head' },
    h('div', { class: 'panel-body' },
      task.error && h('p', { class: 'notice is-bad' }, task.error),
      facts([
        ['Function', brief(task.function)],
        ['Group / contract', h('a', { href: `#/tasks?${queue}` }, `${brief(task.group)} / ${task.contract}`)],
        ['Mode', task.mode],
        ['Priority', number(task.priority)],
        ['Tags', task.tags.length > 0 ? tagList(task.tags) : null],
        ['Ordering key', task.orderingKey],
        ['Worker', task.worker],
        ['Attempts', number(task.attempts.length)],
        ['Created', moment(task.createdAt)],
        ['Due', task.dueAt && task.dueAt !== task.createdAt ? moment(task.dueAt) : null],
        ['Started', task.startedAt && moment(task.startedAt)],
        ['Finished', task.finishedAt && moment(task.finishedAt)],
        ['Took', took === null ? null : duration(Math.max(0, took))],
        ['Kept until', task.keptUntil && moment(task.keptUntil)],
      ])));
}

function delivery(context, task, changed) {
  const { webhook } = task;
  const redeliver = button('Send again', async () => {
    const order = () => context.api.post(`/task/${task.taskId}/webhook/retry`);
    if (await context.attempt(order, 'The delivery starts again.')) changed();
  }, { small: true });
  return panel({ title: 'Webhook', note: badge(webhook.state),
    actions: webhook.state === 'pending' ? null : redeliver },
    h('div', { class: 'panel-body' }, facts([
      ['Tries', number(webhook.tries)],
      ['Next try', webhook.nextTryAt ? when(webhook.nextTryAt) : null],
      ['Last status', webhook.lastStatus],
      ['Last error', webhook.lastError],
    ])));
}

function orders(context, state, changed) {
  const { task } = state;
  const order = async (work, done) => {
    if (await context.attempt(work, done)) changed();
  };
  return [
    isAlive(task.state) && button('Cancel task', async () => {
      if (await dialog({ title: 'Cancel this task?', body: 'If it runs, its call is ended.', confirm: 'Cancel task',
        cancel: 'Keep it', kind: 'danger' }))
        await order(() => context.api.delete(`/task/${task.taskId}`), 'Task cancelled.');
    }, { kind: 'danger' }),
    ORDERS.retry.includes(task.state)
      && button('Retry', () => order(() => context.api.post(`/task/${task.taskId}/retry`), 'Task queued again.'),
        { kind: 'primary' }),
  ];
}

// A part of the task that is fetched by a button only.
function payload(context, { label, none, load }) {
  const box = h('div', null, h('p', { class: 'hint' }, none));
  const fetchIt = button(`Show the ${label.toLowerCase()}`, async () => {
    try {
      const answer = await load();
      if (!answer.ok) replace(box, h('p', { class: 'hint', role: 'status' }, answer.error));
      else replace(box, payloadView(answer.text, { complete: answer.complete, label, announce: context.announce }));
      setText(fetchIt.lastChild, 'Fetch again');
    } catch (error) {
      if (error.name !== 'AbortError') replace(box, errorPanel(error));
    }
  }, { small: true });
  const element = panel({ title: label, actions: fetchIt }, h('div', { class: 'panel-body' }, box));
  return { element, allow(isThere) { element.hidden = !isThere; } };
}

// The result is the last member: what was cut off is a result that was cut off.
async function loadResult(id, context) {
  const answer = await fetchBounded(`/task/${id}`, { signal: context.signal });
  if (!answer.ok) return answer;
  const at = answer.text.indexOf(RESULT_MARK);
  if (at < 0) return { ...answer, ok: false, error: 'The task has no result.' };
  const text = answer.text.slice(at + RESULT_MARK.length);
  return { ...answer, text: answer.complete ? text.slice(0, -1) : text };
}

function missing(error) {
  const titles = { 400: 'That is no id of a task', 404: 'There is no such task', 410: 'This task is gone' };
  return emptyState({ title: titles[error.status], text: error.message });
}
