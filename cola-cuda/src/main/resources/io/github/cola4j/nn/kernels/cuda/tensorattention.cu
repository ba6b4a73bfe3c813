// Softmax attention as attention.cu's by tensor cores: q, k, v and dO are rounded to bfloat16, as are P and dS where they
// are multiplied; sums, maxima and exponentials are float32. Blocks are 128 threads. A block has R rows (queries in the
// forward and of dQ, keys of dK and dV) and goes through the other side in tiles of C columns; a warp has 16 of the rows,
// and where there are not 64 of them, one of S shares of the features that are summed up. W features of a head lie side by
// side, those beyond its width zeros.

#include "tensor.cu"
#include "visible.cu"

#define TENSOR_THREADS 128
#define LOG2_E 1.4426950408889634f
// a maximum starts here: times any scale it is finite
#define LOW_SCORE (-1e30f)

/** Elements i to i + 4, zeros beyond the width. */
__device__ inline Pack<4> loadSome(const float* x, int i, int width, bool wide) {
  Pack<4> some = {{0.0f, 0.0f, 0.0f, 0.0f}};
  if (wide && i < width) {
    return load<4>(x + i);
  }
  for (int e = 0; e < 4; e++) {
    if (i + e < width) {
      some.v[e] = x[i + e];
    }
  }
  return some;
}

/** Rounds a head of a column; where there is a second matrix, their inner product is returned to every lane. */
__device__ inline float roundHead(
    const float* x, const float* o, Int width, bfloat16* to, int padded) {
  float dot = 0.0f;
  bool wide = width % 4 == 0 && aligned(x, o);
  for (int i = threadIdx.x % WARP * 4; i < padded; i += WARP * 4) {
    Pack<4> some = loadSome(x, i, (int)width, wide);
    if (o != nullptr) {
      Pack<4> other = loadSome(o, i, (int)width, wide);
      for (int e = 0; e < 4; e++) {
        dot += some.v[e] * other.v[e];
      }
    }
    storeRounded(to + i, some);
  }
  return o == nullptr ? 0.0f : warpSum(dot);
}

/**
 * A column of x [heads · width × columns] with its heads side by side, `padded` each: to [padded × heads × columns]. A
 * block has column blockIdx.x, a warp some heads.
 */
__device__ inline void roundHeadsOf(
    const float* x, Int ldx, Int heads, Int columns, Int width, Int padded, bfloat16* to) {
  if (blockIdx.x < columns) {
    for (Int h = threadIdx.x / WARP; h < heads; h += blockDim.x / WARP) {
      roundHead(x + blockIdx.x * ldx + h * width, nullptr, width, to + (blockIdx.x * heads + h) * padded, (int)padded);
    }
  }
}

/** q, k and v, rounded; block (t, i) has column t of the i-th of them. */
extern "C" __global__ void roundHeads(
    const float* q, Int ldq, Int heads, Int queries, const float* k, Int ldk, const float* v, Int ldv, Int keyHeads,
    Int keys, Int width, Int padded, bfloat16* toQ, bfloat16* toK, bfloat16* toV) {
  if (blockIdx.y == 0) {
    roundHeadsOf(q, ldq, heads, queries, width, padded, toQ);
  } else if (blockIdx.y == 1) {
    roundHeadsOf(k, ldk, keyHeads, keys, width, padded, toK);
  } else {
    roundHeadsOf(v, ldv, keyHeads, keys, width, padded, toV);
  }
}

/** dO, rounded, and inner ← diag(OᵀdO) [heads × queries] of what is not rounded; block t has column t. */
extern "C" __global__ void roundHeadGradients(
    const float* dO, Int lddO, const float* o, Int ldo, Int heads, Int width, Int padded, bfloat16* to, float* inner) {
  for (Int h = threadIdx.x / WARP; h < heads; h += blockDim.x / WARP) {
    Int head = blockIdx.x * heads + h;
    float dot = roundHead(
        dO + blockIdx.x * lddO + h * width, o + blockIdx.x * ldo + h * width, width, to + head * padded, (int)padded);
    if (threadIdx.x % WARP == 0) {
      inner[head] = dot;
    }
  }
}

