"use strict";
const grid = document.querySelector(".ability-grid");
const cells = [...grid.children];
const order = document.querySelector("#order");
const search = document.querySelector("#find");
const kinds = [...document.querySelectorAll("#kinds input")];
const statusLine = document.querySelector("#status");

const number = (cell, name) => (name in cell.dataset ? Number(cell.dataset[name]) : null);

function compare(name, down) {
  return (a, b) => {
    const [x, y] = [number(a, name), number(b, name)];
    if (x === null || y === null) return (x === null) - (y === null);
    return down ? y - x : x - y;
  };
}

const comparators = {
  kind: (a, b) => cells.indexOf(a) - cells.indexOf(b),
  name: (a, b) => a.dataset.name.localeCompare(b.dataset.name),
  onset: compare("onset", false),
  surprise: compare("surprise", true),
  margin: compare("margin", true),
  last: compare("last", true),
};

function update() {
  const query = search.value.trim().toLowerCase();
  const selected = new Set(kinds.filter((one) => one.checked).map((one) => one.value));
  grid.append(...[...cells].sort(comparators[order.value]));
  let visible = 0;
  for (const cell of cells) {
    cell.hidden = !selected.has(cell.dataset.kind) || !cell.dataset.name.toLowerCase().includes(query);
    visible += cell.hidden ? 0 : 1;
  }
  statusLine.textContent = `${visible} of ${cells.length} shown`;
}

function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const entry = target && target.closest("details.ability-details");
  if (!entry) return;
  entry.open = true;
  entry.scrollIntoView();
}

document.querySelector(".toolbar").hidden = false;
for (const one of [order, search, ...kinds]) one.addEventListener("input", update);
addEventListener("hashchange", openTarget);
update();
openTarget();
