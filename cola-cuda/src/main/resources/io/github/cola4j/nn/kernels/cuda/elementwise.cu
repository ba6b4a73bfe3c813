// Sums, scalings and selections of elements, rows and columns (ElementwiseKernels). Block (t, ·) has column t; matrices
// without gaps come as one column.

/** y_it ← b_i */
extern "C" __global__ void broadcast(const float* b, float* y, Int ldy, Int rows) {
  float* to = y + blockIdx.x * ldy;
  eachOfGrid(rows, aligned(b, to), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    store<N>(to + i, load<N>(b + i));
  });
}

/** y ← y + alpha x */
extern "C" __global__ void add(double alpha, const float* x, Int ldx, float* y, Int ldy, Int rows) {
  const float* from = x + blockIdx.x * ldx;
  float* to = y + blockIdx.x * ldy;
  float factor = (float)alpha;
  eachOfGrid(rows, aligned(from, to), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    Pack<N> b = load<N>(to + i);
    for (int e = 0; e < N; e++) {
      b.v[e] += factor * a.v[e];
    }
    store<N>(to + i, b);
  });
}

/** y ← alpha x */
extern "C" __global__ void scale(double alpha, const float* x, Int ldx, float* y, Int ldy, Int rows) {
  const float* from = x + blockIdx.x * ldx;
  float* to = y + blockIdx.x * ldy;
  float factor = (float)alpha;
  eachOfGrid(rows, aligned(from, to), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    for (int e = 0; e < N; e++) {
      a.v[e] *= factor;
    }
    store<N>(to + i, a);
  });
}

/** y ← x */
extern "C" __global__ void copy(const float* x, Int ldx, float* y, Int ldy, Int rows) {
  const float* from = x + blockIdx.x * ldx;
  float* to = y + blockIdx.x * ldy;
  eachOfGrid(rows, aligned(from, to), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    store<N>(to + i, load<N>(from + i));
  });
}

/** x ← value */
extern "C" __global__ void fill(double value, float* x, Int ldx, Int rows) {
  float* to = x + blockIdx.x * ldx;
  float element = (float)value;
  eachOfGrid(rows, aligned(to), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a;
    for (int e = 0; e < N; e++) {
      a.v[e] = element;
    }
    store<N>(to + i, a);
  });
}

/** y ← x ⊙ m */
extern "C" __global__ void multiply(const float* x, Int ldx, const float* m, Int ldm, float* y, Int ldy, Int rows) {
  const float* first = x + blockIdx.x * ldx;
  const float* second = m + blockIdx.x * ldm;
  float* to = y + blockIdx.x * ldy;
  eachOfGrid(rows, aligned(first, second, to), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(first + i);
    Pack<N> b = load<N>(second + i);
    for (int e = 0; e < N; e++) {
      a.v[e] *= b.v[e];
    }
    store<N>(to + i, a);
  });
}

/** y ← beta y + a: y is not read where beta is 0 */
template <int N>
__device__ inline void blend(Pack<N> a, float beta, float* to) {
  if (beta != 0.0f) {
    Pack<N> b = load<N>(to);
    for (int e = 0; e < N; e++) {
      a.v[e] += beta * b.v[e];
    }
  }
  store<N>(to, a);
}

/** y_it ← beta y_it + scale_i x_it */
extern "C" __global__ void scaleRows(
    const float* scale, const float* x, Int ldx, double beta, float* y, Int ldy, Int rows) {
  const float* from = x + blockIdx.x * ldx;
  float* to = y + blockIdx.x * ldy;
  eachOfGrid(rows, aligned(scale, from, to), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    Pack<N> factors = load<N>(scale + i);
    for (int e = 0; e < N; e++) {
      a.v[e] *= factors.v[e];
    }
    blend<N>(a, (float)beta, to + i);
  });
}

/** y_it ← beta y_it + scale_t x_it */
extern "C" __global__ void scaleColumns(
    const float* scale, Int ldScale, const float* x, Int ldx, double beta, float* y, Int ldy, Int rows) {
  const float* from = x + blockIdx.x * ldx;
  float* to = y + blockIdx.x * ldy;
  float factor = scale[blockIdx.x * ldScale];
  eachOfGrid(rows, aligned(from, to), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    for (int e = 0; e < N; e++) {
      a.v[e] *= factor;
    }
    blend<N>(a, (float)beta, to + i);
  });
}

