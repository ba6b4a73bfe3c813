// Frozen weights as they are stored, and what is multiplied with them. Element e of W [out × in] lies row by row; threads
// take elements as far apart as all threads are many.

__device__ inline void put(float* to, float value) { *to = value; }

__device__ inline void put(bfloat16* to, float value) { *to = bfloat16Bits(value); }

/** The value of a binary16: 1 sign, 5 exponent (bias 15) and 10 fraction bits. */
__device__ inline float float16Value(unsigned short bits) {
  unsigned int sign = (unsigned int)(bits & 0x8000) << 16;
  unsigned int exponent = (bits >> 10) & 0x1f;
  unsigned int fraction = bits & 0x3ff;
  if (exponent == 0) {
    float subnormal = (float)fraction * 5.9604644775390625e-8f; // 2^-24
    return sign ? -subnormal : subnormal;
  }
  unsigned int wide = exponent == 0x1f ? 0xff : exponent - 15 + 127;
  return __uint_as_float(sign | wide << 23 | fraction << 13);
}

/** Calls f(e) for this thread's elements of `count`. */
template <class F>
__device__ inline void eachElement(Int count, F f) {
  Int step = (Int)gridDim.x * blockDim.x;
  for (Int e = blockIdx.x * (Int)blockDim.x + threadIdx.x; e < count; e += step) {
    f(e);
  }
}

/** y ← W, of bfloat16 */
extern "C" __global__ void expandBfloat16(const bfloat16* w, float* y, Int count) {
  eachElement(count, [&](Int e) { y[e] = bfloat16Value(w[e]); });
}

/** y ← W, of float16 */
extern "C" __global__ void expandFloat16(const unsigned short* w, float* y, Int count) {
  eachElement(count, [&](Int e) { y[e] = float16Value(w[e]); });
}

/** y ← W, of float16, rounded to bfloat16 */
extern "C" __global__ void roundFloat16(const unsigned short* w, bfloat16* y, Int count) {
  eachElement(count, [&](Int e) { y[e] = bfloat16Bits(float16Value(w[e])); });
}

/** y ← W, of 8-bit integers with a scale a row: rows from the first of q and scales on */
extern "C" __global__ void expandIntegers(const signed char* q, const float* scales, float* y, Int in, Int count) {
  eachElement(count, [&](Int e) { y[e] = (float)q[e] * scales[e / in]; });
}

/** y ← q, of 8-bit integers, which bfloat16 has exactly */
extern "C" __global__ void widenIntegers(const signed char* q, bfloat16* y, Int count) {
  eachElement(count, [&](Int e) { y[e] = bfloat16Bits((float)q[e]); });
}

/** Elements `first` to first + count of 4-bit NormalFloat, two a byte, the first in the upper half. */
template <class T>
__device__ inline void nf4(
    const unsigned char* codes, const float* absmax, const float* values, Int block, T* y, Int first, Int count) {
  eachElement(count, [&](Int i) {
    Int e = first + i;
    int pair = codes[e / 2];
    put(y + i, values[e % 2 ? pair & 0xf : pair >> 4] * absmax[e / block]);
  });
}

/** y ← elements of W, of 4-bit NormalFloat with a scale a block */
extern "C" __global__ void expandNf4(
    const unsigned char* codes, const float* absmax, const float* values, Int block, float* y, Int first, Int count) {
  nf4(codes, absmax, values, block, y, first, count);
}

/** y ← elements of W, of 4-bit NormalFloat with a scale a block, rounded to bfloat16 */
extern "C" __global__ void roundNf4(
    const unsigned char* codes, const float* absmax, const float* values, Int block, bfloat16* y, Int first,
    Int count) {
  nf4(codes, absmax, values, block, y, first, count);
}

