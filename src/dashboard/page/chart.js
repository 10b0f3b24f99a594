/** Errors by type over time: stacked bars with the spikes marked, and the same figures as a table. */
import { binned, stacked } from './bins.js';
import { nowMs } from './clock.js';
import { arrange, h, setAttributes, setText } from './dom.js';
import { count, moment, rate } from './format.js';
import { errorTypeAddress } from './router.js';
import { line } from './text.js';

/** @import { Chart } from '../schema/error-types.ts' */
/** @import { Bins } from './bins.js' */

const HEIGHT_PX = 240;
/** Colours of the style sheet; one more is for other types. */
const COLOURS = 10;

export class ErrorChart {
  #canvas = h('div', { class: 'canvas', tabindex: 0, role: 'img' });
  #rows = h('tbody', {});
  #moment = h('th', { scope: 'col' }, 'Last 5 min');
  #spikes = h('p', { class: 'spikes' });
  #empty = h('p', { class: 'chart-empty', hidden: true }, 'No errors in this time.');
  /** @type {uPlot | undefined} */
  #plot = undefined;
  /** @type {Chart | undefined} */
  #chart = undefined;
  /** @type {Bins} */
  #bins = { times: [], binSeconds: 1, series: [] };
  /** @type {Map<string | null, LegendRow>} */
  #legend = new Map();
  #key = '';
  #resized = new ResizeObserver(() => this.#resize());
  #scheme = matchMedia('(prefers-color-scheme: dark)');
  #onScheme = () => this.#plot?.redraw();

