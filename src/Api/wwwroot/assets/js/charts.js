// Lines over time, in SVG. What a chart shows is also said in words, for those who do not see it.

import { h, replace, setText, svg } from './dom.js';
import { clock, digits } from './format.js';

const space = { left: 44, right: 10, top: 10, bottom: 20 };
const minuteMs = 60_000;
const spans = [2, 5, 15].map(minutes => minutes * minuteMs);

/**
 * A chart of one or more lines over the same moments.
 * @param {{label: string, series: Array<{key: string, label: string, tone: string, area?: boolean, dashed?: boolean}>,
 *   unit?: string, height?: number, format?: function(number): string, spanMs?: number,
 *   least?: number}} options `key` is the member of
 *   a point; `tone` one of the colours `chart-1` ... `chart-5`, `ok`, `warn`, `bad`; `spanMs` the most time that is
 *   shown, 15 minutes by default; less while there is less; `least` the lowest top that the scale may have
 * @returns {{element: HTMLElement, update: function(Array<{at: string}>): void}} points oldest first; a null is a gap
 */
export function lineChart({ label, series, unit = '', height = 170, format = digits, least = 1,
  spanMs: mostMs = 15 * minuteMs }) {
  const show = value => (value === null || value === undefined ? '–' : `${format(value)}${unit}`);
  const plot = svg('svg', { class: 'chart-plot', role: 'img', height, width: '100%', 'aria-label': label });
  const values = new Map(series.map(line => [line.key, h('span', { class: 'legend-value' }, '–')]));
  const moment = h('span', { class: 'legend-moment' });
  const legend = h('div', { class: 'legend', 'aria-hidden': true }, series.map(line =>
    h('span', { class: 'legend-entry' }, h('span', { class: `legend-mark tone-${line.tone}` }), line.label,
      values.get(line.key))), moment);
  const cursor = svg('line', { class: 'chart-cursor', y1: space.top, y2: height - space.bottom, visibility: 'hidden' });
  let points = [];
  let width = 0;
  let chosen = null;

  const times = () => {
    const end = points.length > 0 ? Date.parse(points[points.length - 1].at) : Date.now();
    const past = points.length > 0 ? end - Date.parse(points[0].at) : 0;
    const spanMs = Math.min(mostMs, spans.find(span => span >= past) ?? mostMs);
    return { start: end - spanMs, end, spanMs };
  };
  const inside = () => width - space.left - space.right;
  const x = (at, { start, spanMs }) => space.left + ((at - start) / spanMs) * inside();

  const draw = () => {
    if (width <= space.left + space.right) return;
    const span = times();
    const shown = points.filter(point => Date.parse(point.at) >= span.start);
    const top = scaleTop(Math.max(least, ...shown.flatMap(point => series.map(line => point[line.key] ?? 0))));
    const y = value => space.top + (1 - value / top) * (height - space.top - space.bottom);
    replace(plot, grid(top, y, span, x, width, height, value => format(value)),
      series.map(line => lineOf(line, shown, point => x(Date.parse(point.at), span), y)), cursor);
    plot.setAttribute('viewBox', `0 0 ${width} ${height}`);
    plot.setAttribute('aria-label', inWords(label, series, shown, show));
    tell();
  };

  const tell = () => {
    const point = chosen ?? points[points.length - 1];
    for (const [key, element] of values) setText(element, show(point?.[key]));
    setText(moment, chosen ? clock(chosen.at) : '');
    if (chosen) cursor.setAttribute('transform', `translate(${x(Date.parse(chosen.at), times()).toFixed(1)} 0)`);
    cursor.setAttribute('visibility', chosen ? 'visible' : 'hidden');
  };

  plot.addEventListener('pointermove', event => {
    const span = times();
    const at = span.start + ((event.offsetX - space.left) / inside()) * span.spanMs;
    const distance = point => Math.abs(Date.parse(point.at) - at);
    chosen = points.reduce((best, point) => (best === null || distance(point) < distance(best) ? point : best), null);
    tell();
  });
  plot.addEventListener('pointerleave', () => {
    chosen = null;
    tell();
  });
  new ResizeObserver(([entry]) => {
    if (Math.abs(entry.contentRect.width - width) < 1) return;
    width = entry.contentRect.width;
    draw();
  }).observe(plot);

  return {
    element: h('div', { class: 'chart' }, legend, plot),
    update(next) {
      points = next;
      if (chosen && !points.includes(chosen)) chosen = null;
      draw();
    },
  };
}

