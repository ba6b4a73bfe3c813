// Which keys queries see, for both kinds of attention.
#ifndef VISIBLE
#define VISIBLE

// A tile of queries or keys: the first of its columns and their number, the first and the one after the last column on
// the other side that matter to it, the first key of the sequence.
#define TILE_INTS 5

/** Which keys a query sees: from … to, counted from the first key of a tile. */
struct Visible {
  int from;
  int to;
};

/**
 * @param position the query's place among its sequence's keys; below 0 where all keys are seen
 * @param sequence the sequence's first key, counted from the first of the tile: 0 or less
 * @param keys the number of keys from the tile's first to the sequence's last
 */
__device__ inline Visible visible(int position, int window, int sequence, int keys) {
  Visible range;
  int first = window > 0 && position >= window ? position - window + 1 : 0;
  range.from = position < 0 ? 0 : sequence + first;
  range.to = position < 0 ? keys : sequence + position + 1;
  return range;
}

#endif
