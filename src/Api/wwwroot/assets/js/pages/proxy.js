// The pools of the proxy and their backends: health, state, traffic, and orders.

import { h, keyed, setText } from '../dom.js';
import { badge, button, dialog, emptyState, panel, shareBar, table } from '../parts.js';
import { clock, compact, count, number, percent } from '../format.js';

export const title = 'Proxy';

const orders = {
  drain: { label: 'Drain', confirm: 'Drain backend', done: 'drains',
    text: 'New clients go elsewhere. Clients that are bound to it stay until the drain is over.' },
  down: { label: 'Down', confirm: 'Take down', kind: 'danger', done: 'is down',
    text: 'It takes nobody any more, bound clients neither. Requests that run may end.' },
  up: { label: 'Up', confirm: 'Bring up', done: 'is up', text: 'It takes clients again, as soon as it is healthy.' },
};

/** Builds the page. */
export async function mount(root, context) {
  const { api, live } = context;
  const none = panel({ title: 'Pools' }, emptyState({ title: 'No proxy is configured',
    text: 'A pool is a listener and the backends behind it. Name pools in the configuration, and they appear here.' }));
  const pools = h('div', { class: 'page-body' });
  none.hidden = true;
  root.append(none, pools);
  const parts = new WeakMap();
  const sync = keyed(pools, pool => pool.pool, pool => {
    const part = createPool(pool.pool, context);
    parts.set(part.element, part);
    return part.element;
  }, (element, pool) => parts.get(element).update(pool));
  const show = body => {
    none.hidden = body.pools.length > 0;
    sync(body.pools);
  };
  live.on('proxy', show);
  show(await api.get('/proxy'));
}

function createPool(name, context) {
  const note = h('span', null);
  const list = table({
    caption: `Backends of pool ${name}`,
    key: backend => backend.id,
    empty: 'This pool has no backends.',
    columns: [
      { label: 'Backend', class: 'wide', render: backend => h('div', null, h('span', null, String(backend.id)),
        h('div', { class: 'sub break' }, backend.url)) },
      { label: 'Health', render: backend => healthOf(backend) },
      { label: 'State', render: backend => stateOf(backend) },
      { label: 'Traffic', render: backend => shareBar(backend.share, `Share of backend ${backend.id}`) },
      { label: 'Requests', class: 'num', render: backend => compact(backend.requests) },
      { label: 'Weight', class: 'num', render: backend => number(backend.weight) },
      { label: 'Active', class: 'num', render: backend => number(backend.activeConnections) },
      { label: 'Sessions', class: 'num', render: backend => number(backend.sessions) },
      { label: 'Last error', class: 'wide', render: backend => backend.lastError ?? '' },
      { label: 'Orders', class: 'actions', render: backend => ordersOf(backend, name, context) },
    ],
  });
  return {
    element: panel({ title: name, note }, list.element),
    update(pool) {
      const parts = [pool.strategy, count(pool.backends.length, 'backend'),
        pool.waiting > 0 && `${number(pool.waiting)} waiting`];
      setText(note, parts.filter(Boolean).join(' · '));
      list.update(pool.backends);
    },
  };
}

function healthOf(backend) {
  if (backend.ejectedUntil) return badge('ejected', { title: `until ${clock(backend.ejectedUntil)}` });
  if (backend.healthy && backend.ramp < 1) {
    return badge('slow-start', { label: `slow start, ${percent(backend.ramp)}` });
  }
  return badge(backend.healthy ? 'healthy' : 'unhealthy');
}

function stateOf(backend) {
  if (backend.removed) return badge('leaving', { title: 'It left the configuration and drains.' });
  return backend.drained ? badge('drain', { label: 'drained', tone: 'idle' }) : badge(backend.state);
}

function ordersOf(backend, pool, context) {
  const possible = Object.keys(orders).filter(order => order !== (backend.state === 'active' ? 'up' : backend.state));
  return h('div', { class: 'orders' }, possible.map(order =>
    button(orders[order].label, () => give(order, backend, pool, context), {
      small: true, label: `${orders[order].label}: backend ${backend.id} of pool ${pool}`,
    })));
}

async function give(order, backend, pool, { api, attempt }) {
  const { text, confirm, kind, done } = orders[order];
  const body = h('div', null, h('p', { class: 'mono break' }, backend.url), h('p', null, text));
  const yes = await dialog({ title: `${confirm}: ${backend.id}`, body, confirm, kind });
  if (!yes) return;
  const place = `/proxy/${encodeURIComponent(pool)}/backends/${encodeURIComponent(backend.id)}`;
  await attempt(() => api.post(`${place}/${order}`), `Backend ${backend.id} of ${pool} ${done}.`);
}
