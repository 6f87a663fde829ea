/** Rows with more neighbours than this multiple of √n go last: they would make every element that they meet large. */
const DENSE = 10;

/**
 * Approximate minimum degree ordering (Amestoy, Davis and Duff 1996) of a symmetric pattern, by the quotient graph: an
 * eliminated pivot becomes an element, the clique of its neighbours, which is never written out. Degrees are bounded
 * from above as in their eq. (3); variables with the same neighbours are merged and eliminated together.
 *
 * @param size number of rows n
 * @param pairs off-diagonal places `(i, j)`, each pair once or more, in any order
 * @returns n values: the row that is eliminated first, second, …
 */
export function orderByMinimumDegree(size: number, pairs: Iterable<readonly [number, number]>): Int32Array {
  const neighbours = distinctNeighbours(size, pairs);
  const graph = createQuotientGraph(size, neighbours);
  const dense: number[] = [];
  const limit = Math.max(16, DENSE * Math.sqrt(size));
  for (let i = 0; i < size; i++) {
    if (neighbours[i]!.length > limit) dense.push(i);
  }
  graph.remove(dense);
  const order = new Int32Array(size);
  let count = 0;
  const follow = (i: number): void => {
    // A pivot is followed by what was merged into it, level by level without recursion: chains may be long.
    const open = [i];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      order[count++] = next;
      open.push(...(graph.merged[next] ?? []));
    }
  };
  for (let pivot = graph.nextPivot(); pivot >= 0; pivot = graph.nextPivot()) {
    follow(pivot);
    for (const i of graph.eliminate(pivot)) follow(i);
  }
  for (const i of dense) order[count++] = i;
  return order;
}

function distinctNeighbours(size: number, pairs: Iterable<readonly [number, number]>): number[][] {
  const lists: number[][] = Array.from({ length: size }, () => []);
  for (const [i, j] of pairs) {
    if (i === j) continue;
    lists[i]!.push(j);
    lists[j]!.push(i);
  }
  const seen = new Int32Array(size).fill(-1);
  return lists.map((list, i) =>
    list.filter((j) => {
      if (seen[j] === i) return false;
      seen[j] = i;
      return true;
    }),
  );
}

interface QuotientGraph {
  /** What was merged into each variable. */
  readonly merged: readonly (readonly number[] | undefined)[];
  /** Takes variables out before the start. */
  remove(variables: readonly number[]): void;
  /** A variable of least approximate degree; −1 where none is left. */
  nextPivot(): number;
  /** Turns a variable into an element. Returns the variables that can be eliminated with it without further fill. */
  eliminate(pivot: number): readonly number[];
}