/** Rounded heads of some tokens: those of token t, of this head, at x + t * ld. */
struct Rounded {
  const bfloat16* x;
  Int ld;
};

__device__ inline Rounded roundedHead(const bfloat16* x, Int head, Int heads, int padded) {
  return Rounded{x + head * padded, heads * padded};
}

// elements from a row of a tile to the next: eight rows' 16 bytes lie in all banks
#define TILE_STRIDE(W) (W + 8)

/** Rows of a tile ← tokens from `first`, zeros from the count-th on, some time before waitForCopies. */
template <int W, int ROWS>
__device__ inline void copyTile(bfloat16* tile, Rounded tokens, Int first, int count) {
  constexpr int PIECES = W / 8;
#pragma unroll
  for (int i = threadIdx.x; i < ROWS * PIECES; i += TENSOR_THREADS) {
    int row = i / PIECES;
    int at = i % PIECES * 8;
    bool there = row < count;
    copyAsync(tile + row * TILE_STRIDE(W) + at, tokens.x + (there ? first + row : first) * tokens.ld + at, there);
  }
}

template <int N>
__device__ inline void clearFragments(float (&d)[N][4]) {
#pragma unroll
  for (int n = 0; n < N; n++) {
#pragma unroll
    for (int e = 0; e < 4; e++) {
      d[n][e] = 0.0f;
    }
  }
}

/** The fragment of A: 16 rows of a tile, features from i on. */
template <int W>
__device__ inline void loadRows(unsigned int (&a)[4], const bfloat16* rows, int i) {
  int lane = threadIdx.x % WARP;
  loadMatrices(a, rows + lane % 16 * TILE_STRIDE(W) + i + lane / 16 * 8);
}

/** scores ← Σ_i rows_i columns_i of 16 rows of one tile and the 8 N columns of another. */
template <int W, int N>
__device__ inline void scoresOf(const bfloat16* rows, const bfloat16* columns, float (&scores)[N][4]) {
  int lane = threadIdx.x % WARP;
  const bfloat16* column = columns + (lane % 8 + lane / 16 * 8) * TILE_STRIDE(W) + lane / 8 % 2 * 8;
  clearFragments(scores);
#pragma unroll
  for (int i = 0; i < W; i += 16) {
    unsigned int a[4];
    loadRows<W>(a, rows, i);
#pragma unroll
    for (int n = 0; n < N; n += 2) {
      unsigned int b[4];
      loadMatrices(b, column + n * 8 * TILE_STRIDE(W) + i);
      multiplyAdd(scores[n], a, b[0], b[1]);
      multiplyAdd(scores[n + 1], a, b[2], b[3]);
    }
  }
}

/** sums ← sums + weights · values: 16 rows' weights of 8 N values, rounded; 8 M features of the values. */
template <int W, int N, int M>
__device__ inline void addWeightedValues(const float (&weights)[N][4], const bfloat16* values, float (&sums)[M][4]) {
  int lane = threadIdx.x % WARP;
  const bfloat16* value = values + lane % 16 * TILE_STRIDE(W) + lane / 16 * 8;
#pragma unroll
  for (int n = 0; n < N; n += 2) {
    unsigned int a[4] = {
        roundedPair(weights[n][0], weights[n][1]), roundedPair(weights[n][2], weights[n][3]),
        roundedPair(weights[n + 1][0], weights[n + 1][1]), roundedPair(weights[n + 1][2], weights[n + 1][3])};
#pragma unroll
    for (int m = 0; m < M; m += 2) {
      unsigned int b[4];
      loadTransposed(b, value + n * 8 * TILE_STRIDE(W) + m * 8);
      multiplyAdd(sums[m], a, b[0], b[1]);
      multiplyAdd(sums[m + 1], a, b[2], b[3]);
    }
  }
}

