// Small line drawings on a 16 x 16 grid. They stand beside words and say nothing by themselves.

import { svg } from './dom.js';

const shapes = {
  overview: 'M2 9.5l3.2-3.8 2.8 2.6L13.8 2.5M2 13.5h12',
  queues: 'M2 4h12M2 8h12M2 12h7',
  tasks: 'M2.5 4.5l1.5 1.5 2.5-3M2.5 11l1.5 1.5 2.5-3M9 5h5M9 11.5h5',
  try: 'M4 2.5v11l9.5-5.5z',
  workers: 'M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.1M5 11h.1',
  proxy: 'M2 8h4c2.5 0 2.5-4.5 5-4.5h3M6 8h8M6 8c2.5 0 2.5 4.5 5 4.5h3',
  cluster: 'M8 2.2v4M8 6.2l-4.5 4.5M8 6.2l4.5 4.5M2 11h3v3h-3zM11 11h3v3h-3zM6.5 2h3v3h-3z',
  actors: 'M3 2v10.5h4M3 6h4M7 4.5h6v3h-6zM7 11h6v3h-6z',
  logs: 'M3 2h10v12h-10zM5.5 5h5M5.5 8h5M5.5 11h3',
  settings: 'M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6M10 2.8v3.4M6 9.8v3.4',
  menu: 'M2 4h12M2 8h12M2 12h12',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  light: 'M8 5.2a2.8 2.8 0 1 0 .01 0zM8 1v1.5M8 13.5v1.5M1 8h1.5M13.5 8h1.5M3 3l1.1 1.1M11.9 11.9l1.1 1.1' +
    'M3 13l1.1-1.1M11.9 4.1l1.1-1.1',
  dark: 'M13 9.8a5.5 5.5 0 1 1-6.8-6.8 4.5 4.5 0 0 0 6.8 6.8z',
  system: 'M2 3h12v8h-12zM6 14h4M8 11v3',
  leave: 'M9.5 2.5h-6v11h6M6.5 8h8M11.5 5l3 3-3 3',
  chevron: 'M6 3.5l4.5 4.5-4.5 4.5',
  search: 'M7 2.5a4.5 4.5 0 1 0 .01 0zM10.4 10.4l3.6 3.6',
  pause: 'M5 3v10M11 3v10',
  warning: 'M8 2l6.5 11.5h-13zM8 6.5v3.5M8 11.7h.1',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
};

/**
 * @param {keyof shapes} name
 * @returns {SVGElement} hidden from screen readers
 */
export function icon(name) {
  return svg('svg',
    { class: 'icon', viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': true, focusable: 'false' },
    svg('path', { d: shapes[name] }));
}