// warps of a block of rowDots, each with its share of the columns
#define DOT_WARPS 16

/** out_i ← out_i + Σ_t x_it y_it: block b has rows 32 b …, a lane a row; the warps' sums are added in their order. */
extern "C" __global__ void rowDots(const float* x, Int ldx, const float* y, Int ldy, Int rows, Int columns, float* out) {
  __shared__ float parts[DOT_WARPS * WARP];
  int warp = threadIdx.x / WARP;
  Int row = blockIdx.x * (Int)WARP + threadIdx.x % WARP;
  float sum = 0.0f;
  if (row < rows) {
    for (Int t = warp; t < columns; t += DOT_WARPS) {
      sum += x[row + t * ldx] * y[row + t * ldy];
    }
  }
  parts[threadIdx.x] = sum;
  __syncthreads();
  if (warp == 0 && row < rows) {
    for (int w = 1; w < DOT_WARPS; w++) {
      sum += parts[w * WARP + threadIdx.x];
    }
    out[row] += sum;
  }
}

/** out_t ← Σ_i x_it y_it, a block a column */
extern "C" __global__ void columnDots(
    const float* x, Int ldx, const float* y, Int ldy, Int rows, float* out, Int ldOut) {
  const float* first = x + blockIdx.x * ldx;
  const float* second = y + blockIdx.x * ldy;
  float sum = 0.0f;
  eachOfBlock(rows, aligned(first, second), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(first + i);
    Pack<N> b = load<N>(second + i);
    for (int e = 0; e < N; e++) {
      sum += a.v[e] * b.v[e];
    }
  });
  sum = blockSum(sum);
  if (threadIdx.x == 0) {
    out[blockIdx.x * ldOut] = sum;
  }
}

/** y ← 1/√x, or 0 where x ≤ 0 */
extern "C" __global__ void inverseRoots(const float* x, Int ldx, float* y, Int ldy, Int rows) {
  const float* from = x + blockIdx.x * ldx;
  float* to = y + blockIdx.x * ldy;
  eachOfGrid(rows, aligned(from, to), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    for (int e = 0; e < N; e++) {
      a.v[e] = a.v[e] <= 0.0f ? 0.0f : 1.0f / sqrtf(a.v[e]);
    }
    store<N>(to + i, a);
  });
}

/** y_it ← beta y_it + table_i,index(t) */
extern "C" __global__ void gather(
    const float* table, Int ldTable, const int* index, double beta, float* y, Int ldy, Int rows) {
  const float* from = table + index[blockIdx.x] * ldTable;
  float* to = y + blockIdx.x * ldy;
  eachOfGrid(rows, aligned(from, to), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    blend<N>(load<N>(from + i), (float)beta, to + i);
  });
}

/** y_i,index(t) ← y_i,index(t) + x_it; no index occurs twice */
extern "C" __global__ void scatterAdd(const float* x, Int ldx, const int* index, float* y, Int ldy, Int rows) {
  const float* from = x + blockIdx.x * ldx;
  float* to = y + index[blockIdx.x] * ldy;
  eachOfGrid(rows, aligned(from, to), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    blend<N>(load<N>(from + i), 1.0f, to + i);
  });
}

/** y_is ← the mean of x_it over the tokens t of sequence s, starts_s … starts_s+1; block (s, ·), a thread a row */
extern "C" __global__ void meanPool(const float* x, Int ldx, const int* starts, float* y, Int ldy, Int rows) {
  Int from = starts[blockIdx.x];
  Int to = starts[blockIdx.x + 1];
  eachOfGrid(rows, false, [&](auto, Int i) {
    float sum = 0.0f;
    for (Int t = from; t < to; t++) {
      sum += x[i + t * ldx];
    }
    y[i + blockIdx.x * ldy] = sum / (float)(to - from);
  });
}

/** dX_it ← dY_is divided by the length of the sequence s of token t */
extern "C" __global__ void meanPoolBackward(
    const float* dY, Int lddY, const int* starts, float* dX, Int lddX, Int rows) {
  Int from = starts[blockIdx.x];
  Int to = starts[blockIdx.x + 1];
  eachOfGrid(rows, false, [&](auto, Int i) {
    float share = dY[i + blockIdx.x * lddY] / (float)(to - from);
    for (Int t = from; t < to; t++) {
      dX[i + t * lddX] = share;
    }
  });
}