/** The quotient graph of a symmetric pattern. `variables` (neighbour lists) is taken over. */
function createQuotientGraph(size: number, variables: number[][]): QuotientGraph {
  /** Elements next to each variable, and the variables of each element. An element has its pivot's number. */
  const elements: number[][] = Array.from({ length: size }, () => []);
  const members: (number[] | undefined)[] = Array.from({ length: size });
  /** Variables that a principal variable stands for; 0 once it is eliminated, merged or removed. */
  const weight = new Int32Array(size).fill(1);
  const elementSize = new Int32Array(size);
  const merged: (number[] | undefined)[] = Array.from({ length: size });
  const degree = Int32Array.from(variables, (list) => list.length);
  const buckets = createBuckets(size, degree);
  const mark = new Int32Array(size).fill(-1);
  /** |Lₑ \ Lₚ| while pivot p is eliminated, and the pivot that it belongs to. */
  const outside = new Int32Array(size);
  const outsideOf = new Int32Array(size).fill(-1);
  let left = size;

  function remove(list: readonly number[]): void {
    for (const i of list) {
      weight[i] = 0;
      buckets.take(i);
      left--;
    }
    for (let i = 0; i < size; i++) variables[i] = variables[i]!.filter((j) => weight[j]! > 0);
  }

  /** Lₚ, the variables next to the pivot; the elements that they came from are absorbed. */
  function gather(pivot: number): number[] {
    const gathered: number[] = [];
    mark[pivot] = pivot;
    const visit = (list: readonly number[]): void => {
      for (const j of list) {
        if (mark[j] === pivot || weight[j] === 0) continue;
        mark[j] = pivot;
        gathered.push(j);
      }
    };
    visit(variables[pivot]!);
    for (const e of elements[pivot]!) {
      visit(members[e] ?? []);
      members[e] = undefined;
    }
    return gathered;
  }

  function eliminate(pivot: number): readonly number[] {
    left -= weight[pivot]!;
    buckets.take(pivot);
    const clique = gather(pivot);
    weight[pivot] = 0;
    let cliqueSize = 0;
    for (const i of clique) cliqueSize += weight[i]!;
    for (const i of clique) {
      for (const e of elements[i]!) {
        if (members[e] === undefined) continue;
        if (outsideOf[e] !== pivot) {
          outsideOf[e] = pivot;
          outside[e] = elementSize[e]!;
        }
        outside[e]! -= weight[i]!;
      }
    }
    const together: number[] = [];
    for (const i of clique) {
      buckets.take(i);
      // An element inside the new one says nothing more.
      elements[i] = elements[i]!.filter((e) => members[e] !== undefined && outside[e]! > 0);
      variables[i] = variables[i]!.filter((j) => weight[j]! > 0 && mark[j] !== pivot);
      if (elements[i]!.length === 0 && variables[i]!.length === 0) together.push(i);
    }
    for (const i of together) {
      cliqueSize -= weight[i]!;
      left -= weight[i]!;
      weight[i] = 0;
    }
    const rest = clique.filter((i) => weight[i]! > 0);
    for (const i of rest) {
      let reach = cliqueSize - weight[i]!;
      for (const e of elements[i]!) reach += outside[e]!;
      for (const j of variables[i]!) reach += weight[j]!;
      degree[i] = Math.max(0, Math.min(left - weight[i]!, degree[i]! + cliqueSize - weight[i]!, reach));
      elements[i]!.push(pivot);
    }
    mergeAlike(rest);
    const kept = rest.filter((i) => weight[i]! > 0);
    for (const i of kept) buckets.put(i, degree[i]!);
    members[pivot] = kept;
    elementSize[pivot] = cliqueSize;
    variables[pivot] = [];
    elements[pivot] = [];
    return together;
  }

  /** Merges variables that have the same neighbours in the quotient graph. */
  function mergeAlike(list: readonly number[]): void {
    const byHash = new Map<number, number[]>();
    for (const i of list) {
      let hash = 0;
      for (const e of elements[i]!) hash += e + 1;
      for (const j of variables[i]!) hash += j + 1;
      const alike = byHash.get(hash);
      if (alike === undefined) byHash.set(hash, [i]);
      else alike.push(i);
    }
    for (const alike of byHash.values()) {
      for (let a = 0; a < alike.length; a++) {
        const i = alike[a]!;
        if (weight[i] === 0) continue;
        for (const j of alike.slice(a + 1)) {
          if (weight[j] === 0 || !same(elements[i]!, elements[j]!) || !same(variables[i]!, variables[j]!)) continue;
          weight[i]! += weight[j]!;
          degree[i]! -= weight[j]!;
          weight[j] = 0;
          (merged[i] ??= []).push(j);
          elements[j] = [];
          variables[j] = [];
        }
      }
    }
  }

  const found = new Int32Array(size).fill(-1);
  let search = 0;
  function same(a: readonly number[], b: readonly number[]): boolean {
    if (a.length !== b.length) return false;
    search++;
    for (const k of a) found[k] = search;
    return b.every((k) => found[k] === search);
  }

  return { merged, remove, nextPivot: () => buckets.least(), eliminate };
}

interface Buckets {
  put(i: number, degree: number): void;
  take(i: number): void;
  /** Some item of least degree; −1 where there is none. */
  least(): number;
}

/** Items by degree, in doubly linked lists. */
function createBuckets(size: number, degrees: Int32Array): Buckets {
  const heads = new Int32Array(size + 1).fill(-1);
  const next = new Int32Array(size).fill(-1);
  const previous = new Int32Array(size).fill(-1);
  const place = new Int32Array(size).fill(-1);
  let lowest = 0;

  function put(i: number, degree: number): void {
    const head = heads[degree]!;
    place[i] = degree;
    next[i] = head;
    previous[i] = -1;
    if (head >= 0) previous[head] = i;
    heads[degree] = i;
    lowest = Math.min(lowest, degree);
  }

  function take(i: number): void {
    if (place[i]! < 0) return;
    if (previous[i]! >= 0) next[previous[i]!] = next[i]!;
    else heads[place[i]!] = next[i]!;
    if (next[i]! >= 0) previous[next[i]!] = previous[i]!;
    place[i] = -1;
  }

  function least(): number {
    while (lowest < size && heads[lowest]! < 0) lowest++;
    return lowest < size ? heads[lowest]! : -1;
  }

  for (let i = size - 1; i >= 0; i--) put(i, degrees[i]!);
  return { put, take, least };
}
