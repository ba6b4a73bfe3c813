// Low-rank GEMMs of many tasks (GemmKernels.gemms) and many sums (ElementwiseKernels.sums), each in one launch. What to
// compute lies in a table that is the kernel's only parameter: nothing is copied to the device for a launch. A block has
// a tile of one result. It adds up in an order that depends on that result's own shape alone, so that a task has the same
// bits whatever is beside it. Float32 throughout.

#define GROUP_THREADS 256
#define GROUP_WARPS 8

#define ENTRY_WORDS 8

// GEMMs of factors F [d × r], X [d × T] and Z [r × T], r at most 32: GroupedGemms.java has the same numbers
#define DOWN 0  // C [r × T] ← alpha Fᵀ X + beta C
#define UP 1    // C [d × T] ← alpha F Z + beta C
#define OUTER 2 // C [d × r] ← alpha X Zᵀ + beta C; where T is large, sums of CHUNK tokens each, at C + k d r
#define PARTS 3 // C [d × r] ← alpha Σ_k A_k + beta C, of T such sums

#define RANKS 8            // of a block of DOWN and OUTER
#define CHUNK 256          // tokens that a block of OUTER adds up
#define DOWN_TOKENS 8      // of a block: two groups of four
#define DOWN_SPLITS 4      // warps that share the features of a group of tokens
#define UP_TOKENS 64       // of a block: eight a warp
#define FEATURES 128       // of a block of UP and OUTER, of a warp of DOWN at a time: four a lane
#define PART_ELEMENTS 1024 // of a block of PARTS

struct GroupEntry {
  const float* a;
  const float* b;
  float* c;
  Int lda, ldb, ldc;
  int d, tokens, rank, kind;
  int tile; // within the result
  float alpha, beta;
};

__device__ inline void storeBlended(float* to, float alpha, float sum, float beta) {
  *to = beta == 0.0f ? alpha * sum : alpha * sum + beta * *to;
}

/** Features i … i + 3 of a column of `rows`; 0 beyond its end. */
__device__ inline Pack<4> quad(const float* column, Int i, Int rows, bool wide) {
  Pack<4> pack = {{0.0f, 0.0f, 0.0f, 0.0f}};
  if (wide && i < rows) { // then rows is a multiple of 4
    pack = load<4>(column + i);
  } else {
#pragma unroll
    for (int e = 0; e < 4; e++) {
      if (i + e < rows) {
        pack.v[e] = column[i + e];
      }
    }
  }
  return pack;
}

/** Of 32 values that every lane has, lane l gets the sum over the warp of value l. Every sum has the same tree. */
__device__ inline float transposedSum(float (&values)[WARP]) {
  int lane = threadIdx.x % WARP;
#pragma unroll
  for (int bit = WARP / 2; bit > 0; bit /= 2) {
    bool upper = (lane & bit) != 0;
#pragma unroll
    for (int i = 0; i < WARP / 2; i++) {
      if (i < bit) {
        float own = upper ? values[i + bit] : values[i];
        float other = upper ? values[i] : values[i + bit];
        values[i] = own + __shfl_xor_sync(ALL_LANES, other, bit);
      }
    }
  }
  return values[0];
}