/** Features of two rows of a warp, `first` + g and `first` + g + 8, ← sums times a factor each. */
template <int M>
__device__ inline void storeRows(
    float* x, Int ldx, int first, int count, int feature, int width, float low, float high, const float (&sums)[M][4]) {
  int lane = threadIdx.x % WARP;
#pragma unroll
  for (int half = 0; half < 2; half++) {
    int row = first + lane / 4 + 8 * half;
    if (row < count) {
      float* to = x + row * ldx;
      float factor = half == 0 ? low : high;
#pragma unroll
      for (int m = 0; m < M; m++) {
        int at = feature + 8 * m + lane % 4 * 2;
        if (at < width) {
          to[at] = sums[m][2 * half] * factor;
        }
        if (at + 1 < width) {
          to[at + 1] = sums[m][2 * half + 1] * factor;
        }
      }
    }
  }
}

/** The maximum over the four lanes that have a row. */
__device__ inline float quadMax(float value) {
  value = fmaxf(value, __shfl_xor_sync(ALL_LANES, value, 1));
  return fmaxf(value, __shfl_xor_sync(ALL_LANES, value, 2));
}

__device__ inline float quadSum(float value) {
  value += __shfl_xor_sync(ALL_LANES, value, 1);
  return value + __shfl_xor_sync(ALL_LANES, value, 2);
}

/** The keys that a row of a tile of queries sees; none where there is no such query. */
__device__ inline Visible visibleRow(const int* tile, const int* positions, Int window, int row) {
  Visible range = {0, 0};
  if (row < tile[1]) {
    int position = positions == nullptr ? -1 : positions[tile[0] + row];
    range = visible(position, (int)window, tile[4] - tile[2], tile[3] - tile[2]);
  }
  return range;
}

#define TENSOR_FORWARD_PARAMETERS \
  const int* tiles, const int* positions, Int window, Int group, Int width, double scale, const bfloat16* q, \
  const bfloat16* k, const bfloat16* v, float* o, Int ldo, float* logSumExp, Int ldl
#define TENSOR_FORWARD_ARGUMENTS tiles, positions, window, group, width, scale, q, k, v, o, ldo, logSumExp, ldl

