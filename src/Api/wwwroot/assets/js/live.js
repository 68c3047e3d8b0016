// One event stream for the whole application. It asks only for the topics that somebody listens to, comes back by
// itself with growing pauses, and rests while nobody looks at the tab: a browser has few connections to one host.

import { toLoginIfOver } from './api.js';

// The names of topics, and of the events that carry them.
const eventOf = { status: 'status', history: 'point', queues: 'queues', workers: 'workers', proxy: 'proxy',
  nodes: 'nodes', alerts: 'alert' };
const topicOf = { point: 'history', alert: 'alerts' };
const single = new Set(['history', 'alerts']); // Each event is news, not the newest whole.
const silenceMs = 12_000; // Status comes once a second: this much silence is a dead connection.
const hiddenMs = 20_000;
const firstPauseMs = 1_000;
const lastPauseMs = 15_000;

/**
 * @param {function('live'|'lost'|'resting', number): void} onState told of each change of the connection, with the
 *   milliseconds until the next try
 * @returns {{on: function(string, function, AbortSignal): void, retry: function(): void}} `on(topic, handler, signal)`
 *   gives the newest body at once, if there is one, and then each that comes, until the signal ends it. Topics: status,
 *   history (also `point`), queues, workers, proxy, nodes, alerts (also `alert`).
 */
export function createLive(onState) {
  const handlers = new Map();
  const newest = new Map();
  const connection = { source: null, next: null, topics: '', pauseMs: firstPauseMs, timer: 0, watch: 0, settle: 0 };

  const deliver = (topic, text) => {
    let body;
    try {
      body = JSON.parse(text);
    } catch {
      return;
    }
    if (!single.has(topic)) newest.set(topic, body);
    for (const handler of handlers.get(topic) ?? []) handler(body);
  };

  const watch = () => {
    clearTimeout(connection.watch);
    connection.watch = setTimeout(lose, silenceMs);
  };

  const close = () => {
    connection.source?.close();
    connection.next?.close();
    connection.source = connection.next = null;
    clearTimeout(connection.watch);
    clearTimeout(connection.timer);
  };

  const lose = () => {
    close();
    const pause = connection.pauseMs * (0.75 + Math.random() / 2);
    connection.pauseMs = Math.min(connection.pauseMs * 2, lastPauseMs);
    onState('lost', pause);
    connection.timer = setTimeout(open, pause);
    toLoginIfOver();
  };

  const open = () => {
    clearTimeout(connection.timer);
    if (document.hidden && !connection.source) return;
    const topics = wanted();
    connection.topics = topics;
    connection.next?.close();
    const source = new EventSource(`/events?topics=${topics}`);
    connection.next = source;
    source.addEventListener('open', () => {
      if (connection.next !== source) return;
      // The new stream is there before the old one goes: no gap, and no banner.
      connection.source?.close();
      connection.source = source;
      connection.next = null;
      connection.pauseMs = firstPauseMs;
      watch();
      onState('live', 0);
    });
    source.addEventListener('error', () => {
      if (connection.next === source || connection.source === source) lose();
    });
    for (const topic of topics.split(',')) {
      source.addEventListener(eventOf[topic], event => {
        if (connection.source !== source) return;
        watch();
        deliver(topic, event.data);
      });
    }
  };

  const wanted = () => Object.keys(eventOf).filter(topic => topic === 'status' || handlers.get(topic)?.size).join(',');

  // A page that is left and the one that comes change the topics in one go.
  const change = () => {
    clearTimeout(connection.settle);
    connection.settle = setTimeout(() => {
      if (wanted() === connection.topics) return;
      for (const topic of newest.keys()) if (!wanted().split(',').includes(topic)) newest.delete(topic);
      if (connection.source || connection.next || !connection.topics) open();
    }, 30);
  };

  let resting = 0;
  document.addEventListener('visibilitychange', () => {
    clearTimeout(resting);
    if (document.hidden) {
      resting = setTimeout(() => {
        close();
        onState('resting', 0);
      }, hiddenMs);
    } else if (!connection.source) open();
  });
  window.addEventListener('online', () => connection.source || open());
  window.addEventListener('pagehide', close);
  window.addEventListener('pageshow', event => event.persisted && open());

  return {
    on(name, handler, signal) {
      const topic = topicOf[name] ?? name;
      if (!(topic in eventOf)) throw new RangeError(`live: no topic '${name}'.`);
      if (signal?.aborted) return;
      if (!handlers.has(topic)) handlers.set(topic, new Set());
      const all = handlers.get(topic);
      all.add(handler);
      signal?.addEventListener('abort', () => {
        all.delete(handler);
        change();
      }, { once: true });
      if (newest.has(topic)) handler(newest.get(topic));
      change();
    },
    retry: open,
  };
}
