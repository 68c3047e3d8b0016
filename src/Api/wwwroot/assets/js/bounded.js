// Calls whose answers may be large: no more of them is read than a browser can show.
import { ApiError, toLogin } from './api.js';

/** Most bytes that are read of an answer. */
export const READ_MAX = 2 * 1024 * 1024;

/**
 * Sends a request and reads its answer up to {@link READ_MAX} bytes.
 * @param {string} path
 * @param {{method?: string, body?: string, headers?: Object<string, string>, signal: AbortSignal}} request
 * @returns {Promise<{status: number, ok: boolean, text: string, complete: boolean, code: ?string, error: ?string,
 *   taskId: ?string}>} `code` and `error` are those of an answer that is an error
 * @throws {ApiError} No answer came, or the session is over.
 */
export async function fetchBounded(path, { method = 'GET', body, headers = {}, signal }) {
  let response;
  try {
    response = await fetch(path, { method, body, signal, credentials: 'same-origin', headers });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(0, 'unreachable', 'The balancer cannot be reached.');
  }
  const { text, complete } = await read(response);
  const fault = response.ok ? {} : faultOf(text, response.status);
  if (response.status === 401 && !fault.code?.startsWith('worker_')) {
    toLogin();
    throw new ApiError(401, 'unauthorized', 'The session is over.');
  }
  return { status: response.status, ok: response.ok, text, complete, code: fault.code ?? null,
    error: fault.error ?? null,
    taskId: response.headers.get('x-task-id') };
}

async function read(response) {
  if (!response.body) return { text: '', complete: true };
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  while (bytes < READ_MAX) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), complete: true };
    bytes += value.length;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return { text, complete: false };
}

function faultOf(text, status) {
  try {
    const { code, error, detail } = JSON.parse(text);
    return { code: String(code ?? ''), error: String(error ?? detail ?? `The balancer answered ${status}.`) };
  } catch {
    return { code: '', error: text.slice(0, 500) || `The balancer answered ${status}.` };
  }
}
