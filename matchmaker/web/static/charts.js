// Draws the charts of a page: every figure.chart carries its ECharts option as JSON. The table under a chart is what
// counts; it is folded once the chart stands, and unfolded for paper. Without this script the tables are all there is.
"use strict";

(() => {
  const drawn = [];

  const draw = (figure) => {
    const option = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    const canvas = document.createElement("div");
    canvas.className = `chart-canvas ${figure.dataset.size || ""}`;
    figure.prepend(canvas);
    const chart = echarts.init(canvas, null, { renderer: "canvas" });
    chart.setOption(option);
    drawn.push(chart);
    // Open, it would push the next chart out of sight.
    const table = figure.querySelector("details");
    if (table) table.open = false;
  };

  const resize = () => drawn.forEach((chart) => chart.resize());

  const forPaper = () => {
    document.querySelectorAll(".chart details").forEach((table) => { table.open = true; });
    resize();
  };

  document.querySelectorAll("figure.chart").forEach(draw);
  window.addEventListener("resize", resize);
  window.addEventListener("beforeprint", forPaper);
})();
