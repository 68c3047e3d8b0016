// The state of everything on one page: figures, the last 15 minutes, nodes, alerts.

import { h, replace, setText, settle } from '../dom.js';
import { lineChart, sparkline } from '../charts.js';
import { badge, meter, nodeName, panel, snippet, table, versionOf, when } from '../parts.js';
import { ago, bytes, compact, count, digits, duration, number, percent, rate, words } from '../format.js';

export const title = 'Overview';

const kept = 180;
const alertsShown = 6;

const charts = [
  { label: 'Throughput', unit: '/s', series: [
    { key: 'completedPerSecond', label: 'Completed', tone: 'chart-2', area: true },
    { key: 'submittedPerSecond', label: 'Submitted', tone: 'chart-1', dashed: true },
    { key: 'failedPerSecond', label: 'Failed', tone: 'bad' }] },
  { label: 'Latency of tasks', format: duration, least: 10, series: [
    { key: 'p50Ms', label: 'p50', tone: 'chart-2' },
    { key: 'p95Ms', label: 'p95', tone: 'chart-1' },
    { key: 'p99Ms', label: 'p99', tone: 'chart-3' }] },
  { label: 'Queue lengths', format: compact, least: 10, series: [
    { key: 'waiting', label: 'Waiting', tone: 'chart-4', area: true },
    { key: 'running', label: 'Running', tone: 'chart-1' },
    { key: 'deadKept', label: 'Dead', tone: 'bad' }] },
  { label: 'Error rate', format: percent, least: 0.05, series: [
    { key: 'errorShare', label: 'Tasks that failed', tone: 'bad', area: true },
    { key: 'proxyErrorShare', label: 'Proxied requests that failed', tone: 'chart-4', dashed: true }] },
];

/** Builds the page. */
export async function mount(root, { api, live, signal }) {
  const points = [];
  const cards = createCards();
  const plots = charts.map(chart =>
    ({ label: chart.label, plot: lineChart({ ...chart, label: `${chart.label}, last 15 minutes` }) }));
  const welcome = h('div', { hidden: true });
  const nodes = createNodes();
  const alerts = createAlerts();
  root.append(welcome, cards.element,
    h('div', { class: 'grid chart-grid-2' }, plots.map(({ label, plot }) => panel({ title: label }, plot.element))),
    h('div', { class: 'grid' }, nodes.element, alerts.element));

  const draw = () => {
    for (const { plot } of plots) plot.update(points);
    cards.updateHistory(points);
  };
  live.on('status', status => {
    cards.update(status);
    showWelcome(welcome, status);
  });
  live.on('nodes', body => nodes.update(body));
  live.on('alert', alert => alerts.add(alert));
  live.on('point', point => {
    points.push(withProxyShare(point));
    if (points.length > kept) points.shift();
    draw();
  });
  const [history, known, cluster] =
    await Promise.all(['/status/history', '/alerts', '/nodes'].map(path => api.get(path)));
  nodes.update(cluster);
  const newest = points[0]?.at;
  points.unshift(...history.points.map(withProxyShare).filter(point => !newest || point.at < newest));
  points.splice(0, Math.max(0, points.length - kept));
  draw();
  alerts.start(known.alerts);
  const ticks = setInterval(alerts.refresh, 10_000);
  signal.addEventListener('abort', () => clearInterval(ticks), { once: true });
}

function withProxyShare(point) {
  const requests = point.proxyRequestsPerSecond;
  return { ...point, proxyErrorShare: requests > 0 ? Math.min(point.proxyErrorsPerSecond / requests, 1) : null };
}

function createCards() {
  const made = new Map();
  const card = (name, label, { spark = null, href = null } = {}) => {
    const value = h('div', { class: 'card-value' }, '–');
    const note = h('div', { class: 'card-note' });
    const line = spark && sparkline({ tone: spark.tone });
    made.set(name, { value, note, line, key: spark?.key });
    const head = href ? h('a', { href, class: 'card-label' }, label) : h('span', { class: 'card-label' }, label);
    return h('div', { class: 'card' }, head, value, note, line?.element);
  };
  const element = h('div', { class: 'cards' },
    card('done', 'Completed', { spark: { key: 'completedPerSecond', tone: 'chart-2' }, href: '#/tasks' }),
    card('p95', 'Latency p95', { spark: { key: 'p95Ms', tone: 'chart-1' } }),
    card('waiting', 'Waiting', { spark: { key: 'waiting', tone: 'chart-4' }, href: '#/queues' }),
    card('failed', 'Failed', { spark: { key: 'failedPerSecond', tone: 'bad' }, href: '#/tasks?state=dead' }),
    card('workers', 'Workers', { href: '#/workers' }),
    card('proxy', 'Proxy', { href: '#/proxy' }),
    card('process', 'Process', { spark: { key: 'cpuPercent', tone: 'chart-5' } }));
  const put = (name, value, ...note) => {
    setText(made.get(name).value, value);
    setText(made.get(name).note, note.filter(Boolean).join(' · '));
  };
  const slots = h('div', { class: 'card-meter' });
  made.get('workers').note.after(slots);

  return {
    element,
    update(status) {
      const { tasks, latencyMs, workers, proxy, process, queues } = status;
      put('done', rate(tasks.completedPerSecond), `${compact(tasks.submitted)} submitted`,
        `${compact(tasks.succeeded)} succeeded`);
      put('p95', duration(latencyMs.total.p95), `p50 ${duration(latencyMs.total.p50)}`,
        `p99 ${duration(latencyMs.total.p99)}`);
      put('waiting', compact(tasks.waiting), `${compact(tasks.running)} running`,
        tasks.scheduled > 0 && `${compact(tasks.scheduled)} scheduled`,
        queues.paused > 0 && `${count(queues.paused, 'queue')} paused`,
        queues.oldestAgeMs > 0 && `oldest ${duration(queues.oldestAgeMs)}`);
      put('failed', rate(tasks.failedPerSecond), `${compact(tasks.deadKept)} dead`,
        tasks.retries > 0 && `${compact(tasks.retries)} retries`);
      put('workers', `${number(workers.ready)} / ${number(workers.count)}`, workersNote(workers));
      settle(slots, meter(workers.slotsUsed, workers.slotsLimit, { label: 'Slots in use',
        text: `${compact(workers.slotsUsed)} / ${compact(workers.slotsLimit)} slots` }));
      put('proxy', proxy.pools === 0 ? 'none' : rate(proxy.requestsPerSecond),
        proxy.pools > 0 && `${number(proxy.healthy)} of ${count(proxy.backends, 'backend')} healthy`,
        proxy.errorsPerSecond > 0 && `${rate(proxy.errorsPerSecond)} errors`);
      put('process', `${digits(process.cpuPercent)}%`, bytes(process.memoryBytes), count(process.threads, 'thread'));
    },
    updateHistory(points) {
      for (const { line, key } of made.values()) line?.update(points.map(point => point[key]));
    },
  };
}

