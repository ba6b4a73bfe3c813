// Rotary embedding and softmax attention (AttentionKernels), forward beside backward, for sequences side by side: one
// head's queries against the keys of their sequence, in tiles in shared memory (online softmax, arXiv 2205.14135; the
// backward computes P again from logSumExp, dQ by tiles of queries, dK and dV by tiles of keys, arXiv 2307.08691).

#include "tiles.cu"
#include "visible.cu"

/** x'_i = x_i cos − x_i+half sin, x'_i+half = x_i+half cos + x_i sin within each head; block (t, ·) has token t */
extern "C" __global__ void rotate(
    float* x, Int ldx, const float* angles, Int ldAngles, Int half, Int heads, Int back) {
  float* token = x + blockIdx.x * ldx;
  const float* cosines = angles + blockIdx.x * ldAngles;
  const float* sines = cosines + half;
  float sign = back != 0 ? -1.0f : 1.0f;
  bool wide = half % 4 == 0 && aligned(token, cosines);
  eachOfGrid(half * heads, wide, [&](auto width, Int pair) {
    constexpr int N = decltype(width)::value;
    int head = (int)pair / (int)half;
    int i = (int)pair - head * (int)half;
    float* to = token + 2 * half * head + i;
    Pack<N> low = load<N>(to);
    Pack<N> high = load<N>(to + half);
    Pack<N> cosine = load<N>(cosines + i);
    Pack<N> sine = load<N>(sines + i);
    for (int e = 0; e < N; e++) {
      float turned = low.v[e] * cosine.v[e] - sign * high.v[e] * sine.v[e];
      high.v[e] = high.v[e] * cosine.v[e] + sign * low.v[e] * sine.v[e];
      low.v[e] = turned;
    }
    store<N>(to, low);
    store<N>(to + half, high);
  });
}

/** Scores that are capped, c tanh(z / c); c = 0 leaves them. */
__device__ inline float capped(float score, float cap) {
  return cap > 0.0f ? cap * tanhf(score / cap) : score;
}

/** The slope of a capped score by the score. */
__device__ inline float capSlope(float cappedScore, float cap) {
  float height = cap > 0.0f ? cappedScore / cap : 0.0f;
  return 1.0f - height * height;
}

#define FORWARD_PARAMETERS \
  const int* tiles, const int* positions, Int window, Int group, Int width, double scale, double cap, const float* q, \
  Int ldq, const float* k, Int ldk, const float* v, Int ldv, float* o, Int ldo, float* logSumExp, Int ldl
#define FORWARD_ARGUMENTS \
  tiles, positions, window, group, width, scale, cap, q, ldq, k, ldk, v, ldv, o, ldo, logSumExp, ldl

/**
 * O = V softmax(s KᵀQ) and logSumExp of a tile of queries, block (tile, head). R rows of queries, K columns of keys a
 * thread; C groups of W features.
 */
