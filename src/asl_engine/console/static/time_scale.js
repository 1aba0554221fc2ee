/** Moments on an axis: which are marked, and how they are written. */

const STEPS = [
  ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30],
  ...[60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800],
];
const MONTH = 2592000;

/**
 * @param {number} span seconds
 * @param {number} most how many marks there is room for
 * @returns {number[]} seconds from the start on
 */
export function marksOf(span, most) {
  const step = STEPS.find((candidate) => span / candidate <= most) ?? MONTH * Math.ceil(span / MONTH / most);
  const marks = [];
  for (let index = 0; index * step <= span * 1.0001; index += 1) marks.push(index * step);
  return marks;
}

/** @returns {string} seconds since the start: `0`, `200 ms`, `1.5 s`, `2:05`, `1:00:00`, `2 d 3 h` */
export function offsetText(seconds) {
  if (seconds === 0) return '0';
  if (seconds < 1) return `${round(seconds * 1000)} ms`;
  if (seconds < 60) return `${round(seconds)} s`;
  const whole = Math.round(seconds);
  const [minutes, hours] = [Math.floor(whole / 60) % 60, Math.floor(whole / 3600)];
  if (hours >= 24) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

/** @returns {string} the time of day here, with as much as tells two marks apart */
export function clockText(epoch, span) {
  const moment = new Date(epoch * 1000);
  const time = `${pad(moment.getHours())}:${pad(moment.getMinutes())}`;
  if (span > 86400) return `${moment.getFullYear()}-${pad(moment.getMonth() + 1)}-${pad(moment.getDate())} ${time}`;
  const seconds = `${time}:${pad(moment.getSeconds())}`;
  return span < 10 ? `${seconds}.${String(moment.getMilliseconds()).padStart(3, '0')}` : seconds;
}

/** @returns {string} the exact moment, in UTC */
export function exactText(epoch) {
  return new Date(epoch * 1000).toISOString();
}

const pad = (number) => String(number).padStart(2, '0');
const round = (number) => Math.round(number * 1000) / 1000;
