/**
 * The ways of edges: out of a box below or above it, sideways only where no rank of boxes is, and into the next box.
 *
 * dagre says where an edge passes each rank, but joins those points straight, which cuts the corners of boxes that are
 * higher than others of their rank, and leaves a box at its side, through its neighbours.
 */

const SIDE = 14;
const APART = 16;
const OUT = 6;
const IN = 9;

const rankOf = (y) => Math.round(y * 4);

/** @returns {Map<number, {top: number, bottom: number}>} what each rank of a laid out graph takes from top to bottom */
export function ranksOf(graph) {
  const ranks = new Map();
  for (const name of graph.nodes()) {
    const { y, height } = graph.node(name);
    const rank = ranks.get(rankOf(y)) ?? { top: y, bottom: y };
    ranks.set(rankOf(y), { top: Math.min(rank.top, y - height / 2), bottom: Math.max(rank.bottom, y + height / 2) });
  }
  return ranks;
}

/**
 * @param {{edge: Edge, from: Box, to: Box, passes: {x: number, y: number}[]}[]} routes `passes` from rank to rank
 * @param {Map<number, {top: number, bottom: number}>} ranks
 */
export function drawRoutes(routes, ranks) {
  const ends = routes.map((route) => endsOf(route, route.passes.filter(({ y }) => ranks.has(rankOf(y)))));
  for (const side of groupsOf(ends.flatMap(({ start, stop }) => [start, stop]))) spread(side);
  routes.forEach(({ edge }, index) => {
    const { start, stop, passes } = ends[index];
    const heights = [start.y, ...passes.map(({ y }) => y), stop.y];
    const middle = passes.map((point, at) => across(point, ranks, heights[at + 2] > heights[at]));
    edge.points = joined([leave(start, ranks), ...middle, leave(stop, ranks).reverse()]);
  });
}

function endsOf({ from, to }, passes) {
  return { start: makeEnd(from, passes[0] ?? middleOf(to)), stop: makeEnd(to, passes.at(-1) ?? middleOf(from)), passes };
}

const middleOf = ({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 });

function makeEnd(box, toward) {
  const { x, y } = middleOf(box);
  const isBelow = toward.y > y;
  return { box, isBelow, toward: toward.x, x, y: isBelow ? box.y + box.height : box.y };
}

function groupsOf(ends) {
  const groups = new Map();
  for (const end of ends) {
    if (!groups.has(end.box)) groups.set(end.box, [[], []]);
    groups.get(end.box)[end.isBelow ? 1 : 0].push(end);
  }
  return [...groups.values()].flat();
}

/** Gives the edges at one side of a box places of their own, as near as can be to where they go, in that order. */
function spread(ends) {
  if (ends.length === 0 || ends[0].box.kind !== 'state') return;
  const { x, width } = ends[0].box;
  const [left, right] = [x + SIDE, x + width - SIDE];
  const apart = Math.min(APART, (right - left) / Math.max(1, ends.length - 1));
  ends.sort((one, other) => one.toward - other.toward);
  ends.forEach((end, index) => {
    const wanted = Math.min(right, Math.max(left, end.toward));
    end.x = index === 0 ? wanted : Math.max(wanted, ends[index - 1].x + apart);
  });
  let most = right;
  for (const end of [...ends].reverse()) {
    end.x = Math.min(end.x, most);
    most = end.x - apart;
  }
}

/** Through a whole rank straight. */
function across({ x, y }, ranks, down) {
  const { top, bottom } = ranks.get(rankOf(y)) ?? { top: y, bottom: y };
  return down ? [{ x, y: top }, { x, y: bottom }] : [{ x, y: bottom }, { x, y: top }];
}

/** From a box straight to the end of its rank. */
function leave({ box, isBelow, x, y }, ranks) {
  const { top, bottom } = ranks.get(rankOf(box.y + box.height / 2)) ?? { top: box.y, bottom: box.y + box.height };
  return [{ x, y }, { x, y: isBelow ? bottom : top }];
}

/** Straight pieces joined between the ranks, with room at both ends for the rounding and for the arrowhead. */
function joined(pieces) {
  const points = [...pieces[0]];
  for (const piece of pieces.slice(1)) {
    const [last, next] = [points.at(-1), piece[0]];
    const gap = next.y - last.y;
    const room = (most, share) => Math.sign(gap) * Math.min(most, Math.abs(gap) * share);
    if (Math.abs(next.x - last.x) > 1) {
      points.push({ x: last.x, y: last.y + room(OUT, 0.3) }, { x: next.x, y: next.y - room(IN, 0.45) });
    }
    points.push(...piece);
  }
  return points.filter(({ x, y }, index) => index === 0 || Math.hypot(x - points[index - 1].x, y - points[index - 1].y) > 0.5);
}
