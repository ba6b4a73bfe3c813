(function () {
  "use strict";
  var dark = matchMedia("(prefers-color-scheme: dark)");
  var LIGHT = {
    lines: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7400", "#333333"],
    text: "#5a6470",
    grid: "#e4e7ea"
  };
  var DARK = {
    lines: ["#56b4e9", "#e69f00", "#1fbf92", "#e39bc4", "#f0e442", "#4a90d9", "#f07f3c", "#dddddd"],
    text: "#a3adb8",
    grid: "#2e343a"
  };
  var DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3], [], [7, 4], [2, 3], [9, 3, 2, 3]];
  var HEIGHT = 220;
  var paper = false;

  function number(cell) {
    var text = cell.textContent.trim().replace(/[%,]/g, "");
    return text === "" || isNaN(text) ? null : Number(text);
  }

  /** The columns of a table: the rounds, then those that are asked for. */
  function read(holder) {
    var table = document.getElementById(holder.dataset.table);
    var rows = Array.from(table.tBodies[0].rows);
    var heads = Array.from(table.tHead.rows[0].cells);
    var columns = holder.dataset.columns
      ? holder.dataset.columns.split(",").map(Number)
      : heads.map(function (_, c) { return c; }).slice(1);
    return {
      rounds: rows.map(function (row) { return parseInt(row.cells[0].textContent, 10); }),
      names: columns.map(function (c) { return heads[c].textContent; }),
      values: columns.map(function (c) {
        return rows.map(function (row) { return number(row.cells[c]); });
      })
    };
  }

  /** Each column with those before it added. */
  function stacked(values) {
    return values.map(function (_, c) {
      return values[c].map(function (_, r) {
        return values.slice(0, c + 1).reduce(function (sum, column) { return sum + column[r]; }, 0);
      });
    });
  }

  function draw(holder) {
    var width = holder.clientWidth;
    if (width === 0) {
      return; // folded away
    }
    if (holder.chart) {
      holder.chart.destroy();
    }
    var palette = dark.matches && !paper ? DARK : LIGHT;
    var data = read(holder);
    var isStack = holder.dataset.kind === "stack";
    var shown = isStack ? stacked(data.values) : data.values;
    var order = data.names.map(function (_, i) { return i; });
    if (isStack) {
      order.reverse(); // the highest first, so that the lower ones cover it
    }
    var axis = { stroke: palette.text, grid: { stroke: palette.grid, width: 1 }, ticks: { stroke: palette.grid, width: 1 }, font: "12px system-ui, sans-serif" };
    var few = data.rounds.length <= 40;
    var single = data.rounds.length === 1 ? { min: data.rounds[0] - 1, max: data.rounds[0] + 1 } : null;
    holder.chart = new uPlot({
      width: width,
      height: HEIGHT,
      scales: { x: { time: false, range: single ? [single.min, single.max] : undefined }, y: isStack ? { range: function (u, min, max) { return [0, max * 1.05 || 1]; } } : {} },
      axes: [
        Object.assign({}, axis, { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] }),
        Object.assign({}, axis, { size: 62, values: function (u, splits) { return splits.map(label); } })
      ],
      series: [{ label: "round" }].concat(order.map(function (i) {
        var color = palette.lines[i % palette.lines.length];
        return {
          label: data.names[i],
          stroke: color,
          fill: isStack ? color : undefined,
          width: isStack ? 1 : 2,
          dash: isStack ? undefined : DASHES[i % DASHES.length],
          spanGaps: true,
          points: { show: few && !isStack, size: 6, fill: color },
          value: function (u, v, s, r) { return r === null || r === undefined ? "" : label(data.values[i][r]) || "–"; }
        };
      })),
      legend: { show: true },
      cursor: { drag: { x: false, y: false } },
      hooks: { ready: [last], setCursor: [function (u) { if (u.cursor.left < 0) { last(u); } }] }
    }, [data.rounds].concat(order.map(function (i) { return shown[i]; })), holder);
  }

  /** Without a pointer the legend has the last round's numbers. */
  function last(u) {
    u.setLegend({ idx: u.data[0].length - 1 });
  }

  function label(v) {
    if (v === null || v === undefined) {
      return "";
    }
    return v !== 0 && (Math.abs(v) < 1e-3 || Math.abs(v) >= 1e6)
      ? v.toExponential(1).replace("e+", "e").replace(".0e", "e")
      : String(Number(v.toPrecision(4)));
  }

  function drawAll() {
    document.querySelectorAll(".plot-area").forEach(draw);
  }

  function sortable(table) {
    var heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach(function (head, c) {
      if ("unsortable" in head.dataset) {
        return;
      }
      var button = document.createElement("button");
      button.type = "button";
      while (head.firstChild) {
        button.appendChild(head.firstChild);
      }
      head.appendChild(button);
      button.addEventListener("click", function () {
        var down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        var keyed = Array.from(table.tBodies[0].rows).map(function (row) {
          var text = row.cells[c].textContent.trim();
          var value = parseFloat(text.replace(/,/g, ""));
          return { row: row, text: text, value: isNaN(value) ? null : value };
        });
        var numbers = head.classList.contains("n");
        keyed.sort(function (a, b) {
          if (numbers && (a.value === null || b.value === null)) {
            return (a.value === null) - (b.value === null); // what is missing comes last
          }
          var order = numbers ? a.value - b.value : a.text.localeCompare(b.text);
          return down ? -order : order;
        });
        keyed.forEach(function (each) { table.tBodies[0].appendChild(each.row); });
      });
    });
  }

  document.querySelectorAll("table.sortable").forEach(sortable);
  document.addEventListener("toggle", function (event) {
    event.target.querySelectorAll(".plot-area").forEach(function (holder) {
      if (!holder.chart) {
        draw(holder);
      }
    });
  }, true);
  function unfold() {
    var task = document.getElementById(location.hash.slice(1));
    if (task && task.tagName === "DETAILS") {
      task.open = true;
      task.scrollIntoView();
    }
  }
  addEventListener("hashchange", unfold);
  dark.addEventListener("change", drawAll);
  var timer;
  addEventListener("resize", function () {
    clearTimeout(timer);
    timer = setTimeout(drawAll, 100);
  });
  addEventListener("beforeprint", function () { paper = true; drawAll(); });
  addEventListener("afterprint", function () { paper = false; drawAll(); });
  drawAll();
  unfold();
})();
