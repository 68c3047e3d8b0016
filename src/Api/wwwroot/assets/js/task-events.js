// What happens to one task, while it lives. Output and result are not asked for: they come when somebody wants them.

const ENDS = ['completed', 'failed'];
const STEPS = ['queued', 'started', 'retrying'];

/**
 * Follows a task until it ends.
 * @param {string} id
 * @param {AbortSignal} signal ends it sooner
 * @param {{changed: function(): void, progress: function(string): void, chunk: function(number): void,
 *   lost: function(boolean): void}} handlers `changed`: something happened, ask for the task again; `progress` is given
 *   the report as text, `chunk` how many parts of output came so far, `lost` whether the connection is gone
 */
export function followTask(id, signal, handlers) {
  if (signal.aborted) return;
  const source = new EventSource(`/task/${id}/events?result=false`);
  let chunks = 0;
  const close = () => source.close();
  signal.addEventListener('abort', close, { once: true });
  for (const name of STEPS) source.addEventListener(name, handlers.changed);
  for (const name of ENDS) {
    source.addEventListener(name, () => {
      // Else the browser would come again and again for a stream that has ended.
      close();
      handlers.changed();
    });
  }
  source.addEventListener('progress', event => handlers.progress(event.data));
  source.addEventListener('chunk', () => handlers.chunk(++chunks));
  source.addEventListener('open', () => handlers.lost(false));
  source.addEventListener('error', () => handlers.lost(true));
}
