// All workers by their group and contract; one of them when the address names it.
import { h, keyed, setText } from '../dom.js';
import { brief, fleetName, isInvalid, serviceList, tagList, tagsOf, whyIdle, workerBadges } from '../fleet.js';
import { follow } from '../follow.js';
import { count, number, percent } from '../format.js';
import { choice, emptyState, meter, searchField, table } from '../parts.js';
import { mountWorker } from './worker.js';

export const title = 'Workers';

const states = [['', 'Any status'], ['ready', 'Ready'], ['maintenance', 'Maintenance'], ['draining', 'Draining'],
  ['offline', 'Offline'], ['invalid', 'Invalid']];

/** Shows the page. */
export function mount(root, context) {
  return context.params.id ? mountWorker(root, context) : mountList(root, context);
}

function mountList(root, context) {
  const filter = { q: context.query.get('q') ?? '', status: context.query.get('status') ?? '' };
  let workers = [];
  const summary = h('p', { class: 'summary', 'aria-live': 'polite' });
  const groups = h('div', { class: 'stack' });
  const nothing = h('div', { hidden: true });
  const update = keyed(groups, group => group.name, makeGroup, (element, group) => element.update(group));

  const show = () => {
    const found = workers.filter(worker => matches(worker, filter));
    update(grouped(found));
    setText(summary, workers.length === 0 ? '' : summaryOf(found, workers.length));
    nothing.hidden = found.length > 0;
    nothing.replaceChildren(workers.length === 0
      ? emptyState({ title: 'No workers', text: 'Put the addresses of your workers into workers.json: '
        + 'the balancer reads it again when it changes.' })
      : emptyState({ title: 'No worker matches', text: 'Change the filter to see others.' }));
  };
  const change = () => {
    context.setQuery(filter);
    show();
  };
  root.append(
    h('div', { class: 'filters' },
      searchField('Address, group, tag or function', filter.q, text => { filter.q = text; change(); }),
      choice(states, filter.status,
        value => { filter.status = value; change(); }, { 'aria-label': 'Status' }), summary),
    groups, nothing);
  return follow(context, 'workers', '/workers', body => {
    workers = body.workers;
    show();
  });
}

function makeGroup(group) {
  const heading = h('h2', null, group.name);
  const note = h('div', { class: 'panel-note' });
  const list = table({
    caption: `Workers of ${group.name}`,
    key: worker => worker.url,
    columns: [
      { label: 'Worker', render: worker => h('div', { class: 'worker-name' },
        h('a', { href: `#/workers/${worker.id}` }, brief(worker.url)),
        h('span', { class: 'hint' },
          [worker.node && `owned by ${worker.node}`, count(worker.functions?.length ?? 0, 'function')]
          .filter(Boolean).join(' · '))), class: 'wide' },
      { label: 'Status', render: worker => h('div', { class: 'worker-state' }, workerBadges(worker),
        whyIdle(worker) && h('span', { class: 'hint' },
          isInvalid(worker) ? worker.contractMismatchReason : whyIdle(worker))) },
      { label: 'Slots', render: worker => h('div', { class: 'slots' },
        meter(worker.slots.used, worker.slots.limit, { label: 'Slots in use' }),
        worker.slots.queue > 0 && h('span', { class: 'hint' }, `${number(worker.slots.queue)} wait inside`)) },
      { label: 'CPU', class: 'num', render: worker => percent(worker.system?.cpuLoad) },
      { label: 'Memory', class: 'num',
        render: worker => percent(worker.system ? worker.system.usedMemoryPercent / 100 : null) },
      { label: 'Services', render: worker => h('div', null, serviceList(worker.services)) },
      { label: 'Tags', render: worker => h('div', null, tagList(tagsOf(worker.tags))) },
    ],
  });
  const element = h('section', { class: 'panel fleet' },
    h('header', { class: 'panel-head' }, heading, note), list.element);
  element.update = next => {
    const { used, limit } = slotsOf(next.workers);
    setText(note, `${count(next.workers.length, 'worker')}, ${number(used)} of ${count(limit, 'slot')} in use`);
    list.update(next.workers);
  };
  return element;
}

function grouped(workers) {
  const groups = new Map();
  for (const worker of workers) {
    const name = fleetName(worker);
    if (!groups.has(name)) groups.set(name, { name, workers: [] });
    groups.get(name).workers.push(worker);
  }
  return [...groups.values()].sort((one, other) => one.name.localeCompare(other.name, 'en', { numeric: true }));
}

function slotsOf(workers) {
  return workers.filter(worker => worker.serving).reduce((sum, { slots }) =>
    ({ used: sum.used + slots.used, limit: sum.limit + slots.limit }), { used: 0, limit: 0 });
}

function summaryOf(found, all) {
  const serving = found.filter(worker => worker.serving).length;
  return `${found.length === all ? count(all, 'worker') : `${number(found.length)} of ${count(all, 'worker')}`}, `
    + `${number(serving)} serving`;
}

function matches(worker, { q, status }) {
  if (status === 'invalid' ? !isInvalid(worker) : status === 'draining' ? !worker.draining
    : status && worker.status !== status) return false;
  const text = [worker.url, worker.group, ...tagsOf(worker.tags), ...(worker.functions ?? []).map(each => each.name)]
    .join('\n').toLowerCase();
  return q.toLowerCase().split(/\s+/).every(word => text.includes(word));
}