function workersNote(workers) {
  const parts = [['maintenance', workers.maintenance], ['offline', workers.offline], ['invalid', workers.invalid],
    ['draining', workers.draining]].filter(([, value]) => value > 0).map(([name, value]) => `${number(value)} ${name}`);
  return parts.length > 0 ? parts.join(' · ') : workers.count > 0 ? 'ready' : 'none yet';
}

function createNodes() {
  const list = table({
    caption: 'Nodes',
    key: node => node.id ?? 'self',
    columns: [
      { label: 'Node', render: nodeName },
      { label: 'State', render: node => badge(node.leaving ? 'leaving' : 'ready') },
      { label: 'Roles', render: node => (node.roles ?? []).join(', ') || '–' },
      { label: 'Version', render: node => versionOf(node.version) },
      { label: 'Up since', render: node => when(node.startedAt) },
      { label: 'Workers', class: 'num', render: node => number(node.owns?.length ?? 0) },
    ],
  });
  const note = h('span', null);
  return {
    element: panel({ title: 'Nodes', note }, list.element),
    update(body) {
      setText(note, body.cluster ? count(body.nodes.length, 'node') : 'no cluster');
      list.update(body.nodes);
    },
  };
}

function createAlerts() {
  let all = [];
  const list = h('ul', { class: 'alerts' });
  const none = h('li', { class: 'muted' }, 'Nothing happened that needs attention.');
  const show = () => replace(list, all.length === 0 ? none
    : all.slice(0, alertsShown).map(alert => h('li', null,
      h('span', { class: 'alert-kind' }, words(alert.kind)),
      h('span', { class: 'alert-text' }, [alert.pool, alert.backend, alert.reason].filter(Boolean).join(' · ')),
      h('time', { datetime: alert.at, title: alert.at }, ago(alert.at)))));
  return {
    element: panel({ title: 'Latest alerts' }, h('div', { class: 'panel-body' }, list)),
    add(alert) {
      all = [alert, ...all].slice(0, alertsShown);
      show();
    },
    start(alerts) {
      all = [...all, ...alerts.filter(old => !all.some(alert => alert.at === old.at && alert.kind === old.kind))];
      show();
    },
    refresh: show,
  };
}

// For somebody who has just started it: what to do first.
function showWelcome(place, { tasks, workers }) {
  const isNew = workers.count === 0 || tasks.submitted === 0 && tasks.waiting + tasks.running + tasks.deadKept === 0;
  const kind = !isNew ? '' : workers.count === 0 ? 'worker' : 'task';
  if (place.dataset.kind === kind) return;
  place.dataset.kind = kind;
  place.hidden = kind === '';
  if (kind === 'worker') {
    replace(place, panel({ title: 'Add a first worker' }, h('div', { class: 'panel-body steps' },
      h('p', null, 'Write its URL into ', h('code', null, 'workers.json'),
        ' in the folder where the balancer was started. ',
        'The file is read again when it changes. To try it without a worker of your own, start the balancer with ',
        h('code', { class: 'nowrap' }, '--demo'), '.'),
      snippet('["http://127.0.0.1:4000"]'))));
  } else if (kind === 'task') {
    const body = '{"group":"hello","function":"hello","contract":1,"input":{"name":"Andera"}}';
    replace(place, panel({ title: 'Send a first task' }, h('div', { class: 'panel-body steps' },
      h('p', null, `${count(workers.count, 'worker is', 'workers are')} known. Send a task from a terminal, `,
        'with your keys in ', h('code', null, '$LB_KEY'), ' and ', h('code', null, '$WORKER_KEY'), ', or ',
        h('a', { href: '#/try' }, 'try a function here'), '.'),
      snippet(`curl ${location.origin}/task \\\n  -H "Authorization: $LB_KEY" -H "x-wr-auth: $WORKER_KEY" \\\n` +
        `  -H 'Content-Type: application/json' \\\n  -d '${body}'`))));
  } else replace(place);
}