template <int R, int K, int C, int W>
__device__ inline void attend(FORWARD_PARAMETERS) {
  constexpr int QUERIES = R * ROW_LANES;
  constexpr int KEYS = K * COLUMN_LANES;
  constexpr int WEIGHT_STRIDE = KEYS | 16; // the two rows of a warp are written to different banks
  SHARED_ARRAY(float, shared);
  HeadWidth head = headWidth(width);
  float* queries = shared; // [QUERIES × stride], times s
  float* keys = queries + QUERIES * head.stride; // [KEYS × stride], keys, then values
  float* weights = keys + KEYS * head.stride; // [QUERIES × WEIGHT_STRIDE], P
  int* from = reinterpret_cast<int*>(weights + QUERIES * WEIGHT_STRIDE); // [QUERIES], visible keys
  int* to = from + QUERIES;
  int tx = threadIdx.x % COLUMN_LANES;
  int ty = threadIdx.x / COLUMN_LANES;
  const int* tile = tiles + blockIdx.x * TILE_INTS;
  Int first = tile[0];
  int count = tile[1];
  Int firstKey = tile[2];
  int total = tile[3] - tile[2];
  Int feature = blockIdx.y * width;
  Int keyFeature = blockIdx.y / group * width;
  Tokens keyTokens = {k + keyFeature, ldk};
  Tokens valueTokens = {v + keyFeature, ldv};
  loadTile(queries, QUERIES, Tokens{q + feature, ldq}, first, count, head, (float)scale);
  if (threadIdx.x < QUERIES) {
    Visible range = {0, 0};
    if (threadIdx.x < count) {
      int position = positions == nullptr ? -1 : positions[first + threadIdx.x];
      range = visible(position, (int)window, tile[4] - tile[2], total);
    }
    from[threadIdx.x] = range.from;
    to[threadIdx.x] = range.to;
  }
  float max[R];
  float sum[R];
  Pack<W> out[R][C];
  clearSums(out);
#pragma unroll
  for (int a = 0; a < R; a++) {
    max[a] = LOWEST;
    sum[a] = 0.0f;
  }
  for (int key = 0; key < total; key += KEYS) {
    __syncthreads(); // the values of the tile before have been read
    loadTile(keys, KEYS, keyTokens, firstKey + key, total - key, head, 1.0f);
    __syncthreads();
    float p[R][K];
    innerProducts(queries, keys, head, ty, tx, p);
    __syncthreads(); // the keys have been read
    loadTile(keys, KEYS, valueTokens, firstKey + key, total - key, head, 1.0f);
#pragma unroll
    for (int a = 0; a < R; a++) {
      int row = ty + ROW_LANES * a;
      float highest = max[a];
#pragma unroll
      for (int b = 0; b < K; b++) {
        int place = key + tx + COLUMN_LANES * b;
        p[a][b] = place >= from[row] && place < to[row] ? capped(p[a][b], (float)cap) : MINUS_INFINITY;
        highest = fmaxf(highest, p[a][b]);
      }
      highest = rowMax(highest);
      float correction = expf(max[a] - highest);
      max[a] = highest;
      sum[a] *= correction;
#pragma unroll
      for (int b = 0; b < K; b++) {
        p[a][b] = expf(p[a][b] - highest);
        sum[a] += p[a][b];
        weights[row * WEIGHT_STRIDE + tx + COLUMN_LANES * b] = p[a][b];
      }
#pragma unroll
      for (int c = 0; c < C; c++) {
#pragma unroll
        for (int e = 0; e < W; e++) {
          out[a][c].v[e] *= correction;
        }
      }
    }
    __syncthreads(); // the values are there, and the weights
    addWeighted(weights, WEIGHT_STRIDE, keys, KEYS, head, ty, tx, out);
  }
#pragma unroll
  for (int a = 0; a < R; a++) {
    int row = ty + ROW_LANES * a;
    float all = rowSum(sum[a]);
    if (row < count) {
      storeToken(o + feature + (first + row) * ldo, head, tx, 1.0f / all, out[a]);
      if (tx == 0) {
        logSumExp[blockIdx.y + (first + row) * ldl] = max[a] + logf(all);
      }
    }
  }
}

// by the width of a head: at most 32, 64, 128 and 256; shared memory stays below 99 KB
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS) attention32(
    FORWARD_PARAMETERS) {
  attend<8, 4, 1, 2>(FORWARD_ARGUMENTS);
}
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS) attention64(
    FORWARD_PARAMETERS) {
  attend<8, 4, 1, 4>(FORWARD_ARGUMENTS);
}
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS) attention128(
    FORWARD_PARAMETERS) {
  attend<8, 4, 2, 4>(FORWARD_ARGUMENTS);
}
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS) attention256(
    FORWARD_PARAMETERS) {
  attend<4, 2, 4, 4>(FORWARD_ARGUMENTS);
}

#define BACKWARD_QUERIES_PARAMETERS \
  const int* tiles, const int* positions, Int window, Int group, Int width, double scale, double cap, const float* q, \
  Int ldq, const float* k, Int ldk, const float* v, Int ldv, const float* o, Int ldo, const float* logSumExp, \
  Int ldl, const float* dO, Int lddO, float* dQ, Int lddQ, float* inner
#define BACKWARD_QUERIES_ARGUMENTS \
  tiles, positions, window, group, width, scale, cap, q, ldq, k, ldk, v, ldv, o, ldo, logSumExp, ldl, dO, lddO, dQ, \
  lddQ, inner