/** O = V softmax(s KᵀQ) and logSumExp of a tile of queries, block (tile, head). */
template <int W, int R, int C>
__device__ inline void tensorAttend(TENSOR_FORWARD_PARAMETERS) {
  constexpr int STRIDE = TILE_STRIDE(W);
  SHARED_ARRAY(bfloat16, shared);
  bfloat16* queries = shared; // [R × STRIDE]
  bfloat16* keys = queries + R * STRIDE; // [C × STRIDE]
  bfloat16* values = keys + C * STRIDE; // [C × STRIDE]
  int warpRow = threadIdx.x / WARP * 16;
  int column = threadIdx.x % 4 * 2;
  const int* tile = tiles + blockIdx.x * TILE_INTS;
  Int first = tile[0];
  int count = tile[1];
  Int firstKey = tile[2];
  int total = tile[3] - tile[2];
  Int keyHeads = gridDim.y / group;
  Rounded keyTokens = roundedHead(k, blockIdx.y / group, keyHeads, W);
  Rounded valueTokens = roundedHead(v, blockIdx.y / group, keyHeads, W);
  copyTile<W, R>(queries, roundedHead(q, blockIdx.y, gridDim.y, W), first, count);
  copyTile<W, C>(keys, keyTokens, firstKey, total);
  Visible range[2];
  float max[2] = {LOW_SCORE, LOW_SCORE};
  float sum[2] = {0.0f, 0.0f};
  float out[W / 8][4];
  clearFragments(out);
#pragma unroll
  for (int half = 0; half < 2; half++) {
    range[half] = visibleRow(tile, positions, window, warpRow + threadIdx.x % WARP / 4 + 8 * half);
  }
  float factor = (float)scale * LOG2_E; // of scores as exponents of 2
  for (int key = 0; key < total; key += C) {
    waitForCopies();
    __syncthreads(); // the keys are there, and the values of the tile before have been read
    copyTile<W, C>(values, valueTokens, firstKey + key, total - key);
    float p[C / 8][4];
    scoresOf<W>(queries + warpRow * STRIDE, keys, p);
    waitForCopies();
    __syncthreads(); // the values are there, and the keys have been read
    if (key + C < total) {
      copyTile<W, C>(keys, keyTokens, firstKey + key + C, total - key - C);
    }
#pragma unroll
    for (int half = 0; half < 2; half++) {
      float highest = max[half];
#pragma unroll
      for (int n = 0; n < C / 8; n++) {
#pragma unroll
        for (int e = 2 * half; e < 2 * half + 2; e++) {
          int place = key + 8 * n + column + e % 2;
          p[n][e] = place >= range[half].from && place < range[half].to ? p[n][e] : MINUS_INFINITY;
          highest = fmaxf(highest, p[n][e]);
        }
      }
      highest = quadMax(highest);
      float correction = exp2f((max[half] - highest) * factor);
      max[half] = highest;
      sum[half] *= correction;
#pragma unroll
      for (int n = 0; n < C / 8; n++) {
#pragma unroll
        for (int e = 2 * half; e < 2 * half + 2; e++) {
          p[n][e] = exp2f((p[n][e] - highest) * factor);
          sum[half] += p[n][e];
        }
      }
#pragma unroll
      for (int m = 0; m < W / 8; m++) {
        out[m][2 * half] *= correction;
        out[m][2 * half + 1] *= correction;
      }
    }
    addWeightedValues<W>(p, values, out);
  }
  float all[2] = {quadSum(sum[0]), quadSum(sum[1])};
  storeRows(
      o + blockIdx.y * width + first * ldo, ldo, warpRow, count, 0, (int)width, 1.0f / all[0], 1.0f / all[1], out);
#pragma unroll
  for (int half = 0; half < 2; half++) {
    int row = warpRow + threadIdx.x % WARP / 4 + 8 * half;
    if (row < count && column == 0) {
      logSumExp[blockIdx.y + (first + row) * ldl] = max[half] * (float)scale + logf(all[half]);
    }
  }
}

// by the width of a head: at most 32, 64, 128 and 256; shared memory stays below 99 KB
extern "C" __global__ void __launch_bounds__(TENSOR_THREADS) tensorAttention32(
    TENSOR_FORWARD_PARAMETERS) {
  tensorAttend<32, 64, 64>(TENSOR_FORWARD_ARGUMENTS);
}
extern "C" __global__ void __launch_bounds__(TENSOR_THREADS) tensorAttention64(
    TENSOR_FORWARD_PARAMETERS) {
  tensorAttend<64, 64, 64>(TENSOR_FORWARD_ARGUMENTS);
}
extern "C" __global__ void __launch_bounds__(TENSOR_THREADS) tensorAttention128(
    TENSOR_FORWARD_PARAMETERS) {
  tensorAttend<128, 64, 64>(TENSOR_FORWARD_ARGUMENTS);
}
extern "C" __global__ void __launch_bounds__(TENSOR_THREADS) tensorAttention256(
    TENSOR_FORWARD_PARAMETERS) {
  tensorAttend<256, 64, 32>(TENSOR_FORWARD_ARGUMENTS);
}

#define TENSOR_QUERIES_PARAMETERS \
  const int* tiles, const int* positions, Int window, Int group, Int width, double scale, const bfloat16* q, \
  const bfloat16* k, const bfloat16* v, const bfloat16* dO, const float* logSumExp, Int ldl, const float* inner, \
  float* dQ, Int lddQ
#define TENSOR_QUERIES_ARGUMENTS \
  tiles, positions, window, group, width, scale, q, k, v, dO, logSumExp, ldl, inner, dQ, lddQ

