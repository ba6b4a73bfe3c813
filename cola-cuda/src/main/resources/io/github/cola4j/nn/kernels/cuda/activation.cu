// Activations by elements, softmax and its cross-entropy by columns (ActivationKernels), forward beside backward.

/** Φ(x) = erfc(−x/√2) / 2, exact in both tails */
__device__ inline float normalDistribution(float x) {
  return 0.5f * erfcf(-0.70710678f * x);
}

/** y = x Φ(x) */
extern "C" __global__ void gelu(const float* x, Int ldx, float* y, Int ldy, Int rows) {
  const float* from = x + blockIdx.x * ldx;
  float* to = y + blockIdx.x * ldy;
  eachOfGrid(rows, aligned(from, to), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    for (int e = 0; e < N; e++) {
      a.v[e] *= normalDistribution(a.v[e]);
    }
    store<N>(to + i, a);
  });
}

/** dX ← dY ⊙ (Φ(x) + x φ(x)); dX may be dY */
extern "C" __global__ void geluBackward(
    const float* x, Int ldx, const float* dY, Int lddY, float* dX, Int lddX, Int rows) {
  const float* from = x + blockIdx.x * ldx;
  const float* above = dY + blockIdx.x * lddY;
  float* to = dX + blockIdx.x * lddX;
  eachOfGrid(rows, aligned(from, above, to), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    Pack<N> d = load<N>(above + i);
    for (int e = 0; e < N; e++) {
      float density = 0.39894228f * expf(-0.5f * a.v[e] * a.v[e]);
      a.v[e] = d.v[e] * (normalDistribution(a.v[e]) + a.v[e] * density);
    }
    store<N>(to + i, a);
  });
}

/** y = c tanh(x / c) */
extern "C" __global__ void cap(const float* x, Int ldx, float* y, Int ldy, Int rows, double c) {
  const float* from = x + blockIdx.x * ldx;
  float* to = y + blockIdx.x * ldy;
  float height = (float)c;
  eachOfGrid(rows, aligned(from, to), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    for (int e = 0; e < N; e++) {
      a.v[e] = height * tanhf(a.v[e] / height);
    }
    store<N>(to + i, a);
  });
}

/** dX ← dY ⊙ (1 − (Y / c)²); dX may be dY */
extern "C" __global__ void capBackward(
    const float* y, Int ldy, const float* dY, Int lddY, float* dX, Int lddX, Int rows, double c) {
  const float* from = y + blockIdx.x * ldy;
  const float* above = dY + blockIdx.x * lddY;
  float* to = dX + blockIdx.x * lddX;
  float height = (float)c;
  eachOfGrid(rows, aligned(from, above, to), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    Pack<N> d = load<N>(above + i);
    for (int e = 0; e < N; e++) {
      float share = a.v[e] / height;
      a.v[e] = d.v[e] * (1.0f - share * share);
    }
    store<N>(to + i, a);
  });
}

__device__ inline float sigmoid(float x) {
  return 1.0f / (1.0f + expf(-x));
}

/** z = 2 √(2/π) (x + 0.044715 x³), of which gelu's approximation by tanh is x σ(z) */
__device__ inline float geluTanhArgument(float x) {
  return x * (1.5957691f + 0.071354816f * x * x);
}

/** y = x σ(z) */
extern "C" __global__ void geluTanh(const float* x, Int ldx, float* y, Int ldy, Int rows) {
  const float* from = x + blockIdx.x * ldx;
  float* to = y + blockIdx.x * ldy;
  eachOfGrid(rows, aligned(from, to), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    for (int e = 0; e < N; e++) {
      a.v[e] *= sigmoid(geluTanhArgument(a.v[e]));
    }
    store<N>(to + i, a);
  });
}

/** dX ← dY ⊙ (σ(z) + x σ(z) (1 − σ(z)) dz/dx); dX may be dY */
extern "C" __global__ void geluTanhBackward(
    const float* x, Int ldx, const float* dY, Int lddY, float* dX, Int lddX, Int rows) {
  const float* from = x + blockIdx.x * ldx;
  const float* above = dY + blockIdx.x * lddY;
  float* to = dX + blockIdx.x * lddX;
  eachOfGrid(rows, aligned(from, above, to), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    Pack<N> d = load<N>(above + i);
    for (int e = 0; e < N; e++) {
      float share = sigmoid(geluTanhArgument(a.v[e]));
      float slope = a.v[e] * (1.5957691f + 3.0f * 0.071354816f * a.v[e] * a.v[e]); // x dz/dx
      a.v[e] = d.v[e] * share * (1.0f + slope * (1.0f - share));
    }
    store<N>(to + i, a);
  });
}

/** y ← silu(gate) ⊙ up */
extern "C" __global__ void swiGlu(
    const float* gate, Int ldGate, const float* up, Int ldUp, float* y, Int ldy, Int rows) {
  const float* gates = gate + blockIdx.x * ldGate;
  const float* ups = up + blockIdx.x * ldUp;
  float* to = y + blockIdx.x * ldy;
  eachOfGrid(rows, aligned(gates, ups, to), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> g = load<N>(gates + i);
    Pack<N> u = load<N>(ups + i);
    for (int e = 0; e < N; e++) {
      g.v[e] *= sigmoid(g.v[e]) * u.v[e];
    }
    store<N>(to + i, g);
  });
}