/** A tile of DOWN: eight tokens, eight ranks. A lane has four features of every 128; four warps share them. */
__device__ inline void downTile(const GroupEntry& g, float* parts) {
  int warp = threadIdx.x / WARP;
  int lane = threadIdx.x % WARP;
  int rankTiles = (g.rank + RANKS - 1) / RANKS;
  int firstRank = g.tile % rankTiles * RANKS;
  int firstToken = g.tile / rankTiles * DOWN_TOKENS;
  bool wide = g.d % 4 == 0 && g.lda % 4 == 0 && g.ldb % 4 == 0 && aligned(g.a, g.b);
  const float* tokens[4]; // beyond the last token or rank is the last one once more, whose sums are not stored
#pragma unroll
  for (int t = 0; t < 4; t++) {
    int token = firstToken + warp / DOWN_SPLITS * 4 + t;
    tokens[t] = g.b + (token < g.tokens ? token : g.tokens - 1) * g.ldb;
  }
  float sums[4 * RANKS]; // number 4 k + t of rank k and token t
#pragma unroll
  for (int i = 0; i < 4 * RANKS; i++) {
    sums[i] = 0.0f;
  }
#pragma unroll 1
  for (Int i = warp % DOWN_SPLITS * FEATURES + 4 * lane; i < g.d; i += DOWN_SPLITS * FEATURES) {
    Pack<4> x[4];
#pragma unroll
    for (int t = 0; t < 4; t++) {
      x[t] = quad(tokens[t], i, g.d, wide);
    }
#pragma unroll
    for (int k = 0; k < RANKS; k++) {
      int rank = firstRank + k < g.rank ? firstRank + k : g.rank - 1;
      Pack<4> f = quad(g.a + rank * g.lda, i, g.d, wide);
#pragma unroll
      for (int t = 0; t < 4; t++) {
#pragma unroll
        for (int e = 0; e < 4; e++) {
          sums[4 * k + t] += f.v[e] * x[t].v[e];
        }
      }
    }
  }
  __syncwarp(); // lanes leave the loop at different times
  parts[warp * WARP + lane] = transposedSum(sums);
  __syncthreads();
  if (warp < DOWN_TOKENS / 4) {
    float sum = 0.0f;
    for (int split = 0; split < DOWN_SPLITS; split++) {
      sum += parts[(warp * DOWN_SPLITS + split) * WARP + lane];
    }
    int rank = firstRank + lane / 4;
    int token = firstToken + warp * 4 + lane % 4;
    if (rank < g.rank && token < g.tokens) {
      storeBlended(g.c + rank + token * g.ldc, g.alpha, sum, g.beta);
    }
  }
}

/** A tile of UP: 128 features, four a lane, of 64 tokens, eight a warp; sums over ranks in their order. */
__device__ inline void upTile(const GroupEntry& g, float* z) {
  int warp = threadIdx.x / WARP;
  int lane = threadIdx.x % WARP;
  int featureTiles = (g.d + FEATURES - 1) / FEATURES;
  Int feature = g.tile % featureTiles * FEATURES + 4 * lane;
  int firstToken = g.tile / featureTiles * UP_TOKENS;
  for (int i = threadIdx.x; i < UP_TOKENS * g.rank; i += GROUP_THREADS) {
    int token = firstToken + i / g.rank;
    z[i] = token < g.tokens ? g.b[token * g.ldb + i % g.rank] : 0.0f;
  }
  __syncthreads();
  bool wide = g.d % 4 == 0 && g.lda % 4 == 0 && g.ldc % 4 == 0 && aligned(g.a, g.c);
  float sums[8][4];
#pragma unroll
  for (int t = 0; t < 8; t++) {
#pragma unroll
    for (int e = 0; e < 4; e++) {
      sums[t][e] = 0.0f;
    }
  }
#pragma unroll 2
  for (int k = 0; k < g.rank; k++) {
    Pack<4> f = quad(g.a + k * g.lda, feature, g.d, wide);
#pragma unroll
    for (int t = 0; t < 8; t++) {
      float own = z[(warp * 8 + t) * g.rank + k];
#pragma unroll
      for (int e = 0; e < 4; e++) {
        sums[t][e] += f.v[e] * own;
      }
    }
  }
#pragma unroll
  for (int t = 0; t < 8; t++) {
    int token = firstToken + warp * 8 + t;
    if (token >= g.tokens || feature >= g.d) {
      continue;
    }
    float* to = g.c + token * g.ldc + feature;
    if (wide) {
      Pack<4> pack = {{0.0f, 0.0f, 0.0f, 0.0f}};
      if (g.beta != 0.0f) {
        pack = load<4>(to);
      }
#pragma unroll
      for (int e = 0; e < 4; e++) {
        storeBlended(&pack.v[e], g.alpha, sums[t][e], g.beta);
      }
      store<4>(to, pack);
    } else {
#pragma unroll
      for (int e = 0; e < 4; e++) {
        if (feature + e < g.d) {
          storeBlended(to + e, g.alpha, sums[t][e], g.beta);
        }
      }
    }
  }
}