/** y_it ← element i of row index_t of W [out × in], whose element e is value(e). Block (t, ·) has column t. */
template <class F>
__device__ inline void gatherRows(const int* index, Int in, float* y, Int ldy, F value) {
  Int first = index[blockIdx.x] * in;
  float* to = y + blockIdx.x * ldy;
  Int step = (Int)gridDim.y * blockDim.x;
  for (Int i = blockIdx.y * (Int)blockDim.x + threadIdx.x; i < in; i += step) {
    to[i] = value(first + i);
  }
}

/** y ← rows of W, of float32 */
extern "C" __global__ void gatherFloat32(const float* w, const int* index, Int in, float* y, Int ldy) {
  gatherRows(index, in, y, ldy, [&](Int e) { return w[e]; });
}

/** y ← rows of W, of bfloat16 */
extern "C" __global__ void gatherBfloat16(const bfloat16* w, const int* index, Int in, float* y, Int ldy) {
  gatherRows(index, in, y, ldy, [&](Int e) { return bfloat16Value(w[e]); });
}

/** y ← rows of W, of float16 */
extern "C" __global__ void gatherFloat16(const unsigned short* w, const int* index, Int in, float* y, Int ldy) {
  gatherRows(index, in, y, ldy, [&](Int e) { return float16Value(w[e]); });
}

/** y ← rows of W, of 8-bit integers with a scale a row */
extern "C" __global__ void gatherIntegers(
    const signed char* q, const float* scales, const int* index, Int in, float* y, Int ldy) {
  float scale = scales[index[blockIdx.x]];
  gatherRows(index, in, y, ldy, [&](Int e) { return (float)q[e] * scale; });
}

/** y ← rows of W, of 4-bit NormalFloat with a scale a block */
extern "C" __global__ void gatherNf4(
    const unsigned char* codes, const float* absmax, const float* values, Int block, const int* index, Int in,
    float* y, Int ldy) {
  gatherRows(index, in, y, ldy, [&](Int e) {
    int pair = codes[e / 2];
    return values[e % 2 ? pair & 0xf : pair >> 4] * absmax[e / block];
  });
}

/**
 * y_it ← x_it, rounded to bfloat16, times scale_i before where there is a scale; y has no gaps. Block (t, ·) has column
 * t, and its threads four rows each where addresses allow it.
 */
extern "C" __global__ void roundColumns(const float* x, Int ldx, const float* scale, bfloat16* y, Int rows) {
  const float* from = x + blockIdx.x * ldx;
  bfloat16* to = y + blockIdx.x * rows;
  eachOfGrid(rows, scale == nullptr && aligned(from) && rows % 4 == 0 && aligned(y), [&](auto width, Int i) {
    constexpr int N = decltype(width)::value;
    Pack<N> a = load<N>(from + i);
    if constexpr (N == 4) {
      storeRounded(to + i, a);
    } else {
      to[i] = bfloat16Bits(scale ? a.v[0] * scale[i] : a.v[0]);
    }
  });
}

/** y_it ← scale_i p_it, or grows by it; y may be p. Block (t, ·) has column t. */
extern "C" __global__ void rescaleRows(
    const float* p, Int ldp, const float* scale, float* y, Int ldy, Int rows, Int accumulate) {
  const float* from = p + blockIdx.x * ldp;
  float* to = y + blockIdx.x * ldy;
  Int step = (Int)gridDim.y * blockDim.x;
  for (Int i = blockIdx.y * (Int)blockDim.x + threadIdx.x; i < rows; i += step) {
    float value = from[i] * scale[i];
    to[i] = accumulate ? to[i] + value : value;
  }
}

/** c_it ← beta c_it: what a product of no terms leaves. Block (t, ·) has column t. */
extern "C" __global__ void scaleMatrix(double beta, float* c, Int ldc, Int rows) {
  float* to = c + blockIdx.x * ldc;
  float factor = (float)beta;
  Int step = (Int)gridDim.y * blockDim.x;
  for (Int i = blockIdx.y * (Int)blockDim.x + threadIdx.x; i < rows; i += step) {
    to[i] = factor == 0.0f ? 0.0f : factor * to[i];
  }
}
