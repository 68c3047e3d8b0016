// The nodes of the cluster, what they do, and which workers each of them owns.

import { h, setText } from '../dom.js';
import { badge, facts, nodeName, panel, searchField, table, versionOf, when } from '../parts.js';
import { count, number } from '../format.js';

export const title = 'Cluster';

const ownedShown = 500;

/** Builds the page. */
export async function mount(root, { api, live }) {
  let body = { cluster: false, nodes: [] };
  let filter = '';
  const note = h('span', null);
  const nodes = table({
    caption: 'Nodes',
    key: node => node.id ?? 'self',
    columns: [
      { label: 'Node', render: nodeName },
      { label: 'State', render: node => badge(node.leaving ? 'leaving' : 'ready') },
      { label: 'Roles', render: node => h('div', { class: 'tags roles' },
        (node.roles ?? []).map(role => h('span', { class: 'tag' }, role))) },
      { label: 'Host', class: 'wide', render: node => node.host },
      { label: 'Process', class: 'num', render: node => String(node.processId ?? '–') },
      { label: 'Version', render: node => versionOf(node.version) },
      { label: 'Started', render: node => when(node.startedAt) },
      { label: 'Workers', class: 'num', render: node => number(node.owns?.length ?? 0) },
    ],
  });
  const ownedNote = h('span', null);
  const owned = table({
    caption: 'Who owns what',
    key: row => row.url,
    empty: 'No worker is owned here.',
    columns: [
      { label: 'Worker', class: 'wide', render: row => h('a', { href: `#/workers/${idOf(row.url)}` }, row.url) },
      { label: 'Owner', render: row => row.node },
    ],
  });
  const summary = h('div', { class: 'panel-body' });

  const show = () => {
    setText(note, body.cluster ? count(body.nodes.length, 'node')
      : 'This balancer runs alone. Nodes of a cluster share one Redis.');
    nodes.update(body.nodes);
    const rows = body.nodes.flatMap(node => (node.owns ?? []).map(url => ({ url, node: node.id ?? node.host })))
      .filter(row => `${row.url} ${row.node}`.toLowerCase().includes(filter))
      .sort((a, b) => (a.url < b.url ? -1 : 1));
    setText(ownedNote, rows.length > ownedShown ? `the first ${ownedShown} of ${number(rows.length)}`
      : count(rows.length, 'worker'));
    owned.update(rows.slice(0, ownedShown));
    const roles = role => body.nodes.filter(node => node.roles?.includes(role)).length;
    summary.replaceChildren(facts([['Nodes', number(body.nodes.length)], ['Engines', number(roles('engine'))],
      ['Entrances (API)', number(roles('api'))], ['Leaving', number(body.nodes.filter(node => node.leaving).length)]]));
  };
  const search = searchField('Filter workers and nodes', '', value => {
    filter = value.trim().toLowerCase();
    show();
  });
  root.append(panel({ title: 'Nodes', note }, summary, nodes.element),
    panel({ title: 'Who owns what', note: ownedNote, actions: search }, owned.element));
  const take = next => {
    body = next;
    show();
  };
  live.on('nodes', take);
  take(await api.get('/nodes'));
}

// The id of a worker in routes: its URL in base64url without padding.
function idOf(url) {
  const text = String.fromCharCode(...new TextEncoder().encode(url));
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
