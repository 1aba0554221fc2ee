/**
 * Where the states of a definition are drawn: each list of states is laid out by dagre from top to bottom, the inner
 * ones first, since a Parallel or Map is as large as what is in it.
 *
 * @typedef {Object} Box
 * @property {'state'|'start'|'end'} kind
 * @property {Place|null} place the state's, see places.js
 * @property {number} x the left edge
 * @property {number} y the upper edge
 * @property {number} width
 * @property {number} height
 * @property {number} beside the room that stubs of edges need on its right
 * @property {{x: number, y: number, sheet: Sheet}[]} inner the sheets drawn inside it
 *
 * @typedef {Object} Edge
 * @property {string|null} from a place's key; null is the start
 * @property {string|null} to a place's key; null is the end
 * @property {'next'|'catch'} way
 * @property {string[]} labels the rules or errors, one for each edge of the definition that it stands for
 * @property {{x: number, y: number}[]} points
 * @property {{x: number, y: number}|null} at the middle of the label
 * @property {boolean} isStub drawn as a short end beside its state, with the name of where it leads
 *
 * @typedef {{width: number, height: number, boxes: Box[], edges: Edge[]}} Sheet
 */

import { drawRoutes, ranksOf } from './graph_routes.js';
import { catchText, ruleText } from './rules.js';
import { Graph, layout } from './vendor/dagre.esm.js';

export const STATE_WIDTH = 212;
export const STATE_HEIGHT = 50;
export const TITLE_HEIGHT = 46;
export const LABEL_HEIGHT = 16;
const MARKER = 22;
// Beside the keys of states; no name has such a character.
const START = '\u0000start';
const END = '\u0000end';
const PADDING = 14;
const GAP = 18;
const STUB = 24;
const END_NAME = 18;
// Edges over many ranks cost dagre a node for each rank: a large definition that catches everywhere would take minutes.
const MOST_STATES_WITH_ALL_EDGES = 40;
const DAGRE = { rankdir: 'TB', nodesep: 30, edgesep: 18, ranksep: 20, marginx: 4, marginy: 4 };

/**
 * @param {Scope} scope
 * @param {function(string): number} widthOf how wide an edge's label is drawn
 * @returns {Sheet}
 */
export function layOut(scope, widthOf) {
  const isInner = scope.parent !== null;
  const boxes = new Map();
  boxes.set(START, markerBox('start', isInner ? 12 : MARKER));
  for (const place of scope.states.values()) boxes.set(place.key, stateBox(place, widthOf));
  const edges = edgesOf(scope, isInner);
  if (edges.some((edge) => edge.to === null)) boxes.set(END, markerBox('end', MARKER));
  return arrange(boxes, edges, widthOf);
}

function markerBox(kind, size) {
  return { kind, place: null, x: 0, y: 0, width: size, height: size, beside: 0, inner: [] };
}

function stateBox(place, widthOf) {
  const box = { kind: 'state', place, x: 0, y: 0, width: STATE_WIDTH, height: STATE_HEIGHT, beside: 0, inner: [] };
  let x = PADDING;
  for (const sheet of place.inner.map((inner) => layOut(inner, widthOf))) {
    box.inner.push({ x, y: TITLE_HEIGHT, sheet });
    x += sheet.width + GAP;
    box.height = Math.max(box.height, TITLE_HEIGHT + sheet.height + PADDING);
  }
  const wanted = x - GAP + PADDING;
  if (box.inner.length > 0 && wanted < box.width) shift(box.inner, (box.width - wanted) / 2);
  if (box.inner.length > 0) box.width = Math.max(box.width, wanted);
  return box;
}

function shift(inner, by) {
  for (const one of inner) one.x += by;
}

/** The edges of a list of states; those between the same two, by the same kind of way, are one. */
function edgesOf(scope, isInner) {
  const edges = new Map();
  const keyOf = (name) => scope.states.get(name)?.key;
  const add = (from, to, way, label = null) => {
    if (from === undefined || to === undefined) return;
    const key = JSON.stringify([from, to, way]);
    if (!edges.has(key)) edges.set(key, { from, to, way, labels: [], points: [], at: null, isStub: false });
    if (label) edges.get(key).labels.push(label);
  };
  add(null, keyOf(scope.startAt), 'next');
  for (const { key, state } of scope.states.values()) {
    for (const rule of state.Choices ?? []) add(key, keyOf(rule.Next), 'next', ruleText(rule));
    if (state.Default) add(key, keyOf(state.Default), 'next', 'Default');
    if (state.Next) add(key, keyOf(state.Next), 'next');
    for (const catcher of state.Catch ?? []) add(key, keyOf(catcher.Next), 'catch', catchText(catcher));
    if (!isInner && isTerminal(state)) add(key, null, 'next');
  }
  const all = [...edges.values()];
  if (scope.states.size > MOST_STATES_WITH_ALL_EDGES) shorten(all);
  return all;
}

function isTerminal(state) {
  return state.End === true || state.Type === 'Succeed' || state.Type === 'Fail';
}

/** Leaves the last edge to each state that errors lead to, and makes stubs of the others. */
function shorten(edges) {
  const seen = new Set();
  for (const edge of [...edges].reverse()) {
    if (edge.way !== 'catch') continue;
    edge.isStub = seen.has(edge.to);
    seen.add(edge.to);
  }
}