/** dQ ← s K dS with dS = P ⊙ (VᵀdO − 1·diag(OᵀdO)) of a tile of queries, block (tile, head). */
template <int W, int R, int C>
__device__ inline void tensorBackwardQueries(TENSOR_QUERIES_PARAMETERS) {
  constexpr int STRIDE = TILE_STRIDE(W);
  constexpr int SHARES = 64 / R; // of the features
  SHARED_ARRAY(bfloat16, shared);
  bfloat16* queries = shared; // [R × STRIDE]
  bfloat16* gradients = queries + R * STRIDE; // [R × STRIDE], dO
  bfloat16* keys = gradients + R * STRIDE; // [C × STRIDE]
  bfloat16* values = keys + C * STRIDE; // [C × STRIDE]
  int warpRow = threadIdx.x / WARP % (R / 16) * 16;
  int share = threadIdx.x / WARP / (R / 16) * (W / SHARES);
  int column = threadIdx.x % 4 * 2;
  const int* tile = tiles + blockIdx.x * TILE_INTS;
  Int first = tile[0];
  int count = tile[1];
  Int firstKey = tile[2];
  int total = tile[3] - tile[2];
  Int keyHeads = gridDim.y / group;
  Rounded keyTokens = roundedHead(k, blockIdx.y / group, keyHeads, W);
  Rounded valueTokens = roundedHead(v, blockIdx.y / group, keyHeads, W);
  copyTile<W, R>(queries, roundedHead(q, blockIdx.y, gridDim.y, W), first, count);
  copyTile<W, R>(gradients, roundedHead(dO, blockIdx.y, gridDim.y, W), first, count);
  copyTile<W, C>(keys, keyTokens, firstKey, total);
  copyTile<W, C>(values, valueTokens, firstKey, total);
  Visible range[2];
  float exponent[2]; // logSumExp of a row, as an exponent of 2
  float centre[2];
#pragma unroll
  for (int half = 0; half < 2; half++) {
    int row = warpRow + threadIdx.x % WARP / 4 + 8 * half;
    range[half] = visibleRow(tile, positions, window, row);
    bool there = row < count;
    exponent[half] = there ? logSumExp[blockIdx.y + (first + row) * ldl] * LOG2_E : 0.0f;
    centre[half] = there ? inner[blockIdx.y + (first + row) * gridDim.y] : 0.0f;
  }
  float factor = (float)scale * LOG2_E;
  float sums[W / SHARES / 8][4];
  clearFragments(sums);
  for (int key = 0; key < total; key += C) {
    waitForCopies();
    __syncthreads(); // the keys and values are there
    float p[C / 8][4];
    scoresOf<W>(queries + warpRow * STRIDE, keys, p);
    float dP[C / 8][4];
    scoresOf<W>(gradients + warpRow * STRIDE, values, dP);
    __syncthreads(); // the values have been read
    if (key + C < total) {
      copyTile<W, C>(values, valueTokens, firstKey + key + C, total - key - C);
    }
#pragma unroll
    for (int n = 0; n < C / 8; n++) {
#pragma unroll
      for (int e = 0; e < 4; e++) {
        int place = key + 8 * n + column + e % 2;
        bool seen = place >= range[e / 2].from && place < range[e / 2].to;
        p[n][e] = seen ? exp2f(p[n][e] * factor - exponent[e / 2]) * (dP[n][e] - centre[e / 2]) : 0.0f;
      }
    }
    addWeightedValues<W>(p, keys + share, sums);
    __syncthreads(); // the keys have been read
    if (key + C < total) {
      copyTile<W, C>(keys, keyTokens, firstKey + key + C, total - key - C);
    }
  }
  storeRows(
      dQ + blockIdx.y * width + first * lddQ, lddQ, warpRow, count, share, (int)width, (float)scale, (float)scale,
      sums);
}

