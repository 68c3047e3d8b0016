// The life of a task as a list that can be read aloud, with a small bar beside each entry that shows when it was.
import { h, svg } from './dom.js';
import { clock, duration } from './format.js';

const ENDS = { succeeded: 'Succeeded', dead: 'Dead', cancelled: 'Cancelled', expired: 'Expired' };

/**
 * What happened to a task, oldest first.
 * @param {object} task As `GET /task/{id}` shows it.
 * @param {number} now Unix milliseconds.
 * @returns {{kind: string, title: string, from: number, to: number|null, worker?: string, error?: string}[]}
 *   `to` is null for what goes on, and equals `from` for a moment.
 */
export function historyOf(task, now) {
  const created = Date.parse(task.createdAt);
  const due = task.dueAt ? Date.parse(task.dueAt) : created;
  const attempts = task.attempts ?? [];
  const finished = task.finishedAt ? Date.parse(task.finishedAt) : null;
  const entries = [];
  if (due > created && attempts.length === 0)
    entries.push({ kind: 'scheduled', title: 'Scheduled', from: created, to: Math.min(due, finished ?? due) });
  entries.push(...waitBefore(attempts[0], { created, due, finished, now, state: task.state }));
  attempts.forEach((attempt, index) => {
    const from = Date.parse(attempt.startedAt);
    const to = attempt.endedAt ? Date.parse(attempt.endedAt) : null;
    entries.push({
      kind: attempt.error ? 'failed' : to === null ? 'running' : 'done',
      title: `Attempt ${attempt.number}`,
      from,
      to,
      worker: attempt.worker,
      error: attempt.error ?? undefined,
    });
    const next = attempts[index + 1];
    if (to !== null && next)
      entries.push({ kind: 'waiting', title: 'Waited for a retry', from: to, to: Date.parse(next.startedAt) });
    else if (to !== null && (task.state === 'retrying' || task.state === 'queued'))
      entries.push({ kind: 'waiting', title: 'Waits for a retry', from: to, to: null });
  });
  if (finished !== null)
    entries.push({ kind: task.state, title: ENDS[task.state] ?? task.state, from: finished, to: finished,
      error: attempts.some(attempt => attempt.error === task.error) ? undefined : task.error ?? undefined });
  return entries;
}

/**
 * The list of a task's history.
 * @param {object} task As `GET /task/{id}` shows it.
 * @param {number} now Unix milliseconds.
 * @returns {HTMLOListElement}
 */
export function timeline(task, now) {
  const entries = historyOf(task, now);
  const start = Math.min(...entries.map(entry => entry.from));
  const end = Math.max(start + 1, ...entries.map(entry => entry.to ?? now));
  return h('ol', { class: 'timeline', 'aria-label': 'History of the task' }, entries.map(entry =>
    h('li', { class: `timeline-entry is-${entry.kind}` },
      h('div', { class: 'timeline-head' },
        h('strong', null, entry.title),
        entry.worker ? h('span', { class: 'timeline-worker' }, ` on ${entry.worker}`) : null,
        h('span', { class: 'timeline-time' }, h('time', { datetime: new Date(entry.from).toISOString() },
          clock(new Date(entry.from).toISOString())), lasted(entry, now))),
      bar(entry, start, end, now),
      entry.error ? h('p', { class: 'timeline-error' }, entry.error) : null)));
}

function waitBefore(first, { created, due, finished, now, state }) {
  const from = Math.max(created, Math.min(due, now));
  if (first) return [{ kind: 'waiting', title: 'Queued', from: created, to: Date.parse(first.startedAt) }];
  if (finished !== null) return finished > from ? [{ kind: 'waiting', title: 'Queued', from, to: finished }] : [];
  return state === 'scheduled' ? [] : [{ kind: 'waiting', title: 'Queued', from, to: null }];
}

function lasted(entry, now) {
  if (entry.to === entry.from) return '';
  return entry.to === null ? `, for ${duration(Math.max(0, now - entry.from))} so far`
    : `, ${duration(Math.max(0, entry.to - entry.from))}`;
}

function bar(entry, start, end, now) {
  const share = moment => 100 * Math.min(1, Math.max(0, (moment - start) / (end - start)));
  const left = share(entry.from);
  const width = Math.max(0.8, share(entry.to ?? now) - left);
  return svg('svg', { class: 'timeline-bar', viewBox: '0 0 100 6', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('rect', { class: 'bar-ground', x: 0, y: 2, width: 100, height: 2 }),
    svg('rect', { class: 'bar-part', x: Math.min(left, 100 - width).toFixed(2), y: 0, width: width.toFixed(2),
      height: 6 }));
}