/** @returns {string} what is written on an edge */
export function labelOf(edge) {
  const text = edge.labels.join(' or ');
  return edge.isStub ? `${text} → ${edge.to}` : text;
}

/**
 * A label is a node of its own, close below the state that its edge leaves: dagre would put it in the middle of the
 * edge, far away from the choice that it is about.
 */
function arrange(boxes, edges, widthOf) {
  const routed = edges.filter((edge) => !edge.isStub);
  const stubs = edges.filter((edge) => edge.isStub);
  for (const edge of stubs) {
    const box = boxes.get(edge.from);
    box.beside = Math.max(box.beside, STUB + widthOf(labelOf(edge)));
  }
  const graph = straightest(boxes, routed, widthOf);
  for (const [key, box] of boxes) placeBox(box, graph.node(nodeOf(key)));
  drawRoutes(routed.map((edge, index) => routeOf(graph, boxes, edge, index)), ranksOf(graph));
  stubs.forEach((edge, index) => {
    const above = stubs.slice(0, index).filter((other) => other.from === edge.from).length;
    stub(edge, boxes.get(edge.from), above, widthOf);
  });
  return sheetOf([...boxes.values()], edges, widthOf);
}

/** Balanced, unless that has the states that just follow one another drift to a side, as those that all catch do. */
function straightest(boxes, edges, widthOf) {
  const aligned = laidOut(boxes, edges, widthOf, { align: 'UR' });
  if (boxes.size > MOST_STATES_WITH_ALL_EDGES) return aligned;
  const balanced = laidOut(boxes, edges, widthOf, {});
  return drift(aligned, edges) < 0.6 * drift(balanced, edges) ? aligned : balanced;
}

function laidOut(boxes, edges, widthOf, options) {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ ...DAGRE, ...options });
  for (const [key, box] of boxes) graph.setNode(nodeOf(key), { width: box.width + 2 * box.beside, height: box.height });
  edges.forEach((edge, index) => connect(graph, edge, index, widthOf));
  layout(graph);
  return graph;
}

function drift(graph, edges) {
  const plain = edges.filter((edge) => edge.way === 'next' && edge.to !== null && !labelOf(edge));
  return plain.reduce((sum, edge) => {
    const [from, to] = endsOf(edge).map((name) => graph.node(name));
    return sum + Math.abs(from.x - to.x);
  }, 0);
}

/** @param {string} key a state's, or START or END */
const nodeOf = (key) => `box ${key}`;
const endsOf = (edge) => [nodeOf(edge.from ?? START), nodeOf(edge.to ?? END)];

function connect(graph, edge, index, widthOf) {
  const [from, to] = endsOf(edge);
  const weight = edge.way === 'catch' ? 1 : 6;
  const label = labelOf(edge);
  if (!label) {
    graph.setEdge(from, to, { weight, minlen: 2 }, edge.way);
    return;
  }
  graph.setNode(`label ${index}`, { width: widthOf(label) + 12, height: LABEL_HEIGHT });
  graph.setEdge(from, `label ${index}`, { weight: 2 * weight });
  graph.setEdge(`label ${index}`, to, { weight });
}

function placeBox(box, { x, y }) {
  box.x = x - box.width / 2;
  box.y = y - box.height / 2;
}

function routeOf(graph, boxes, edge, index) {
  const [from, to] = endsOf(edge);
  const ends = { edge, from: boxes.get(edge.from ?? START), to: boxes.get(edge.to ?? END) };
  if (!labelOf(edge)) return { ...ends, passes: passesOf(graph.edge(from, to, edge.way)) };
  const { x, y } = graph.node(`label ${index}`);
  edge.at = { x, y };
  const before = passesOf(graph.edge(from, `label ${index}`));
  const after = passesOf(graph.edge(`label ${index}`, to));
  return { ...ends, passes: [...before, { x, y }, ...after] };
}

/** Where an edge passes the ranks between its ends. */
function passesOf({ points }) {
  return points.slice(1, -1);
}

function stub(edge, box, above, widthOf) {
  const y = box.y + LABEL_HEIGHT * (1 + above);
  const right = box.x + box.width;
  edge.points = [{ x: right, y }, { x: right + STUB - 8, y }];
  edge.at = { x: right + STUB + widthOf(labelOf(edge)) / 2, y };
}

/** The sheet around boxes, lines and labels, with its corner at 0, 0. */
function sheetOf(boxes, edges, widthOf) {
  const xs = [];
  const ys = [];
  for (const box of boxes) {
    xs.push(box.x, box.x + box.width);
    ys.push(box.y, box.y + box.height + (box.kind === 'end' ? END_NAME : 0));
  }
  for (const edge of edges) {
    for (const point of edge.points) {
      xs.push(point.x);
      ys.push(point.y);
    }
    if (edge.at) xs.push(edge.at.x - widthOf(labelOf(edge)) / 2, edge.at.x + widthOf(labelOf(edge)) / 2);
  }
  const left = Math.min(...xs);
  const top = Math.min(...ys);
  for (const box of boxes) {
    box.x -= left;
    box.y -= top;
  }
  for (const edge of edges) {
    edge.points = edge.points.map(({ x, y }) => ({ x: x - left, y: y - top }));
    if (edge.at) edge.at = { x: edge.at.x - left, y: edge.at.y - top };
  }
  return { width: Math.max(...xs) - left, height: Math.max(...ys) - top, boxes, edges };
}