// The least of 1, 2, 2.5, 5 times a power of ten that is not below the largest value.
function scaleTop(largest) {
  const power = 10 ** Math.floor(Math.log10(largest));
  return [1, 2, 2.5, 5, 10].map(step => step * power).find(value => value >= largest * 0.999);
}

function grid(top, y, span, x, width, height, format) {
  const lines = [0, top / 2, top].map(value => svg('g', null,
    svg('line', { class: 'chart-grid', x1: space.left, x2: width - space.right, y1: y(value), y2: y(value) }),
    svg('text', { class: 'chart-text', x: space.left - 6, y: y(value) + 3.5, 'text-anchor': 'end' }, format(value))));
  const parts = width < 420 ? 3 : 5;
  const step = [0.5, 1, 2, 3, 5].map(minutes => minutes * minuteMs).find(length => span.spanMs / length <= parts);
  const marks = [];
  for (let at = Math.ceil(span.start / step) * step; at <= span.end; at += step) {
    const place = x(at, span);
    if (place < space.left + 12 || place > width - space.right - 12) continue;
    marks.push(svg('text', { class: 'chart-text', x: place, y: height - 5, 'text-anchor': 'middle' },
      clock(new Date(at).toISOString()).slice(0, step < minuteMs ? 8 : 5)));
  }
  return [lines, marks];
}

function lineOf(line, points, x, y) {
  let path = '';
  let dots = '';
  let area = '';
  let run = [];
  const end = () => {
    if (run.length === 0) return;
    const [first, last] = [run[0], run[run.length - 1]];
    const text = lineThrough(run);
    // One value alone is a dot: a line of no length with round ends.
    if (run.length === 1) dots += `${text}h.01`;
    else path += text;
    area += `${text}L${last[0].toFixed(1)} ${y(0).toFixed(1)}L${first[0].toFixed(1)} ${y(0).toFixed(1)}Z`;
    run = [];
  };
  for (const point of points) {
    const value = point[line.key];
    if (value === null || value === undefined) end();
    else run.push([x(point), y(value)]);
  }
  end();
  return [line.area && svg('path', { class: `chart-area tone-${line.tone}`, d: area }),
    svg('path', { class: ['chart-line', `tone-${line.tone}`, line.dashed && 'chart-dashed'], d: path }),
    svg('path', { class: `chart-line chart-dot tone-${line.tone}`, d: dots })];
}

function lineThrough(places) {
  return places.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
}

function inWords(label, series, points, show) {
  const parts = series.map(line => {
    const values = points.map(point => point[line.key]).filter(value => value !== null && value !== undefined);
    if (values.length === 0) return `${line.label}: no values`;
    return `${line.label}: now ${show(values[values.length - 1])}, least ${show(Math.min(...values))}, ` +
      `most ${show(Math.max(...values))}`;
  });
  return `${label}. ${parts.join('. ')}.`;
}

/**
 * A small line without axes, beside a figure that says the same.
 * @param {{tone?: string, width?: number, height?: number}} [options]
 * @returns {{element: SVGElement, update: function(Array<?number>): void}}
 */
export function sparkline({ tone = 'chart-1', width = 96, height = 28 } = {}) {
  const plot = svg('svg', { class: 'sparkline', viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none',
    'aria-hidden': true, focusable: 'false' });
  return {
    element: plot,
    update(values) {
      const top = Math.max(...values.map(value => value ?? 0), 0) || 1;
      const step = width / Math.max(values.length - 1, 1);
      const line = lineThrough(values.map((value, index) =>
        [index * step, height - 2 - ((value ?? 0) / top) * (height - 4)]));
      if (values.length < 2) replace(plot);
      else replace(plot, svg('path', { class: `chart-area tone-${tone}`, d: `${line}V${height}H0Z` }),
        svg('path', { class: `chart-line tone-${tone}`, d: line, 'vector-effect': 'non-scaling-stroke' }));
    },
  };
}