extern "C" __global__ void __launch_bounds__(TENSOR_THREADS) tensorAttentionBackwardQueries32(
    TENSOR_QUERIES_PARAMETERS) {
  tensorBackwardQueries<32, 64, 64>(TENSOR_QUERIES_ARGUMENTS);
}
extern "C" __global__ void __launch_bounds__(TENSOR_THREADS) tensorAttentionBackwardQueries64(
    TENSOR_QUERIES_PARAMETERS) {
  tensorBackwardQueries<64, 64, 64>(TENSOR_QUERIES_ARGUMENTS);
}
extern "C" __global__ void __launch_bounds__(TENSOR_THREADS) tensorAttentionBackwardQueries128(
    TENSOR_QUERIES_PARAMETERS) {
  tensorBackwardQueries<128, 64, 64>(TENSOR_QUERIES_ARGUMENTS);
}
extern "C" __global__ void __launch_bounds__(TENSOR_THREADS) tensorAttentionBackwardQueries256(
    TENSOR_QUERIES_PARAMETERS) {
  tensorBackwardQueries<256, 32, 32>(TENSOR_QUERIES_ARGUMENTS);
}

#define TENSOR_KEYS_PARAMETERS \
  const int* tiles, const int* positions, Int window, Int group, Int width, double scale, const bfloat16* q, \
  const bfloat16* k, const bfloat16* v, const bfloat16* dO, const float* logSumExp, Int ldl, const float* inner, \
  float* dK, Int lddK, float* dV, Int lddV
#define TENSOR_KEYS_ARGUMENTS \
  tiles, positions, window, group, width, scale, q, k, v, dO, logSumExp, ldl, inner, dK, lddK, dV, lddV

/** A tile of queries in shared memory, and what is known of each of them. */
template <int W, int C>
struct __align__(16) QueryTile {
  bfloat16 queries[C * TILE_STRIDE(W)];
  bfloat16 gradients[C * TILE_STRIDE(W)]; // dO
  float exponents[C]; // logSumExp, as exponents of 2
  float centres[C]; // diag(OᵀdO)
  int from[C]; // visible keys
  int to[C];
};

/**
 * dV ← dO Pᵀ and dK ← s Q dSᵀ of a tile of keys, summed over its group's heads in their order, block (tile, key/value
 * head). The tile's ints: the first key and their number, the first query that sees any of them and the one after the
 * last, the first key of the sequence. Rows are keys here, columns queries.
 */
