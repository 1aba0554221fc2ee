/** Executions of one state machine, of several, or of a map run, newest first, read page by page as they are wanted. */

import { call } from './api.js';

const PAGE = 100;

/** An endless list that is read as far as it is asked for. */
class Listing {
  constructor(source, status) {
    this.request = { ...source, maxResults: PAGE, ...(status ? { statusFilter: status } : {}) };
    this.waiting = [];
    this.isAtEnd = false;
  }

  /** The next execution without taking it; undefined at the end. */
  async peek() {
    if (this.waiting.length === 0 && !this.isAtEnd) {
      const page = await call('ListExecutions', this.request);
      this.waiting = page.executions;
      this.request.nextToken = page.nextToken;
      this.isAtEnd = page.nextToken === undefined;
    }
    return this.waiting[0];
  }

  take() {
    return this.waiting.shift();
  }
}

/** `sources` are {stateMachineArn} or {mapRunArn}; `filter` is {status, name, since}. */
export class Executions {
  constructor(sources, filter) {
    this.filter = filter;
    this.listings = sources.map((source) => new Listing(source, filter.status));
  }

  /** Up to `count` more that match; `isAtEnd` when there are no others. */
  async more(count) {
    const found = [];
    while (found.length < count) {
      const next = await this.newest();
      if (next === undefined || (this.filter.since !== null && next.startDate < this.filter.since))
        return { found, isAtEnd: true };
      if (matches(next, this.filter)) found.push(next);
    }
    return { found, isAtEnd: (await this.newest({ take: false })) === undefined };
  }

  async newest({ take = true } = {}) {
    const heads = await Promise.all(this.listings.map((listing) => listing.peek()));
    let latest = -1;
    heads.forEach((head, position) => {
      if (head !== undefined && (latest < 0 || head.startDate > heads[latest].startDate)) latest = position;
    });
    if (latest < 0) return undefined;
    return take ? this.listings[latest].take() : heads[latest];
  }
}

export function matches(execution, filter) {
  return (
    (!filter.status || execution.status === filter.status) &&
    (!filter.name || execution.name.toLowerCase().includes(filter.name.toLowerCase())) &&
    (filter.since === null || execution.startDate >= filter.since)
  );
}