/**
 * A tile of OUTER: 128 features, four a lane, and eight ranks, of up to 256 tokens, every eighth a warp's. The warps' sums are
 * added in their order.
 */
__device__ inline void outerTile(const GroupEntry& g, float* buffer) {
  int warp = threadIdx.x / WARP;
  int lane = threadIdx.x % WARP;
  int featureTiles = (g.d + FEATURES - 1) / FEATURES;
  int rankTiles = (g.rank + RANKS - 1) / RANKS;
  Int feature = g.tile % featureTiles * FEATURES + 4 * lane;
  int firstRank = g.tile / featureTiles % rankTiles * RANKS;
  int chunk = g.tile / featureTiles / rankTiles;
  int firstToken = chunk * CHUNK;
  int count = g.tokens - firstToken < CHUNK ? g.tokens - firstToken : CHUNK;
  float* z = buffer; // [RANKS × CHUNK], 0 beyond the last rank
  for (int i = threadIdx.x; i < count * RANKS; i += GROUP_THREADS) {
    int rank = firstRank + i % RANKS;
    z[i] = rank < g.rank ? g.b[(firstToken + i / RANKS) * g.ldb + rank] : 0.0f;
  }
  __syncthreads();
  bool wide = g.d % 4 == 0 && g.lda % 4 == 0 && aligned(g.a);
  float sums[RANKS][4];
#pragma unroll
  for (int k = 0; k < RANKS; k++) {
#pragma unroll
    for (int e = 0; e < 4; e++) {
      sums[k][e] = 0.0f;
    }
  }
#pragma unroll 2
  for (int t = warp; t < count; t += GROUP_WARPS) {
    Pack<4> x = quad(g.a + (firstToken + t) * g.lda, feature, g.d, wide);
#pragma unroll
    for (int k = 0; k < RANKS; k += 4) {
      Pack<4> own = load<4>(z + t * RANKS + k);
#pragma unroll
      for (int j = 0; j < 4; j++) {
#pragma unroll
        for (int e = 0; e < 4; e++) {
          sums[k + j][e] += x.v[e] * own.v[j];
        }
      }
    }
  }
  float* parts = buffer + RANKS * CHUNK; // [FEATURES × 4 × GROUP_WARPS]
#pragma unroll
  for (int k = 0; k < RANKS; k += 4) {
    __syncthreads(); // the parts before are read
#pragma unroll
    for (int j = 0; j < 4; j++) {
      Pack<4> pack = {{sums[k + j][0], sums[k + j][1], sums[k + j][2], sums[k + j][3]}};
      store<4>(parts + (warp * 4 + j) * FEATURES + 4 * lane, pack);
    }
    __syncthreads();
    for (int i = threadIdx.x; i < 4 * FEATURES; i += GROUP_THREADS) {
      float sum = 0.0f;
      for (int w = 0; w < GROUP_WARPS; w++) {
        sum += parts[w * 4 * FEATURES + i];
      }
      Int at = g.tile % featureTiles * FEATURES + i % FEATURES;
      int rank = firstRank + k + i / FEATURES;
      if (at < g.d && rank < g.rank) {
        storeBlended(g.c + chunk * (Int)g.d * g.rank + rank * g.ldc + at, g.alpha, sum, g.beta);
      }
    }
  }
}

/** A tile of PARTS: 1024 elements, each the sum of its parts in their order. */
__device__ inline void partsTile(const GroupEntry& g) {
  Int length = (Int)g.d * g.rank;
  Int end = (g.tile + 1) * (Int)PART_ELEMENTS < length ? (g.tile + 1) * (Int)PART_ELEMENTS : length;
  for (Int i = g.tile * (Int)PART_ELEMENTS + threadIdx.x; i < end; i += GROUP_THREADS) {
    float sum = 0.0f;
    for (int k = 0; k < g.tokens; k++) {
      sum += g.a[k * length + i];
    }
    storeBlended(g.c + i / g.d * g.ldc + i % g.d, g.alpha, sum, g.beta);
  }
}

