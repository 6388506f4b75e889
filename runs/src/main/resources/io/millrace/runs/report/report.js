// Shows a chart's figures at the pointer, or at the window chosen with the arrow keys.
(() => {
  const tip = document.getElementById('tip');
  const line = (css, name, figure) => {
    const row = document.createElement('div');
    const swatch = document.createElement('i');
    swatch.className = css;
    const value = document.createElement('em');
    value.textContent = figure;
    row.append(swatch, name, value);
    return row;
  };
  document.querySelectorAll('svg[data-chart]').forEach(svg => {
    const chart = JSON.parse(svg.dataset.chart);
    const cursor = svg.querySelector('.cursor');
    let at = -1;
    const hide = () => { tip.hidden = true; cursor.style.visibility = 'hidden'; };
    const show = window_ => {
      at = window_;
      const head = document.createElement('b');
      head.textContent = chart.w[at];
      tip.replaceChildren(head, ...chart.s.filter(s => s[2][at] !== '–').map(s => line(s[0], s[1], s[2][at])));
      cursor.setAttribute('x1', chart.x[at]);
      cursor.setAttribute('x2', chart.x[at]);
      cursor.style.visibility = 'visible';
      tip.hidden = false;
      const box = svg.getBoundingClientRect();
      const x = box.left + chart.x[at] * box.width / 560;
      const left = x + 14 + tip.offsetWidth > innerWidth ? x - 14 - tip.offsetWidth : x + 14;
      tip.style.left = Math.max(4, left) + 'px';
      tip.style.top = Math.max(4, Math.min(box.top + 12, innerHeight - tip.offsetHeight - 4)) + 'px';
    };
    svg.addEventListener('pointermove', event => {
      const box = svg.getBoundingClientRect();
      const x = (event.clientX - box.left) * 560 / box.width;
      let best = 0;
      chart.x.forEach((place, i) => { if (Math.abs(place - x) < Math.abs(chart.x[best] - x)) best = i; });
      show(best);
    });
    svg.addEventListener('pointerleave', hide);
    svg.addEventListener('blur', hide);
    svg.addEventListener('keydown', event => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) {
        show(Math.max(0, Math.min(chart.x.length - 1, at + step)));
        event.preventDefault();
      } else if (event.key === 'Escape') {
        hide();
      }
    });
  });
})();