/**
 * dQ ← s K dS with dS = P ⊙ (VᵀdO − 1·diag(OᵀdO)) of a tile of queries, block (tile, head); inner receives diag(OᵀdO)
 * [heads × queries] for attentionBackwardKeys, which follows.
 */
template <int R, int K, int C, int W>
__device__ inline void attendBackwardQueries(BACKWARD_QUERIES_PARAMETERS) {
  constexpr int QUERIES = R * ROW_LANES;
  constexpr int KEYS = K * COLUMN_LANES;
  constexpr int WEIGHT_STRIDE = KEYS | 16;
  SHARED_ARRAY(float, shared);
  HeadWidth head = headWidth(width);
  float* queries = shared; // [QUERIES × stride], times s
  float* gradients = queries + QUERIES * head.stride; // [QUERIES × stride], dO
  float* keys = gradients + QUERIES * head.stride; // [KEYS × stride], values, then keys
  float* weights = keys + KEYS * head.stride; // [QUERIES × WEIGHT_STRIDE], dS
  int tx = threadIdx.x % COLUMN_LANES;
  int ty = threadIdx.x / COLUMN_LANES;
  const int* tile = tiles + blockIdx.x * TILE_INTS;
  Int first = tile[0];
  int count = tile[1];
  Int firstKey = tile[2];
  int total = tile[3] - tile[2];
  Int feature = blockIdx.y * width;
  Int keyFeature = blockIdx.y / group * width;
  Tokens keyTokens = {k + keyFeature, ldk};
  Tokens valueTokens = {v + keyFeature, ldv};
  loadTile(queries, QUERIES, Tokens{q + feature, ldq}, first, count, head, (float)scale);
  loadTile(gradients, QUERIES, Tokens{dO + feature, lddO}, first, count, head, 1.0f);
  __syncthreads();
  Visible range[R];
  float sumOfScores[R];
  float centre[R];
#pragma unroll
  for (int a = 0; a < R; a++) {
    int row = ty + ROW_LANES * a;
    range[a].from = 0;
    range[a].to = 0;
    sumOfScores[a] = 0.0f;
    float dot = 0.0f;
    if (row < count) {
      int position = positions == nullptr ? -1 : positions[first + row];
      range[a] = visible(position, (int)window, tile[4] - tile[2], total);
      sumOfScores[a] = logSumExp[blockIdx.y + (first + row) * ldl];
      const float* output = o + feature + (first + row) * ldo;
      for (int i = tx; i < head.features; i += COLUMN_LANES) {
        dot += output[i] * gradients[row * head.stride + i];
      }
    }
    centre[a] = rowSum(dot);
    if (row < count && tx == 0) {
      inner[blockIdx.y + (first + row) * gridDim.y] = centre[a];
    }
  }
  Pack<W> sums[R][C];
  clearSums(sums);
  for (int key = 0; key < total; key += KEYS) {
    __syncthreads(); // the keys of the tile before have been read
    loadTile(keys, KEYS, valueTokens, firstKey + key, total - key, head, 1.0f);
    __syncthreads();
    float dP[R][K];
    innerProducts(gradients, keys, head, ty, tx, dP);
    __syncthreads(); // the values have been read
    loadTile(keys, KEYS, keyTokens, firstKey + key, total - key, head, 1.0f);
    __syncthreads();
    float p[R][K];
    innerProducts(queries, keys, head, ty, tx, p);
#pragma unroll
    for (int a = 0; a < R; a++) {
#pragma unroll
      for (int b = 0; b < K; b++) {
        int place = key + tx + COLUMN_LANES * b;
        bool seen = place >= range[a].from && place < range[a].to;
        float score = capped(p[a][b], (float)cap);
        float slope = capSlope(score, (float)cap);
        float dS = seen ? expf(score - sumOfScores[a]) * (dP[a][b] - centre[a]) * slope : 0.0f;
        weights[(ty + ROW_LANES * a) * WEIGHT_STRIDE + tx + COLUMN_LANES * b] = dS;
      }
    }
    __syncwarp(); // a row's weights are of one warp
    addWeighted(weights, WEIGHT_STRIDE, keys, KEYS, head, ty, tx, sums);
  }
#pragma unroll
  for (int a = 0; a < R; a++) {
    int row = ty + ROW_LANES * a;
    if (row < count) {
      storeToken(dQ + feature + (first + row) * lddQ, head, tx, (float)scale, sums[a]);
    }
  }
}

extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS) attentionBackwardQueries32(
    BACKWARD_QUERIES_PARAMETERS) {
  attendBackwardQueries<8, 4, 1, 2>(BACKWARD_QUERIES_ARGUMENTS);
}
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS) attentionBackwardQueries64(
    BACKWARD_QUERIES_PARAMETERS) {
  attendBackwardQueries<8, 4, 1, 4>(BACKWARD_QUERIES_ARGUMENTS);
}
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS) attentionBackwardQueries128(
    BACKWARD_QUERIES_PARAMETERS) {
  attendBackwardQueries<4, 4, 2, 4>(BACKWARD_QUERIES_ARGUMENTS);
}
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS) attentionBackwardQueries256(
    BACKWARD_QUERIES_PARAMETERS) {
  attendBackwardQueries<2, 2, 4, 4>(BACKWARD_QUERIES_ARGUMENTS);
}

#define BACKWARD_KEYS_PARAMETERS \
  const int* tiles, const int* positions, Int window, Int group, Int width, double scale, double cap, const float* q, \
  Int ldq, const float* k, Int ldk, const float* v, Int ldv, const float* logSumExp, Int ldl, const float* inner, \
  const float* dO, Int lddO, float* dK, Int lddK, float* dV, Int lddV
#define BACKWARD_KEYS_ARGUMENTS \
  tiles, positions, window, group, width, scale, cap, q, ldq, k, ldk, v, ldv, logSumExp, ldl, inner, dO, lddO, dK, \
  lddK, dV, lddV

/**
 * dV ← dO Pᵀ and dK ← s Q dSᵀ of a tile of keys, summed over its group's heads in their order, block (tile, key/value
 * head). The tile's ints: the first key and their number, the first query that sees any of them and the one after the
 * last, the first key of the sequence. Rows are keys here, columns queries.
 */
