// What all kernels share; it stands in front of every source. Matrices are column-major, float32: element (i, t) of x
// is x[i + t * ldx], t a token. A kernel takes pointers, long long and double alone, eight bytes each. Blocks have
// whole warps, so that shuffles have all their lanes.

typedef long long Int;
typedef unsigned short bfloat16; // its bits

#define WARP 32
#define ALL_LANES 0xffffffffu
// the lowest finite float: a maximum starts here, because -inf - -inf has no value
#define LOWEST (-3.402823466e38f)
#define MINUS_INFINITY __uint_as_float(0xff800000u)

// dynamic shared memory as an array; an emulator has its own
#ifndef SHARED_ARRAY
#define SHARED_ARRAY(type, name) extern __shared__ __align__(16) type name[]
#endif

/** N floats that are loaded and stored by one instruction; the address is a multiple of their size. */
template <int N>
struct __align__(4 * N) Pack {
  float v[N];
};

template <int N>
__device__ inline Pack<N> load(const float* from) {
  return *reinterpret_cast<const Pack<N>*>(from);
}

template <int N>
__device__ inline void store(float* to, const Pack<N>& pack) {
  *reinterpret_cast<Pack<N>*>(to) = pack;
}

/** The number of floats that a call of an element's function takes, as a type. */
template <int N>
struct Width {
  static constexpr int value = N;
};

/** Whether all pointers are multiples of 16 bytes. */
template <class... P>
__device__ inline bool aligned(P... pointers) {
  return ((reinterpret_cast<unsigned long long>(pointers) | ...) & 15) == 0;
}

/**
 * Calls f(width, i) for i from 0 to rows: `width` elements from i, four at a time where `wide`, of which this thread has
 * number `first` and every `step`-th after it.
 */
template <class F>
__device__ inline void spread(Int first, Int step, Int rows, bool wide, F f) {
  Int quads = wide ? rows / 4 : 0;
  for (Int i = first; i < quads; i += step) {
    f(Width<4>(), 4 * i);
  }
  for (Int i = 4 * quads + first; i < rows; i += step) {
    f(Width<1>(), i);
  }
}

/** Spreads the rows of a column over the threads of the blocks (x, 0), (x, 1), …, x the column. */
template <class F>
__device__ inline void eachOfGrid(Int rows, bool wide, F f) {
  spread(blockIdx.y * (Int)blockDim.x + threadIdx.x, gridDim.y * (Int)blockDim.x, rows, wide, f);
}

/** Spreads the rows of a column over the threads of this block. */
template <class F>
__device__ inline void eachOfBlock(Int rows, bool wide, F f) {
  spread(threadIdx.x, blockDim.x, rows, wide, f);
}

/** Every lane gets the sum. */
__device__ inline float warpSum(float value) {
  for (int lane = WARP / 2; lane > 0; lane /= 2) {
    value += __shfl_xor_sync(ALL_LANES, value, lane);
  }
  return value;
}

/** Every lane gets the maximum. */
__device__ inline float warpMax(float value) {
  for (int lane = WARP / 2; lane > 0; lane /= 2) {
    value = fmaxf(value, __shfl_xor_sync(ALL_LANES, value, lane));
  }
  return value;
}

/** Every thread gets the sum over the block; all threads call it. */
__device__ inline float blockSum(float value) {
  __shared__ float parts[WARP];
  value = warpSum(value);
  __syncthreads(); // the parts of the sum before may still be read
  if (threadIdx.x % WARP == 0) {
    parts[threadIdx.x / WARP] = value;
  }
  __syncthreads();
  int lane = threadIdx.x % WARP;
  return warpSum(lane < blockDim.x / WARP ? parts[lane] : 0.0f);
}

/** Every thread gets the maximum over the block; all threads call it. */
__device__ inline float blockMax(float value) {
  __shared__ float parts[WARP];
  value = warpMax(value);
  __syncthreads();
  if (threadIdx.x % WARP == 0) {
    parts[threadIdx.x / WARP] = value;
  }
  __syncthreads();
  int lane = threadIdx.x % WARP;
  return warpMax(lane < blockDim.x / WARP ? parts[lane] : LOWEST);
}

/** The upper half of a float's bits, rounded to the nearest bfloat16, ties to the even one; NaN stays NaN. */
__device__ inline bfloat16 bfloat16Bits(float value) {
  unsigned int bits = __float_as_uint(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) {
    return (bfloat16)((bits >> 16) | 0x40u);
  }
  return (bfloat16)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

__device__ inline float bfloat16Value(bfloat16 bits) {
  return __uint_as_float((unsigned int)bits << 16);
}

/** Four floats, rounded, by one instruction; the address is a multiple of 8. */
__device__ inline void storeRounded(bfloat16* to, const Pack<4>& pack) {
  struct __align__(8) Four {
    bfloat16 v[4];
  } rounded;
  for (int e = 0; e < 4; e++) {
    rounded.v[e] = bfloat16Bits(pack.v[e]);
  }
  *reinterpret_cast<Four*>(to) = rounded;
}

// What the blocks of one launch compute of many results, as a parameter: nothing is copied to the device for a launch.
// LaunchTable.java fills it; 3840 bytes of the 4096 that parameters may have on every device.
#define TABLE_WORDS 480

struct LaunchTable {
  Int v[TABLE_WORDS];
};

/** Two numbers are the halves of a word. */
__device__ inline int lowHalf(Int word) {
  return (int)(word & 0xffffffffLL);
}

__device__ inline int highHalf(Int word) {
  return (int)(word >> 32);
}

__device__ inline float lowFloat(Int word) {
  return __uint_as_float((unsigned int)lowHalf(word));
}

__device__ inline float highFloat(Int word) {
  return __uint_as_float((unsigned int)highHalf(word));
}

/** The entry that has a block, of `count` entries whose first blocks ascend; `first` gives that of an entry. */
template <class F>
__device__ inline int entryOf(int count, int block, F first) {
  int low = 0;
  int high = count - 1;
  while (low < high) {
    int middle = (low + high + 1) / 2;
    if (first(middle) <= block) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}