/** dGate ← dY ⊙ up ⊙ σ(g) (1 + g (1 − σ(g))), dUp ← dY ⊙ silu(g); either may be dY */
extern "C" __global__ void swiGluBackward(
    const float* gate, Int ldGate, const float* up, Int ldUp, const float* dY, Int lddY, float* dGate, Int lddGate,
    float* dUp, Int lddUp, Int rows) {
  const float* gates = gate + blockIdx.x * ldGate;
  const float* ups = up + blockIdx.x * ldUp;
  const float* above = dY + blockIdx.x * lddY;
  float* toGates = dGate + blockIdx.x * lddGate;
  float* toUps = dUp + blockIdx.x * lddUp;
  eachOfGrid(rows, aligned(gates, ups, above, toGates, toUps), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> g = load<N>(gates + i);
    Pack<N> u = load<N>(ups + i);
    Pack<N> d = load<N>(above + i);
    for (int e = 0; e < N; e++) {
      float s = sigmoid(g.v[e]);
      float silu = g.v[e] * s;
      g.v[e] = d.v[e] * u.v[e] * s * (1.0f + g.v[e] - silu);
      u.v[e] = d.v[e] * silu;
    }
    store<N>(toGates + i, g);
    store<N>(toUps + i, u);
  });
}

/** The maximum of a column and Σ exp(x − maximum), read once. */
struct MaxAndSum {
  float max;
  float sum;
};

/** Every thread gets those of the block's column. A NaN makes the sum NaN; −inf adds 0. */
__device__ inline MaxAndSum columnMaxAndSum(const float* from, Int rows, bool wide) {
  float max = LOWEST;
  float sum = 0.0f;
  eachOfBlock(rows, wide, [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    for (int e = 0; e < N; e++) {
      if (a.v[e] > max) {
        sum = sum * expf(max - a.v[e]) + 1.0f;
        max = a.v[e];
      } else {
        sum += expf(a.v[e] - max);
      }
    }
  });
  MaxAndSum all;
  all.max = blockMax(max);
  all.sum = blockSum(sum * expf(max - all.max));
  return all;
}

/** y ← the softmax of x's column, a block each; y may be x */
extern "C" __global__ void softmax(const float* x, Int ldx, float* y, Int ldy, Int rows) {
  const float* from = x + blockIdx.x * ldx;
  float* to = y + blockIdx.x * ldy;
  bool wide = aligned(from, to);
  MaxAndSum all = columnMaxAndSum(from, rows, wide);
  eachOfBlock(rows, wide, [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    for (int e = 0; e < N; e++) {
      a.v[e] = expf(a.v[e] - all.max) / all.sum;
    }
    store<N>(to + i, a);
  });
}

/** dX ← y ⊙ (dY − Σ y ⊙ dY), a block a column; dX may be dY */
extern "C" __global__ void softmaxBackward(
    const float* y, Int ldy, const float* dY, Int lddY, float* dX, Int lddX, Int rows) {
  const float* from = y + blockIdx.x * ldy;
  const float* above = dY + blockIdx.x * lddY;
  float* to = dX + blockIdx.x * lddX;
  bool wide = aligned(from, above, to);
  float dot = 0.0f;
  eachOfBlock(rows, wide, [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    Pack<N> d = load<N>(above + i);
    for (int e = 0; e < N; e++) {
      dot += a.v[e] * d.v[e];
    }
  });
  float centre = blockSum(dot);
  eachOfBlock(rows, wide, [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    Pack<N> d = load<N>(above + i);
    for (int e = 0; e < N; e++) {
      a.v[e] *= d.v[e] - centre;
    }
    store<N>(to + i, a);
  });
}

/** loss_t ← −log softmax(x)_label, dX ← scale (softmax(x) − onehot(label)), a block a column; dX may be x */
extern "C" __global__ void crossEntropy(
    const float* x, Int ldx, const int* labels, double scale, float* dX, Int lddX, float* losses, Int rows) {
  const float* from = x + blockIdx.x * ldx;
  float* to = dX + blockIdx.x * lddX;
  Int label = labels[blockIdx.x];
  float score = from[label]; // before anything is written: the reductions below wait for all threads
  bool wide = aligned(from, to);
  MaxAndSum all = columnMaxAndSum(from, rows, wide);
  float factor = (float)scale / all.sum;
  eachOfBlock(rows, wide, [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    for (int e = 0; e < N; e++) {
      a.v[e] = expf(a.v[e] - all.max) * factor - (i + e == label ? (float)scale : 0.0f);
    }
    store<N>(to + i, a);
  });
  if (threadIdx.x == 0) {
    losses[blockIdx.x] = all.max - score + logf(all.sum);
  }
}