template <int W, int R, int C>
__device__ inline void tensorBackwardKeys(TENSOR_KEYS_PARAMETERS) {
  constexpr int STRIDE = TILE_STRIDE(W);
  constexpr int SHARES = 64 / R;
  SHARED_ARRAY(bfloat16, shared);
  bfloat16* keys = shared; // [R × STRIDE]
  bfloat16* values = keys + R * STRIDE; // [R × STRIDE]
  QueryTile<W, C>* both = reinterpret_cast<QueryTile<W, C>*>(values + R * STRIDE); // one is copied, one is read
  int warpRow = threadIdx.x / WARP % (R / 16) * 16;
  int share = threadIdx.x / WARP / (R / 16) * (W / SHARES);
  int column = threadIdx.x % 4 * 2;
  int row = warpRow + threadIdx.x % WARP / 4;
  const int* tile = tiles + blockIdx.x * TILE_INTS;
  Int first = tile[0];
  int count = tile[1];
  int total = tile[3] - tile[2];
  int perHead = (total + C - 1) / C; // tiles of queries
  int last = perHead * (int)group;
  Int heads = group * gridDim.y;
  auto copyQueries = [&](int i) {
    Int h = blockIdx.y * group + i / perHead;
    int query = i % perHead * C;
    Int firstQuery = tile[2] + (Int)query;
    int left = total - query;
    QueryTile<W, C>* next = both + i % 2;
    copyTile<W, C>(next->queries, roundedHead(q, h, heads, W), firstQuery, left);
    copyTile<W, C>(next->gradients, roundedHead(dO, h, heads, W), firstQuery, left);
    if (threadIdx.x < C) {
      Visible range = {0, 0};
      float exponent = 0.0f;
      float centre = 0.0f;
      if ((int)threadIdx.x < left) {
        Int t = firstQuery + threadIdx.x;
        range = visible(positions == nullptr ? -1 : positions[t], (int)window, tile[4] - tile[0], count);
        exponent = logSumExp[h + t * ldl] * LOG2_E;
        centre = inner[h + t * heads];
      }
      next->from[threadIdx.x] = range.from;
      next->to[threadIdx.x] = range.to;
      next->exponents[threadIdx.x] = exponent;
      next->centres[threadIdx.x] = centre;
    }
  };
  copyTile<W, R>(keys, roundedHead(k, blockIdx.y, gridDim.y, W), first, count);
  copyTile<W, R>(values, roundedHead(v, blockIdx.y, gridDim.y, W), first, count);
  if (last > 0) {
    copyQueries(0);
  }
  float factor = (float)scale * LOG2_E;
  float dKeys[W / SHARES / 8][4];
  float dValues[W / SHARES / 8][4];
  clearFragments(dKeys);
  clearFragments(dValues);
  for (int i = 0; i < last; i++) {
    waitForCopies();
    __syncthreads(); // the tile is there, and the one before has been read
    if (i + 1 < last) {
      copyQueries(i + 1);
    }
    const QueryTile<W, C>* now = both + i % 2;
    float p[C / 8][4];
    scoresOf<W>(keys + warpRow * STRIDE, now->queries, p);
#pragma unroll
    for (int n = 0; n < C / 8; n++) {
#pragma unroll
      for (int e = 0; e < 4; e++) {
        int place = 8 * n + column + e % 2;
        int own = row + 8 * (e / 2);
        bool seen = own >= now->from[place] && own < now->to[place];
        p[n][e] = seen ? exp2f(p[n][e] * factor - now->exponents[place]) : 0.0f;
      }
    }
    addWeightedValues<W>(p, now->gradients + share, dValues);
    float dP[C / 8][4];
    scoresOf<W>(values + warpRow * STRIDE, now->gradients, dP);
#pragma unroll
    for (int n = 0; n < C / 8; n++) {
#pragma unroll
      for (int e = 0; e < 4; e++) {
        p[n][e] *= dP[n][e] - now->centres[8 * n + column + e % 2];
      }
    }
    addWeightedValues<W>(p, now->queries + share, dKeys);
  }
  float* toKeys = dK + blockIdx.y * width + first * lddK;
  float* toValues = dV + blockIdx.y * width + first * lddV;
  storeRows(toKeys, lddK, warpRow, count, share, (int)width, (float)scale, (float)scale, dKeys);
  storeRows(toValues, lddV, warpRow, count, share, (int)width, 1.0f, 1.0f, dValues);
}

extern "C" __global__ void __launch_bounds__(TENSOR_THREADS) tensorAttentionBackwardKeys32(
    TENSOR_KEYS_PARAMETERS) {
  tensorBackwardKeys<32, 64, 32>(TENSOR_KEYS_ARGUMENTS);
}
extern "C" __global__ void __launch_bounds__(TENSOR_THREADS) tensorAttentionBackwardKeys64(
    TENSOR_KEYS_PARAMETERS) {
  tensorBackwardKeys<64, 64, 32>(TENSOR_KEYS_ARGUMENTS);
}
extern "C" __global__ void __launch_bounds__(TENSOR_THREADS) tensorAttentionBackwardKeys128(
    TENSOR_KEYS_PARAMETERS) {
  tensorBackwardKeys<128, 64, 32>(TENSOR_KEYS_ARGUMENTS);
}
extern "C" __global__ void __launch_bounds__(TENSOR_THREADS) tensorAttentionBackwardKeys256(
    TENSOR_KEYS_PARAMETERS) {
  tensorBackwardKeys<256, 32, 16>(TENSOR_KEYS_ARGUMENTS);
}