  constructor() {
    const head = h(
      'tr',
      {},
      h('th', { scope: 'col' }, 'Error type'),
      this.#moment,
      h('th', { scope: 'col' }, 'In all'),
    );
    const caption = h('caption', { class: 'unseen' }, 'Errors by type');
    const legend = h('table', { class: 'legend' }, caption, h('thead', {}, head), this.#rows);
    const plot = h('div', { class: 'plot' }, this.#canvas, this.#empty);
    this.element = h('div', { class: 'chart' }, plot, legend, this.#spikes);
    this.#canvas.addEventListener('keydown', (event) => this.#move(event));
    this.#canvas.addEventListener('blur', () => this.#plot?.setCursor({ left: -10, top: -10 }));
    this.#resized.observe(this.#canvas);
    this.#scheme.addEventListener('change', this.#onScheme);
  }

  /** @param {Chart} chart */
  show(chart) {
    this.#chart = chart;
    this.#bins = binned(chart, nowMs());
    const { times, series } = this.#bins;
    const key = [chart.window, ...series.map(({ type }) => type ?? '')].join('\n');
    const data = /** @type {uPlot.AlignedData} */ ([[...times], ...stacked(this.#bins).reverse()]);
    if (this.#plot === undefined || key !== this.#key) this.#create(data);
    else this.#plot.setData(data);
    this.#key = key;
    const span = chart.window === '1h' ? 'the last hour' : 'the last 24 hours';
    const label = `Errors per minute by type over ${span}; the table beside it has the figures. Left and right arrow keys choose a time.`;
    setAttributes(this.#canvas, { 'aria-label': label });
    this.#empty.hidden = series.length > 0;
    this.#showLegend();
    this.#showSpikes(chart);
  }

  close() {
    this.#resized.disconnect();
    this.#scheme.removeEventListener('change', this.#onScheme);
    this.#plot?.destroy();
  }

  /** @param {uPlot.AlignedData} data */
  #create(data) {
    this.#plot?.destroy();
    const { series } = this.#bins;
    const bars = uPlot.paths.bars?.({ size: [0.92, 40], align: 1 });
    if (bars === undefined) throw new Error('uPlot has no bars');
    const axis = {
      stroke: () => colour('--soft'),
      font: '11px system-ui, sans-serif',
      ticks: { show: false },
    };
    this.#plot = new uPlot(
      {
        width: Math.max(100, this.#canvas.clientWidth),
        height: HEIGHT_PX,
        legend: { show: false },
        padding: [14, 18, 0, 0],
        cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
        scales: {
          x: { time: true, range: () => this.#range() },
          y: { range: (_plot, _min, max) => [0, Math.max(5, (max ?? 0) * 1.08)] },
        },
        series: [
          {},
          ...series
            .map((_, i) => ({
              paths: bars,
              fill: () => seriesColour(i, series[i]?.type ?? null),
              width: 0,
              points: { show: false },
            }))
            .reverse(),
        ],
        axes: [
          {
            ...axis,
            size: 24,
            grid: { show: false },
            values: (_plot, ticks) => ticks.map((tick) => minuteOf(tick * 1000, tick * 1000)),
            space: 60,
          },
          {
            ...axis,
            size: 46,
            grid: { stroke: () => colour('--line'), width: 1 },
            values: (_plot, ticks) => ticks.map((tick) => rate(tick)),
            space: 36,
          },
        ],
        hooks: {
          drawClear: [(plot) => this.#drawUnknown(plot)],
          draw: [(plot) => this.#drawSpikes(plot)],
          setCursor: [() => this.#showLegend()],
        },
      },
      data,
      this.#canvas,
    );
  }

  /** @returns {[number, number]} */
  #range() {
    const { times, binSeconds } = this.#bins;
    const last = times.at(-1) ?? nowMs() / 1000;
    return [times[0] ?? last - 60, last + binSeconds];
  }

  #resize() {
    const width = this.#canvas.clientWidth;
    if (this.#plot !== undefined && width > 0 && width !== this.#plot.width) {
      this.#plot.setSize({ width, height: HEIGHT_PX });
    }
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const plot = this.#plot;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (plot === undefined || by === undefined) return;
    event.preventDefault();
    const { times } = this.#bins;
    const at = Math.max(0, Math.min(times.length - 1, (plot.cursor.idx ?? times.length) + by));
    plot.setCursor({ left: plot.valToPos(times[at] ?? 0, 'x'), top: 10 });
  }

  #showLegend() {
    const { series, times } = this.#bins;
    const at = this.#plot?.cursor.idx ?? null;
    const seconds = at === null ? undefined : times[at];
    setText(this.#moment, seconds === undefined ? 'Last 5 min' : `At ${moment(seconds * 1000, nowMs())}`);
    const legend = new Map();
    series.forEach(({ type, title, rates, recent, total }, i) => {
      const row = this.#legend.get(type) ?? new LegendRow(type);
      row.show({ title, colour: colourName(i, type), rate: at === null ? recent : (rates[at] ?? 0), total });
      legend.set(type, row);
    });
    this.#legend = legend;
    arrange(
      this.#rows,
      [...this.#legend.values()].map(({ element }) => element),
    );
  }

  /** @param {Chart} chart */
  #showSpikes({ spikes, series }) {
    const titles = new Map(series.map(({ error_type, title }) => [error_type, title ?? error_type]));
    const texts = spikes.map(({ error_type, from, to, per_minute, usual_per_minute }) => {
      const isNow = nowMs() - Date.parse(to) < 60_000;
      const end = isNow ? 'now' : minuteOf(Date.parse(to), nowMs());
      return `${line(titles.get(error_type) ?? error_type)}, ${minuteOf(Date.parse(from), nowMs())} to ${end}: up to ${rate(per_minute)}/min, usually ${rate(usual_per_minute)}/min`;
    });
    const text = texts.length === 0 ? 'No spikes.' : `Spikes: ${texts.slice(-3).join('. ')}.`;
    setText(this.#spikes, texts.length > 3 ? `${text} ${texts.length - 3} more before.` : text);
    setAttributes(this.#spikes, { class: texts.length > 0 ? 'spikes some' : 'spikes' });
  }

  /**
   * Where nothing was counted yet.
   * @param {uPlot} plot
   */
  #drawUnknown(plot) {
    if (this.#chart === undefined) return;
    const { left, top, width, height } = plot.bbox;
    const known = plot.valToPos(Date.parse(this.#chart.known_from) / 1000, 'x', true);
    const to = Math.min(left + width, known);
    if (to <= left) return;
    const { ctx } = plot;
    ctx.save();
    ctx.fillStyle = colour('--unknown');
    ctx.fillRect(left, top, to - left, height);
    if (to - left > 110 * devicePixelRatio) {
      ctx.fillStyle = colour('--soft');
      ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
      ctx.textAlign = 'center';
      ctx.fillText('not counted yet', left + (to - left) / 2, top + height * 0.8);
    }
    ctx.restore();
  }

  /** @param {uPlot} plot */
  #drawSpikes(plot) {
    const { left, top, width, height } = plot.bbox;
    const { ctx } = plot;
    for (const { from, to } of this.#chart?.spikes ?? []) {
      const x = Math.max(left, plot.valToPos(Date.parse(from) / 1000, 'x', true));
      const end = Math.min(left + width, plot.valToPos(Date.parse(to) / 1000, 'x', true));
      if (end <= left || x >= left + width) continue;
      ctx.save();
      ctx.fillStyle = colour('--spike');
      ctx.fillRect(x, top, Math.max(2, end - x), height);
      ctx.fillStyle = colour('--failing');
      ctx.fillRect(x, top, Math.max(2, end - x), 3 * devicePixelRatio);
      ctx.font = `600 ${11 * devicePixelRatio}px system-ui, sans-serif`;
      const isNearEnd = x > left + width - 50 * devicePixelRatio;
      ctx.textAlign = isNearEnd ? 'right' : 'left';
      ctx.fillText('▲ spike', isNearEnd ? Math.max(x, end) : x, top - 4 * devicePixelRatio);
      ctx.restore();
    }
  }
}

class LegendRow {
  #swatch = h('span', { class: 'swatch', 'aria-hidden': 'true' });
  #name;
  #rate = h('td', {});
  #total = h('td', {});

  /** @param {string | null} type */
  constructor(type) {
    this.#name = type === null ? h('span', {}) : h('a', { href: errorTypeAddress(type) });
    this.type = type;
    this.element = h('tr', {}, h('td', {}, this.#swatch, this.#name), this.#rate, this.#total);
  }

  /** @param {{ readonly title: string | null, readonly colour: string, readonly rate: number, readonly total: number }} row */
  show({ title, colour: name, rate: perMinute, total }) {
    const text = this.type === 'unclassified' ? 'Unclassified' : line(title ?? this.type ?? 'Other types');
    this.#swatch.style.background = `var(${name})`;
    setText(this.#name, text);
    setAttributes(this.#name, { title: text });
    setText(this.#rate, `${rate(perMinute)}/min`);
    setText(this.#total, count(total));
  }
}

/**
 * @param {number} i
 * @param {string | null} type
 */
function colourName(i, type) {
  return type === null ? '--series-other' : `--series-${i % COLOURS}`;
}

/**
 * @param {number} i
 * @param {string | null} type
 */
function seriesColour(i, type) {
  return colour(colourName(i, type));
}

/** @param {string} name */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name);
}

/**
 * @param {number} ms
 * @param {number} today a time of the day that needs no date, in milliseconds, too
 */
function minuteOf(ms, today) {
  return moment(ms, today).slice(0, -3);
}
