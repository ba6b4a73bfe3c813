// An optimiser's step over a flat vector and what it needs of a gradient (OptimizerKernels).

/**
 * sums_b ← what the blocks of x have of Σ x²: column blockIdx.x, block blockIdx.y of it. Each thread adds up a chunk in
 * float32 and its chunks in float64.
 */
extern "C" __global__ void sumOfSquares(const float* x, Int ldx, double* sums, Int rows) {
  __shared__ double parts[WARP];
  const float* from = x + blockIdx.x * ldx;
  double sum = 0.0;
  eachOfGrid(rows, aligned(from), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    float squares = 0.0f;
    for (int e = 0; e < N; e++) {
      squares += a.v[e] * a.v[e];
    }
    sum += (double)squares;
  });
  for (int lane = WARP / 2; lane > 0; lane /= 2) {
    sum += __shfl_xor_sync(ALL_LANES, sum, lane);
  }
  if (threadIdx.x % WARP == 0) {
    parts[threadIdx.x / WARP] = sum;
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    for (int warp = 1; warp < blockDim.x / WARP; warp++) {
      sum += parts[warp];
    }
    sums[blockIdx.x * (Int)gridDim.y + blockIdx.y] = sum;
  }
}

#define ADAMW_WORDS 10
#define ADAMW_ELEMENTS 2048 // of a block

/**
 * AdamW (arXiv 1711.05101) of many parameters with g = factor · gradient: θ ← keep θ − rate m / (√v root + eps) after
 * m ← β₁ m + (1 − β₁) g and v ← β₂ v + (1 − β₂) g²; keep = 1 − lr decay, rate = lr/(1 − β₁ᵗ), root = 1/√(1 − β₂ᵗ). Word 0
 * of the table is the number of entries. An entry is θ, m, v, the gradient, their length, and by halves of a word: its
 * first block, keep; rate, root; β₁, 1 − β₁; β₂, 1 − β₂; eps, factor.
 */
extern "C" __global__ void adamW(const __grid_constant__ LaunchTable table) {
  int block = blockIdx.x;
  int number =
      entryOf((int)table.v[0], block, [&](int i) { return lowHalf(table.v[1 + ADAMW_WORDS * i + 5]); });
  const Int* words = table.v + 1 + ADAMW_WORDS * number;
  Int from = (block - lowHalf(words[5])) * (Int)ADAMW_ELEMENTS;
  Int rest = words[4] - from;
  float* theta = reinterpret_cast<float*>(words[0]) + from;
  float* m = reinterpret_cast<float*>(words[1]) + from;
  float* v = reinterpret_cast<float*>(words[2]) + from;
  const float* gradient = reinterpret_cast<const float*>(words[3]) + from;
  float keep = highFloat(words[5]);
  float rate = lowFloat(words[6]);
  float root = highFloat(words[6]);
  float b1 = lowFloat(words[7]);
  float rest1 = highFloat(words[7]);
  float b2 = lowFloat(words[8]);
  float rest2 = highFloat(words[8]);
  float eps = lowFloat(words[9]);
  float factor = highFloat(words[9]);
  bool wide = aligned(theta, m, v, gradient);
  eachOfBlock(rest < ADAMW_ELEMENTS ? rest : ADAMW_ELEMENTS, wide, [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(theta + i);
    Pack<N> first = load<N>(m + i);
    Pack<N> second = load<N>(v + i);
    Pack<N> gradients = load<N>(gradient + i);
    for (int e = 0; e < N; e++) {
      float g = factor * gradients.v[e];
      first.v[e] = b1 * first.v[e] + rest1 * g;
      second.v[e] = b2 * second.v[e] + rest2 * g * g;
      float step = rate * first.v[e] / (sqrtf(second.v[e]) * root + eps);
      a.v[e] = keep * a.v[e] - step;
    }
    store<N>(theta + i, a);
    store<N>(m + i, first);
    store<N>(v + i, second);
  });
}
