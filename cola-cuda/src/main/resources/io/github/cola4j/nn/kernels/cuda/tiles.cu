// Tiles of attention.cu in shared memory and what a thread computes of them. Blocks are 128 threads, 8 × 16: thread
// (ty, tx) has of a tile's rows ty, ty + 8, … and of its columns tx, tx + 16, …. A row is thus one half of a warp, which
// sums over it by shuffles, and whose weights only that warp reads.

#define ROW_LANES 8
#define COLUMN_LANES 16
#define ATTENTION_THREADS 128

/** A head's features of some tokens: token t at x + t * ld. */
struct Tokens {
  const float* x;
  Int ld;
};

/** The width of a head: features, the next multiple of 4, and floats from a row of a tile to the next. */
struct HeadWidth {
  int features;
  int padded;
  int stride; // an odd multiple of 4, so that eight rows' four floats lie in all 32 banks
};

__device__ inline HeadWidth headWidth(Int width) {
  HeadWidth head;
  head.features = (int)width;
  head.padded = (head.features + 3) / 4 * 4;
  head.stride = head.padded | 4;
  return head;
}

/** Rows of a tile ← tokens from `first`, times a factor; 0 in the rows from `count` on and beyond the width. */
__device__ inline void loadTile(
    float* tile, int rows, Tokens tokens, Int first, int count, HeadWidth head, float factor) {
  const float* from = tokens.x + first * tokens.ld;
  bool wide = head.features % 4 == 0 && tokens.ld % 4 == 0 && aligned(from);
  int quads = head.padded / 4;
  int row = threadIdx.x / quads;
  int quad = threadIdx.x % quads;
  int rowStep = ATTENTION_THREADS / quads;
  int quadStep = ATTENTION_THREADS % quads;
  while (row < rows) {
    Pack<4> pack = {{0.0f, 0.0f, 0.0f, 0.0f}};
    if (row < count) {
      const float* at = from + row * tokens.ld + 4 * quad;
      if (wide) {
        pack = load<4>(at);
      } else {
        for (int e = 0; e < 4; e++) {
          pack.v[e] = 4 * quad + e < head.features ? at[e] : 0.0f;
        }
      }
    }
    for (int e = 0; e < 4; e++) {
      pack.v[e] *= factor;
    }
    store<4>(tile + row * head.stride + 4 * quad, pack);
    row += rowStep;
    quad += quadStep;
    if (quad >= quads) {
      quad -= quads;
      row++;
    }
  }
}

/** dots_ab ← the inner product of the thread's a-th row of one tile and b-th row of another. */
template <int R, int K>
__device__ inline void innerProducts(
    const float* rows, const float* columns, HeadWidth head, int ty, int tx, float (&dots)[R][K]) {
#pragma unroll
  for (int a = 0; a < R; a++) {
#pragma unroll
    for (int b = 0; b < K; b++) {
      dots[a][b] = 0.0f;
    }
  }
#pragma unroll 1
  for (int i = 0; i < head.padded; i += 4) {
    Pack<4> column[K];
#pragma unroll
    for (int b = 0; b < K; b++) {
      column[b] = load<4>(columns + (tx + COLUMN_LANES * b) * head.stride + i);
    }
#pragma unroll
    for (int a = 0; a < R; a++) {
      Pack<4> row = load<4>(rows + (ty + ROW_LANES * a) * head.stride + i);
#pragma unroll
      for (int b = 0; b < K; b++) {
#pragma unroll
        for (int e = 0; e < 4; e++) {
          dots[a][b] += row.v[e] * column[b].v[e];
        }
      }
    }
  }
}

/**
 * sums_ac ← sums_ac + Σ_j weights_aj values_j: row a of a tile of weights, W features of a tile of `count` values from
 * (tx + 16 c) W. Features beyond the width are computed from others and never stored.
 */
template <int R, int C, int W>
__device__ inline void addWeighted(
    const float* weights, int weightStride, const float* values, int count, HeadWidth head, int ty, int tx,
    Pack<W> (&sums)[R][C]) {
  int at[C];
#pragma unroll
  for (int c = 0; c < C; c++) {
    int feature = (tx + COLUMN_LANES * c) * W;
    at[c] = feature < head.padded ? feature : head.padded - W;
  }
#pragma unroll 1
  for (int j = 0; j < count; j += 4) {
    Pack<W> value[4][C];
#pragma unroll
    for (int k = 0; k < 4; k++) {
#pragma unroll
      for (int c = 0; c < C; c++) {
        value[k][c] = load<W>(values + (j + k) * head.stride + at[c]);
      }
    }
#pragma unroll
    for (int a = 0; a < R; a++) {
      Pack<4> weight = load<4>(weights + (ty + ROW_LANES * a) * weightStride + j);
#pragma unroll
      for (int k = 0; k < 4; k++) {
#pragma unroll
        for (int c = 0; c < C; c++) {
#pragma unroll
          for (int e = 0; e < W; e++) {
            sums[a][c].v[e] += weight.v[k] * value[k][c].v[e];
          }
        }
      }
    }
  }
}

template <int R, int C, int W>
__device__ inline void clearSums(Pack<W> (&sums)[R][C]) {
#pragma unroll
  for (int a = 0; a < R; a++) {
#pragma unroll
    for (int c = 0; c < C; c++) {
#pragma unroll
      for (int e = 0; e < W; e++) {
        sums[a][c].v[e] = 0.0f;
      }
    }
  }
}

/** A token's features (tx + 16 c) W … of a head ← sums times a factor. */
template <int C, int W>
__device__ inline void storeToken(float* token, HeadWidth head, int tx, float factor, const Pack<W> (&sums)[C]) {
#pragma unroll
  for (int c = 0; c < C; c++) {
#pragma unroll
    for (int e = 0; e < W; e++) {
      int feature = (tx + COLUMN_LANES * c) * W + e;
      if (feature < head.features) {
        token[feature] = sums[c].v[e] * factor;
      }
    }
  }
}

/** The sum over the half of a warp that has a row. */
__device__ inline float rowSum(float value) {
  for (int lane = COLUMN_LANES / 2; lane > 0; lane /= 2) {
    value += __shfl_xor_sync(ALL_LANES, value, lane);
  }
  return value;
}

__device__ inline float rowMax(float value) {
  for (int lane = COLUMN_LANES / 2; lane > 0; lane /= 2) {
    value = fmaxf(value, __shfl_xor_sync(ALL_LANES, value, lane));
  }
  return value;
}
