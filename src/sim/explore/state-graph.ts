// The graph of the states that a search has seen, for questions that one path cannot answer: the shortest way to a state,
// and from which states nothing good can be reached any more.

/** A way from state 0. */
export interface Way {
  readonly state: number;
  readonly moves: readonly number[];
}

export class StateGraph {
  /** Edges in columns: the state left, the state reached, number of the move. */
  #from = new Int32Array(1 << 16);
  #to = new Int32Array(1 << 16);
  #move = new Int32Array(1 << 16);
  edges = 0;

  add(from: number, to: number, move: number): void {
    if (this.edges === this.#from.length) this.#grow();
    this.#from[this.edges] = from;
    this.#to[this.edges] = to;
    this.#move[this.edges] = move;
    this.edges += 1;
  }

  #grow(): void {
    const twice = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const grown = new Int32Array(2 * old.length);
      grown.set(old);
      return grown;
    };
    this.#from = twice(this.#from);
    this.#to = twice(this.#to);
    this.#move = twice(this.#move);
  }

  /** The nearest of the states that `isGoal` picks, and the moves of a shortest way from state 0; null: there is none. */
  shortestTo(states: number, isGoal: (state: number) => boolean): Way | null {
    const { first, order } = this.#grouped(this.#from, states);
    const cameBy = new Int32Array(states).fill(-1);
    const queue = new Int32Array(states);
    let end = 1;
    cameBy[0] = -2;
    for (let next = 0; next < end; next++) {
      const state = queue[next] as number;
      if (isGoal(state)) return { state, moves: this.#wayTo(state, cameBy) };
      for (let i = first[state] as number; i < (first[state + 1] as number); i++) {
        const edge = order[i] as number;
        const to = this.#to[edge] as number;
        if (cameBy[to] !== -1) continue;
        cameBy[to] = edge;
        queue[end++] = to;
      }
    }
    return null;
  }

  #wayTo(state: number, cameBy: Int32Array): number[] {
    const moves: number[] = [];
    for (let at = state, edge = cameBy[at] as number; edge >= 0; edge = cameBy[at] as number) {
      moves.push(this.#move[edge] as number);
      at = this.#from[edge] as number;
    }
    return moves.reverse();
  }

  /** 1 for each state from which one of the states that `isGoal` picks can be reached. */
  canReach(states: number, isGoal: (state: number) => boolean): Uint8Array {
    const { first, order } = this.#grouped(this.#to, states);
    const can = new Uint8Array(states);
    const queue: number[] = [];
    const take = (state: number): void => {
      if (can[state] === 1) return;
      can[state] = 1;
      queue.push(state);
    };
    for (let state = 0; state < states; state++) if (isGoal(state)) take(state);
    for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
      for (let i = first[state] as number; i < (first[state + 1] as number); i++)
        take(this.#from[order[i] as number] as number);
    }
    return can;
  }

  /** 1 for each state that an edge leaves. */
  goesOn(states: number): Uint8Array {
    const goes = new Uint8Array(states);
    for (let edge = 0; edge < this.edges; edge++) goes[this.#from[edge] as number] = 1;
    return goes;
  }

  /** The edges by one of their ends: those of state s are order[first[s]] up to order[first[s + 1] - 1]. */
  #grouped(ends: Int32Array, states: number): { first: Int32Array; order: Int32Array } {
    const first = new Int32Array(states + 1);
    for (let edge = 0; edge < this.edges; edge++) {
      const end = ends[edge] as number;
      first[end + 1] = (first[end + 1] as number) + 1;
    }
    for (let state = 0; state < states; state++)
      first[state + 1] = (first[state + 1] as number) + (first[state] as number);
    const order = new Int32Array(this.edges);
    const next = first.slice();
    for (let edge = 0; edge < this.edges; edge++) {
      const end = ends[edge] as number;
      const at = next[end] as number;
      order[at] = edge;
      next[end] = at + 1;
    }
    return { first, order };
  }
}