template <int R, int K, int C, int W>
__device__ inline void attendBackwardKeys(BACKWARD_KEYS_PARAMETERS) {
  constexpr int KEYS = R * ROW_LANES;
  constexpr int QUERIES = K * COLUMN_LANES;
  constexpr int WEIGHT_STRIDE = QUERIES | 16;
  SHARED_ARRAY(float, shared);
  HeadWidth head = headWidth(width);
  float* keys = shared; // [KEYS × stride]
  float* values = keys + KEYS * head.stride; // [KEYS × stride]
  float* queries = values + KEYS * head.stride; // [QUERIES × stride], times s
  float* gradients = queries + QUERIES * head.stride; // [QUERIES × stride], dO
  float* weights = gradients + QUERIES * head.stride; // [KEYS × WEIGHT_STRIDE], Pᵀ, then dSᵀ
  float* sums = weights + KEYS * WEIGHT_STRIDE; // [QUERIES], logSumExp
  float* centres = sums + QUERIES; // [QUERIES], diag(OᵀdO)
  int* from = reinterpret_cast<int*>(centres + QUERIES); // [QUERIES], visible keys
  int* to = from + QUERIES;
  int tx = threadIdx.x % COLUMN_LANES;
  int ty = threadIdx.x / COLUMN_LANES;
  const int* tile = tiles + blockIdx.x * TILE_INTS;
  Int first = tile[0];
  int count = tile[1];
  int total = tile[3] - tile[2];
  Int keyFeature = blockIdx.y * width;
  Int heads = group * gridDim.y;
  loadTile(keys, KEYS, Tokens{k + keyFeature, ldk}, first, count, head, 1.0f);
  loadTile(values, KEYS, Tokens{v + keyFeature, ldv}, first, count, head, 1.0f);
  Pack<W> dKeys[R][C];
  Pack<W> dValues[R][C];
  clearSums(dKeys);
  clearSums(dValues);
  for (Int h = blockIdx.y * group; h < (blockIdx.y + 1) * group; h++) {
    Tokens queryTokens = {q + h * width, ldq};
    Tokens gradientTokens = {dO + h * width, lddO};
    for (int query = 0; query < total; query += QUERIES) {
      Int firstQuery = tile[2] + (Int)query;
      int left = total - query;
      __syncthreads(); // the queries of the tile before have been read
      loadTile(queries, QUERIES, queryTokens, firstQuery, left, head, (float)scale);
      loadTile(gradients, QUERIES, gradientTokens, firstQuery, left, head, 1.0f);
      if (threadIdx.x < QUERIES) {
        Visible range = {0, 0};
        float sumOfScores = 0.0f;
        float centre = 0.0f;
        if ((int)threadIdx.x < left) {
          Int t = firstQuery + threadIdx.x;
          range = visible(positions == nullptr ? -1 : positions[t], (int)window, tile[4] - tile[0], count);
          sumOfScores = logSumExp[h + t * ldl];
          centre = inner[h + t * heads];
        }
        from[threadIdx.x] = range.from;
        to[threadIdx.x] = range.to;
        sums[threadIdx.x] = sumOfScores;
        centres[threadIdx.x] = centre;
      }
      __syncthreads();
      float p[R][K];
      innerProducts(keys, queries, head, ty, tx, p);
#pragma unroll
      for (int a = 0; a < R; a++) {
        int row = ty + ROW_LANES * a;
#pragma unroll
        for (int b = 0; b < K; b++) {
          int column = tx + COLUMN_LANES * b;
          bool seen = row >= from[column] && row < to[column];
          p[a][b] = seen ? expf(capped(p[a][b], (float)cap) - sums[column]) : 0.0f;
          weights[row * WEIGHT_STRIDE + column] = p[a][b];
        }
      }
      __syncwarp(); // a row's weights are of one warp
      addWeighted(weights, WEIGHT_STRIDE, gradients, QUERIES, head, ty, tx, dValues);
      float dP[R][K];
      innerProducts(values, gradients, head, ty, tx, dP);
      __syncwarp(); // P has been read
#pragma unroll
      for (int a = 0; a < R; a++) {
#pragma unroll
        for (int b = 0; b < K; b++) {
          int column = tx + COLUMN_LANES * b;
          float dS = p[a][b] * (dP[a][b] - centres[column]);
          if (cap > 0.0 && p[a][b] > 0.0f) {
            dS *= capSlope(logf(p[a][b]) + sums[column], (float)cap); // the score, from its weight
          }
          weights[(ty + ROW_LANES * a) * WEIGHT_STRIDE + column] = dS;
        }
      }
      __syncwarp();
      addWeighted(weights, WEIGHT_STRIDE, queries, QUERIES, head, ty, tx, dKeys);
    }
  }
#pragma unroll
  for (int a = 0; a < R; a++) {
    int row = ty + ROW_LANES * a;
    if (row < count) {
      storeToken(dK + keyFeature + (first + row) * lddK, head, tx, 1.0f, dKeys[a]);
      storeToken(dV + keyFeature + (first + row) * lddV, head, tx, 1.0f, dValues[a]);
    }
  }
}

extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS) attentionBackwardKeys32(
    BACKWARD_KEYS_PARAMETERS) {
  attendBackwardKeys<8, 4, 1, 2>(BACKWARD_KEYS_ARGUMENTS);
}
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS) attentionBackwardKeys64(
    BACKWARD_KEYS_PARAMETERS) {
  attendBackwardKeys<8, 4, 1, 4>(BACKWARD_KEYS_ARGUMENTS);
}
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS) attentionBackwardKeys128(
    BACKWARD_KEYS_PARAMETERS) {
  attendBackwardKeys<4, 2, 2, 4>(BACKWARD_KEYS_ARGUMENTS);
}
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS) attentionBackwardKeys256(
    BACKWARD_KEYS_PARAMETERS) {
  attendBackwardKeys<2, 1, 4, 4>(BACKWARD_KEYS_ARGUMENTS);
}