/**
 * Word 0 of the table is the number of entries. An entry is A, B, C; lda, ldb; ldc, kind; d, T; r, its first tile; alpha,
 * beta: pairs of numbers are the halves of a word, the lower one first.
 */
extern "C" __global__ void __launch_bounds__(GROUP_THREADS, 2) groupedGemms(const __grid_constant__ LaunchTable table) {
  __shared__ Pack<4> aligned16[(RANKS * CHUNK + 4 * FEATURES * GROUP_WARPS) / 4];
  float* buffer = aligned16[0].v;
  int block = blockIdx.x;
  int number =
      entryOf((int)table.v[0], block, [&](int i) { return highHalf(table.v[1 + ENTRY_WORDS * i + 6]); });
  const Int* words = table.v + 1 + ENTRY_WORDS * number;
  GroupEntry g;
  g.a = reinterpret_cast<const float*>(words[0]);
  g.b = reinterpret_cast<const float*>(words[1]);
  g.c = reinterpret_cast<float*>(words[2]);
  g.lda = lowHalf(words[3]);
  g.ldb = highHalf(words[3]);
  g.ldc = lowHalf(words[4]);
  g.kind = highHalf(words[4]);
  g.d = lowHalf(words[5]);
  g.tokens = highHalf(words[5]);
  g.rank = lowHalf(words[6]);
  g.tile = block - highHalf(words[6]);
  g.alpha = lowFloat(words[7]);
  g.beta = highFloat(words[7]);
  if (g.kind == DOWN) {
    downTile(g, buffer);
  } else if (g.kind == UP) {
    upTile(g, buffer);
  } else if (g.kind == OUTER) {
    outerTile(g, buffer);
  } else {
    partsTile(g);
  }
}

#define SUM_ELEMENTS 2048 // of a block of groupedSums

/**
 * Y ← Σ w X, or Y ← Y + Σ w X, terms in their order. Word 0 of the table is the number of sums; word 1 + i the place of
 * sum i in the table, its number of terms, 1 where Y is added to (10 bits, 10, 10), and its first tile in the upper half.
 * There are Y, its length, and for each term X and the bits of w.
 */
extern "C" __global__ void groupedSums(const __grid_constant__ LaunchTable table) {
  int block = blockIdx.x;
  int number = entryOf((int)table.v[0], block, [&](int i) { return highHalf(table.v[1 + i]); });
  int header = lowHalf(table.v[1 + number]);
  const Int* words = table.v + (header & 1023);
  int terms = header >> 10 & 1023;
  bool accumulate = (header >> 20 & 1) != 0;
  float* y = reinterpret_cast<float*>(words[0]);
  Int from = (block - highHalf(table.v[1 + number])) * (Int)SUM_ELEMENTS;
  Int rest = words[1] - from;
  bool wide = aligned(y);
  for (int k = 0; k < terms; k++) {
    wide = wide && aligned(reinterpret_cast<const float*>(words[2 + 2 * k]));
  }
  eachOfBlock(rest < SUM_ELEMENTS ? rest : SUM_ELEMENTS, wide, [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> sum;
    for (int e = 0; e < N; e++) {
      sum.v[e] = 0.0f;
    }
    if (accumulate) {
      sum = load<N>(y + from + i);
    }
    for (int k = 0; k < terms; k++) {
      Pack<N> x = load<N>(reinterpret_cast<const float*>(words[2 + 2 * k]) + from + i);
      float weight = lowFloat(words[3 + 2 * k]);
      for (int e = 0; e < N; e++) {
        sum.v[e] += weight * x.v[e];
      }
    }
    store<N>(y + from + i, sum);
  });
}
