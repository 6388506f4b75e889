// Plugins of Chart.js that draw words and lines into a chart: marks, levels, names and values.

const { Chart } = window;

/** The value of a colour of the style sheet. */
export const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Vertical lines with a word at their top, such as switches to a map; they are short if there are many. */
export const marks = {
  id: 'marks',
  beforeDatasetsDraw(chart, _, { at = [], line, ink }) {
    const { ctx, chartArea: area, scales: { x } } = chart;
    ctx.save();
    ctx.font = '11px ' + Chart.defaults.font.family;
    ctx.textAlign = 'center';
    let free = -Infinity;
    const low = at.length * 14 > area.width ? area.top + 6 : area.bottom;
    for (const mark of at) {
      const px = x.getPixelForValue(mark.x);
      if (px < area.left - 1 || px > area.right + 1) {
        continue;
      }
      ctx.strokeStyle = mark.colour ? colour(mark.colour) : line;
      ctx.setLineDash(mark.colour ? [] : [3, 3]);
      ctx.lineWidth = mark.colour ? 1.5 : 1;
      ctx.beginPath();
      ctx.moveTo(px, area.top);
      ctx.lineTo(px, mark.colour ? area.bottom : low);
      ctx.stroke();
      const half = ctx.measureText(mark.text ?? '').width / 2;
      if (mark.text && px - half > free) {
        ctx.fillStyle = ink;
        ctx.fillText(mark.text, px, area.top - 5);
        free = px + half + 4;
      }
    }
    ctx.restore();
  },
};

/** Horizontal lines with a word at their left, such as a threshold. */
export const levels = {
  id: 'levels',
  beforeDatasetsDraw(chart, _, { at = [], ink }) {
    const { ctx, chartArea: area, scales: { y } } = chart;
    ctx.save();
    ctx.font = '11px ' + Chart.defaults.font.family;
    for (const level of at) {
      const py = y.getPixelForValue(level.y);
      if (py < area.top || py > area.bottom) {
        continue;
      }
      ctx.strokeStyle = ink;
      ctx.setLineDash([4, 4]);
      ctx.beginPath();
      ctx.moveTo(area.left, py);
      ctx.lineTo(area.right, py);
      ctx.stroke();
      ctx.fillStyle = ink;
      ctx.fillText(level.text ?? '', area.left + 4, py - 4);
    }
    ctx.restore();
  },
};

/** Names at the right ends of lines, or beside points, moved apart where they would touch. */
export const names = {
  id: 'names',
  afterDatasetsDraw(chart, _, { on }) {
    if (!on) {
      return;
    }
    const { ctx, chartArea: area } = chart;
    const labels = [];
    chart.data.datasets.forEach((set, i) => {
      const points = chart.getDatasetMeta(i).data;
      const last = set.data.findLastIndex(point => point.y !== null);
      if (last >= 0 && set.named) {
        labels.push({ text: set.label, y: points[last].y, x: points[last].x, at: points[last].y, colour: set.borderColor });
      }
    });
    labels.sort((a, b) => a.y - b.y);
    for (let i = 1; i < labels.length; i++) {
      labels[i].y = Math.max(labels[i].y, labels[i - 1].y + 15);
    }
    const over = labels.length ? Math.max(0, labels.at(-1).y - area.bottom) : 0;
    for (let i = labels.length - 1, roof = area.bottom; over > 0 && i >= 0; i--, roof -= 15) {
      labels[i].y = Math.min(labels[i].y, roof);
    }
    ctx.save();
    ctx.font = '12px ' + Chart.defaults.font.family;
    ctx.textBaseline = 'middle';
    for (const label of labels) {
      ctx.strokeStyle = ctx.fillStyle = label.colour;
      ctx.lineWidth = 1;
      ctx.beginPath();
      ctx.moveTo(label.x + 5, label.at);
      ctx.lineTo(area.right + 8, label.y);
      ctx.stroke();
      ctx.fillText(label.text, area.right + 11, label.y);
    }
    ctx.restore();
  },
};

/** Names beside points: to the right or, if another name is there, above or below it. */
export const beside = {
  id: 'beside',
  afterDatasetsDraw(chart) {
    const { ctx, chartArea: area } = chart;
    const taken = chart.data.datasets.map((_, i) => chart.getDatasetMeta(i).data[0]).map(p => [p.x - 7, p.y - 7, p.x + 7, p.y + 7]);
    ctx.save();
    ctx.font = '12px ' + Chart.defaults.font.family;
    ctx.textBaseline = 'middle';
    chart.data.datasets.forEach((set, i) => {
      const p = chart.getDatasetMeta(i).data[0];
      const width = ctx.measureText(set.label).width;
      const places = [[11, 0], [-11 - width, 0], [-width / 2, -17], [-width / 2, 17], [11, 14], [11, -14], [-11 - width, 14], [-11 - width, -14]];
      const boxes = places.map(([dx, dy]) => [p.x + dx, p.y + dy - 7, p.x + dx + width, p.y + dy + 7]);
      const free = boxes.find(b => b[0] >= area.left && b[2] <= area.right + 10
        && taken.every(t => b[2] < t[0] || b[0] > t[2] || b[3] < t[1] || b[1] > t[3])) ?? boxes[0];
      taken.push(free);
      ctx.fillStyle = set.borderColor;
      ctx.fillText(set.label, free[0], (free[1] + free[3]) / 2);
    });
    ctx.restore();
  },
};

/** The value of each bar above it. */
export const above = format => ({
  id: 'above',
  afterDatasetsDraw(chart) {
    const { ctx } = chart;
    ctx.save();
    ctx.font = '11px ' + Chart.defaults.font.family;
    ctx.fillStyle = colour('--soft');
    ctx.textAlign = 'center';
    chart.getDatasetMeta(0).data.forEach((bar, i) => {
      const value = chart.data.datasets[0].data[i].y;
      if (value > 0) {
        ctx.fillText(format(value), bar.x, bar.y - 5);
      }
    });
    ctx.restore();
  },
});
