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

/**
 * AdamW (arXiv 1711.05101) with g = factor · gradient: θ ← keep θ − rate m / (√v root + eps) after m ← β₁ m + (1 − β₁) g
 * and v ← β₂ v + (1 − β₂) g²; keep = 1 − lr decay, rate = lr/(1 − β₁ᵗ), root = 1/√(1 − β₂ᵗ)
 */
extern "C" __global__ void adamW(
    float* theta, float* m, float* v, const float* gradient, Int length, double keep, double rate, double beta1,
    double beta2, double root, double eps, double factor) {
  float b1 = (float)beta1;
  float b2 = (float)beta2;
  float rest1 = (float)(1.0 - beta1);
  float rest2 = (float)(1.0 - beta2);
  eachOfGrid(length, aligned(theta, m, v, gradient), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(theta + i);
    Pack<N> first = load<N>(m + i);
    Pack<N> second = load<N>(v + i);
    Pack<N> gradients = load<N>(gradient + i);
    for (int e = 0; e < N; e++) {
      float g = (float)factor * gradients.v[e];
      first.v[e] = b1 * first.v[e] + rest1 * g;
      second.v[e] = b2 * second.v[e] + rest2 * g * g;
      float step = (float)rate * first.v[e] / (sqrtf(second.v[e]) * (float)root + (float)eps);
      a.v[e] = (float)keep * a.v[e] - step;
    }
    store<N>(theta + i, a);
    store<N>(m + i, first);
    store<N>(v + i, second);
  });
}
