// Numbers, durations, moments and sizes for people. What is null or missing is a dash.

const dash = '–';
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const pad = value => String(value).padStart(2, '0');
const missing = value => value === null || value === undefined || Number.isNaN(value);

/** @returns {string} a whole number with its thousands apart: 12,345 */
export function number(value) {
  return missing(value) ? dash : whole.format(value);
}

/** @returns {string} a number in little room: 12.3K */
export function compact(value) {
  if (missing(value)) return dash;
  return Math.abs(value) < 10_000 ? whole.format(value) : short.format(value);
}

/** @returns {string} a number of three digits that count: 0.25, 3.4, 128, 1.2K */
export function digits(value) {
  if (missing(value)) return dash;
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1000) return size < 10_000 ? whole.format(value) : short.format(value);
  return size >= 100 ? value.toFixed(0) : size >= 10 ? trim(value.toFixed(1)) : trim(value.toFixed(2));
}

const trim = text => text.replace(/\.0+$|(\.\d*?)0+$/, '$1'); // Behind the point alone: 30 stays 30.

/** @returns {string} how many a second: 3.4/s */
export function rate(value) {
  return missing(value) ? dash : `${digits(value)}/s`;
}

/** @returns {string} a share of 1 in percent: 12.5% */
export function percent(share) {
  if (missing(share)) return dash;
  const value = share * 100;
  return `${value !== 0 && Math.abs(value) < 10 ? trim(value.toFixed(1)) : value.toFixed(0)}%`;
}

/** @param {?number} ms @returns {string} a duration: 0.8 ms, 120 ms, 3.2 s, 4 min 5 s, 2 h 3 min, 5 d 2 h */
export function duration(ms) {
  if (missing(ms)) return dash;
  if (ms < 1000) return `${ms < 10 ? trim(ms.toFixed(1)) : ms.toFixed(0)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${trim(seconds.toFixed(seconds < 10 ? 1 : 0))} s`;
  if (seconds < 3600) return two(seconds, 60, 'min', 1, 's');
  if (seconds < 86_400) return two(seconds, 3600, 'h', 60, 'min');
  return two(seconds, 86_400, 'd', 3600, 'h');
}

function two(seconds, large, largeName, small, smallName) {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)} ${largeName}${rest > 0 ? ` ${rest} ${smallName}` : ''}`;
}

/** @returns {string} a size: 12 B, 3.4 KB, 120 MB (powers of 1024) */
export function bytes(value) {
  if (missing(value)) return dash;
  const names = ['B', 'KB', 'MB', 'GB', 'TB'];
  let step = 0;
  let rest = value;
  while (rest >= 1024 && step < names.length - 1) {
    rest /= 1024;
    step++;
  }
  return `${step === 0 || rest >= 100 ? rest.toFixed(0) : trim(rest.toFixed(1))} ${names[step]}`;
}

/** @param {?string} iso @returns {string} the time of day here: 23:15:02 */
export function clock(iso) {
  const date = parsed(iso);
  return date ? `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}` : dash;
}

/** @param {?string} iso @returns {string} the moment here: 2026-01-02 23:15:02 */
export function moment(iso) {
  const date = parsed(iso);
  if (!date) return dash;
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${clock(iso)}`;
}

/** @param {?string} iso @returns {string} how long ago, or until: 3 min ago, in 20 s */
export function ago(iso, now = Date.now()) {
  const date = parsed(iso);
  if (!date) return dash;
  const ms = now - date.getTime();
  if (Math.abs(ms) < 1000) return 'now';
  const text = duration(Math.floor(Math.abs(ms) / 1000) * 1000);
  return ms > 0 ? `${text} ago` : `in ${text}`;
}

/** @returns {string} a stable name as words: backend_down is "backend down" */
export function words(name) {
  return String(name).replaceAll('_', ' ');
}

/** @returns {string} a word for a count: 1 worker, 3 workers */
export function count(value, one, many = `${one}s`) {
  return `${number(value)} ${value === 1 ? one : many}`;
}

function parsed(iso) {
  if (missing(iso) || iso === '') return null;
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? null : date;
}
