// What changes while somebody looks: bodies that come by the event stream, and things to do again and again.

/**
 * Gives a body that the event stream carries, asking for it once so that a page is filled before the stream is there.
 * @param {{api: object, live: object, signal: AbortSignal}} context
 * @param {string} topic such as `workers`
 * @param {string} path where the same body is to be had, such as `/workers`
 * @param {function(object): void} handler
 * @returns {Promise<void>} ends when the first body was given; fails when there is none
 */
export async function follow(context, topic, path, handler) {
  let isThere = false;
  context.live.on(topic, body => {
    isThere = true;
    handler(body);
  });
  if (isThere) return;
  const body = await context.api.get(path);
  if (!isThere) handler(body);
}

/**
 * Calls something every so often, until the page is left.
 * @param {AbortSignal} signal
 * @param {number} ms
 * @param {function(): void} work
 */
export function every(signal, ms, work) {
  if (signal.aborted) return;
  const timer = setInterval(work, ms);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

/**
 * Makes a function that runs soon after it was asked to, once however often it was asked, and never twice at a time.
 * @param {AbortSignal} signal ends it
 * @param {number} ms the pause before it runs
 * @param {function(): Promise<void>} work
 * @returns {function(): void}
 */
export function soon(signal, ms, work) {
  let timer = 0;
  let busy = false;
  let again = false;
  const run = async () => {
    timer = 0;
    busy = true;
    again = false;
    try {
      await work();
    } finally {
      busy = false;
      if (again && !signal.aborted) ask();
    }
  };
  const ask = () => {
    if (busy) again = true;
    else if (!timer && !signal.aborted) timer = setTimeout(() => signal.aborted || run(), ms);
  };
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return ask;
}
