// Calls of the balancer. The session's cookie goes with them by itself; a session that is over leads to the login.

/** An answer that is not 2xx, or none at all. */
export class ApiError extends Error {
  /**
   * @param {number} status the status of the answer; 0 when there was none
   * @param {?string} code the stable code of the error
   * @param {string} message one sentence for people
   */
  constructor(status, code, message) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

/** @returns {boolean} whether a call ended because its page was left. */
export function isAbort(error) {
  return error?.name === 'AbortError';
}

/** Leaves for the login, and remembers the place to come back to. */
export function toLogin() {
  try {
    sessionStorage.setItem('place', location.hash);
  } catch {
    // Then the application starts at its first page.
  }
  location.assign(`/dashboard/login?next=${encodeURIComponent(location.pathname)}`);
}

/**
 * Leaves for the login when what just failed did so because the session is over, which not every failure tells.
 *
 * @param {AbortSignal=} signal says that nobody wants to know any more
 */
export async function toLoginIfOver(signal) {
  try {
    const answer = await fetch('/dashboard/session', { signal, credentials: 'same-origin' });
    if (answer.status === 401) toLogin();
  } catch {
    // Not reachable, or not wanted any more: whoever tries again will see.
  }
}

/**
 * @param {AbortSignal} signal ends all calls
 * @returns {{get: function, post: function, delete: function, text: function}} each takes a path (`/queues`) and gives
 *   the parsed JSON, null when there is no body; `text` gives the body as it came. They throw {@link ApiError}.
 */
export function createApi(signal) {
  const call = async (method, path, body, headers, asText) => {
    const request = { method, signal, headers: { accept: 'application/json', ...headers }, credentials: 'same-origin' };
    if (body !== undefined && body !== null) {
      request.body = typeof body === 'string' ? body : JSON.stringify(body);
      const kind = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
      request.headers = { 'content-type': kind, ...request.headers };
    }
    const response = await send(path, request);
    const text = await response.text();
    if (response.ok) return asText ? text : parse(text);
    if (response.status === 401 && !isWorkers(text)) toLogin();
    throw failure(response, text);
  };
  return {
    get: path => call('GET', path),
    text: path => call('GET', path, null, null, true),
    post: (path, body, headers) => call('POST', path, body, headers),
    delete: (path, headers) => call('DELETE', path, null, headers),
  };
}

// A worker that refuses its key answers 401 through the balancer, and that is no end of the session.
function isWorkers(text) {
  try {
    return String(JSON.parse(text).code).startsWith('worker_');
  } catch {
    return false;
  }
}

async function send(path, request) {
  try {
    return await fetch(path, request);
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError(0, 'unreachable', 'The balancer cannot be reached.');
  }
}

function parse(text) {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(0, 'json_invalid', 'The balancer answered with something that is no JSON.');
  }
}

function failure(response, text) {
  try {
    const body = JSON.parse(text);
    return new ApiError(response.status, body.code ?? null, body.error ?? body.detail ?? response.statusText);
  } catch {
    return new ApiError(response.status, null, text.slice(0, 500) || `The balancer answered ${response.status}.`);
  }
}
