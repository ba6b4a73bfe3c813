// Normalisation of each token (NormKernels): a block a column, forward beside backward.

/** mean, rstd = 1/√(var + eps), y = gain ⊙ (x − mean) rstd + shift; the variance of what is centred, in a second pass */
extern "C" __global__ void layerNorm(
    const float* x, Int ldx, const float* gain, const float* shift, double eps, float* y, Int ldy, float* stats,
    Int ldStats, Int rows) {
  const float* from = x + blockIdx.x * ldx;
  float* to = y + blockIdx.x * ldy;
  bool wide = aligned(from, to, gain, shift);
  float sum = 0.0f;
  eachOfBlock(rows, wide, [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    for (int e = 0; e < N; e++) {
      sum += a.v[e];
    }
  });
  float mean = blockSum(sum) / (float)rows;
  float squares = 0.0f;
  eachOfBlock(rows, wide, [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    for (int e = 0; e < N; e++) {
      squares += (a.v[e] - mean) * (a.v[e] - mean);
    }
  });
  float rstd = 1.0f / sqrtf(blockSum(squares) / (float)rows + (float)eps);
  eachOfBlock(rows, wide, [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    Pack<N> g = load<N>(gain + i);
    Pack<N> s = load<N>(shift + i);
    for (int e = 0; e < N; e++) {
      a.v[e] = (a.v[e] - mean) * rstd * g.v[e] + s.v[e];
    }
    store<N>(to + i, a);
  });
  if (threadIdx.x == 0) {
    stats[blockIdx.x * ldStats] = mean;
    stats[blockIdx.x * ldStats + 1] = rstd;
  }
}

/** dX ← rstd (g − mean(g) − x̂ mean(g ⊙ x̂)), g = gain ⊙ dY, x̂ = (x − mean) rstd; dX may be dY */
extern "C" __global__ void layerNormBackward(
    const float* x, Int ldx, const float* gain, const float* stats, Int ldStats, const float* dY, Int lddY, float* dX,
    Int lddX, Int rows) {
  const float* from = x + blockIdx.x * ldx;
  const float* above = dY + blockIdx.x * lddY;
  float* to = dX + blockIdx.x * lddX;
  float mean = stats[blockIdx.x * ldStats];
  float rstd = stats[blockIdx.x * ldStats + 1];
  bool wide = aligned(from, above, to, gain);
  float sum = 0.0f;
  float dot = 0.0f;
  eachOfBlock(rows, wide, [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    Pack<N> d = load<N>(above + i);
    Pack<N> g = load<N>(gain + i);
    for (int e = 0; e < N; e++) {
      float scaled = d.v[e] * g.v[e];
      sum += scaled;
      dot += scaled * ((a.v[e] - mean) * rstd);
    }
  });
  float average = blockSum(sum) / (float)rows;
  float projection = blockSum(dot) / (float)rows;
  eachOfBlock(rows, wide, [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    Pack<N> d = load<N>(above + i);
    Pack<N> g = load<N>(gain + i);
    for (int e = 0; e < N; e++) {
      a.v[e] = rstd * (d.v[e] * g.v[e] - average - (a.v[e] - mean) * rstd * projection);
    }
    store<N>(to + i, a);
  });
}

/** ρ = 1/√(mean(x²) + eps), y = gain ⊙ x ρ */
extern "C" __global__ void rmsNorm(
    const float* x, Int ldx, const float* gain, double eps, float* y, Int ldy, float* scale, Int ldScale, Int rows) {
  const float* from = x + blockIdx.x * ldx;
  float* to = y + blockIdx.x * ldy;
  bool wide = aligned(from, to, gain);
  float squares = 0.0f;
  eachOfBlock(rows, wide, [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    for (int e = 0; e < N; e++) {
      squares += a.v[e] * a.v[e];
    }
  });
  float rho = 1.0f / sqrtf(blockSum(squares) / (float)rows + (float)eps);
  eachOfBlock(rows, wide, [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    Pack<N> g = load<N>(gain + i);
    for (int e = 0; e < N; e++) {
      a.v[e] = a.v[e] * rho * g.v[e];
    }
    store<N>(to + i, a);
  });
  if (threadIdx.x == 0) {
    scale[blockIdx.x * ldScale] = rho;
  }
}

/** dX ← ρ (g − x̂ mean(g ⊙ x̂)), g = gain ⊙ dY, x̂ = ρ x; dX may be dY */
extern "C" __global__ void rmsNormBackward(
    const float* x, Int ldx, const float* gain, const float* scale, Int ldScale, const float* dY, Int lddY, float* dX,
    Int lddX, Int rows) {
  const float* from = x + blockIdx.x * ldx;
  const float* above = dY + blockIdx.x * lddY;
  float* to = dX + blockIdx.x * lddX;
  float rho = scale[blockIdx.x * ldScale];
  bool wide = aligned(from, above, to, gain);
  float dot = 0.0f;
  eachOfBlock(rows, wide, [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    Pack<N> d = load<N>(above + i);
    Pack<N> g = load<N>(gain + i);
    for (int e = 0; e < N; e++) {
      dot += d.v[e] * g.v[e] * (rho * a.v[e]);
    }
  });
  float projection = blockSum(dot) / (float)rows;
  eachOfBlock(rows, wide, [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    Pack<N> d = load<N>(above + i);
    Pack<N> g = load<N>(gain + i);
    for (int e = 0; e < N; e++) {
      a.v[e] = rho * (d.v[e] * g.v[e] - rho * a.v[e] * projection);
    }
    store<N>(to + i, a);
  });
}
