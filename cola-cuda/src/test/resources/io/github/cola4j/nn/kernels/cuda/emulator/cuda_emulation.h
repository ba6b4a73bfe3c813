// What the .cu sources need to run on a CPU, one block after the other: a thread is a coroutine that runs until the next
// barrier or shuffle. One runs as far ahead of the others as it may, the first or the last one of a block first by turns
// (emulated_order), so that a barrier that is missing shows as a wrong result in one order or the other. Shared memory
// holds NaN at first. A barrier or shuffle that not all threads reach ends the launch with a message.

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <mutex>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#define __global__
#define __device__ [[maybe_unused]] static
#define __launch_bounds__(...)
#define __grid_constant__
#define __align__(bytes) alignas(bytes)
#define __shared__ static __attribute__((section("emulated_shared")))
#define SHARED_ARRAY(type, name) type* name = reinterpret_cast<type*>(emulated_dynamic)

struct EmulatedIndex {
  unsigned int x, y, z;
};

static EmulatedIndex threadIdx, blockIdx, blockDim, gridDim;

extern "C" char __start_emulated_shared[], __stop_emulated_shared[]; // all __shared__ variables
static constexpr size_t EMULATED_SHARED_BYTES = 227 * 1024; // of a block at most, on compute capability 9.0
static constexpr int EMULATED_THREADS = 1024;
static constexpr size_t EMULATED_STACK = 128 * 1024;
static char* emulated_dynamic;
static size_t emulated_dynamic_bytes;
static int emulated_order;
static std::string emulated_error;

/** Why a coroutine gave up the processor. */
enum EmulatedState { READY, AT_BARRIER, AT_SHUFFLE, DONE };

struct EmulatedThread {
  void* stack;
  EmulatedState state;
  int shuffles;
};

static EmulatedThread emulated_threads[EMULATED_THREADS];
static int emulated_current;
static void* emulated_scheduler;
static uint64_t emulated_lanes[2][EMULATED_THREADS]; // what the lanes of each warp exchange, by turns
static void (*emulated_body)(const int64_t*);
static const int64_t* emulated_arguments;

/** Saves the registers that a function keeps, swaps stacks and returns there. */
extern "C" void emulated_switch(void** save, void* load);
#if defined(__x86_64__)
asm(".text\n.type emulated_switch, @function\nemulated_switch:\n"
    "pushq %rbp\npushq %rbx\npushq %r12\npushq %r13\npushq %r14\npushq %r15\n"
    "movq %rsp, (%rdi)\nmovq %rsi, %rsp\n"
    "popq %r15\npopq %r14\npopq %r13\npopq %r12\npopq %rbx\npopq %rbp\nret\n");
static constexpr int EMULATED_FRAME = 8; // six registers, where to return, and its caller, none
static constexpr int EMULATED_RETURN = 6;
#elif defined(__aarch64__)
asm(".text\n.type emulated_switch, %function\nemulated_switch:\n"
    "sub sp, sp, #160\nstp x19, x20, [sp]\nstp x21, x22, [sp, #16]\nstp x23, x24, [sp, #32]\n"
    "stp x25, x26, [sp, #48]\nstp x27, x28, [sp, #64]\nstp x29, x30, [sp, #80]\nstp d8, d9, [sp, #96]\n"
    "stp d10, d11, [sp, #112]\nstp d12, d13, [sp, #128]\nstp d14, d15, [sp, #144]\n"
    "mov x9, sp\nstr x9, [x0]\nmov sp, x1\n"
    "ldp x19, x20, [sp]\nldp x21, x22, [sp, #16]\nldp x23, x24, [sp, #32]\nldp x25, x26, [sp, #48]\n"
    "ldp x27, x28, [sp, #64]\nldp x29, x30, [sp, #80]\nldp d8, d9, [sp, #96]\nldp d10, d11, [sp, #112]\n"
    "ldp d12, d13, [sp, #128]\nldp d14, d15, [sp, #144]\nadd sp, sp, #160\nret\n");
static constexpr int EMULATED_FRAME = 20;
static constexpr int EMULATED_RETURN = 11;
#else
#error "the emulator knows x86-64 and aarch64"
#endif

static void emulatedYield(EmulatedState state) {
  emulated_threads[emulated_current].state = state;
  emulated_switch(&emulated_threads[emulated_current].stack, emulated_scheduler);
}

static void emulatedStart() {
  emulated_body(emulated_arguments);
  emulatedYield(DONE);
}

static void __syncthreads() {
  emulatedYield(AT_BARRIER);
}

static void __syncwarp(unsigned int = 0xffffffffu) {
  emulated_threads[emulated_current].shuffles++;
  emulatedYield(AT_SHUFFLE);
}

template <class T>
static T __shfl_xor_sync(unsigned int, T value, int mask) {
  static_assert(sizeof(T) <= 8);
  uint64_t* lanes = emulated_lanes[emulated_threads[emulated_current].shuffles % 2];
  memcpy(lanes + emulated_current, &value, sizeof(T));
  __syncwarp();
  memcpy(&value, lanes + (emulated_current ^ mask), sizeof(T));
  return value;
}

static inline unsigned int __float_as_uint(float value) {
  unsigned int bits;
  memcpy(&bits, &value, sizeof(bits));
  return bits;
}

static inline float __uint_as_float(unsigned int bits) {
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

// What tensor.cu has for devices: a warp's lanes exchange what they have of matrices. A copy that is not waited for is
// made at once in one order of threads and never in the other.
#define TENSOR_FUNCTIONS

struct EmulatedCopy {
  void* to;
  const void* from; // null for zeros
};

static std::vector<EmulatedCopy> emulated_copies[EMULATED_THREADS];
static uint32_t emulated_fragments[2][EMULATED_THREADS][6];

static void emulatedCopy(EmulatedCopy copy) {
  if (copy.from == nullptr) {
    memset(copy.to, 0, 16);
  } else {
    memcpy(copy.to, copy.from, 16);
  }
}

[[maybe_unused]] static void copyAsync(uint16_t* to, const uint16_t* from, bool there) {
  EmulatedCopy copy = {to, there ? from : nullptr};
  if (emulated_order % 2 == 0) {
    emulatedCopy(copy);
  } else {
    emulated_copies[emulated_current].push_back(copy);
  }
}

[[maybe_unused]] static void waitForCopies() {
  for (const EmulatedCopy& copy : emulated_copies[emulated_current]) {
    emulatedCopy(copy);
  }
  emulated_copies[emulated_current].clear();
}

static uint32_t emulatedPair(uint16_t low, uint16_t high) {
  return low | (uint32_t)high << 16;
}

/** Rows of four 8 × 8 matrices, of which each lane gave one. */
static const uint64_t* emulatedRows(const uint16_t* row) {
  uint64_t* lanes = emulated_lanes[emulated_threads[emulated_current].shuffles % 2];
  lanes[emulated_current] = reinterpret_cast<uint64_t>(row);
  __syncwarp();
  return lanes + emulated_current / 32 * 32;
}

[[maybe_unused]] static void loadMatrices(uint32_t (&r)[4], const uint16_t* row) {
  const uint64_t* rows = emulatedRows(row);
  int lane = emulated_current % 32;
  for (int i = 0; i < 4; i++) {
    const uint16_t* own = reinterpret_cast<const uint16_t*>(rows[8 * i + lane / 4]) + lane % 4 * 2;
    r[i] = emulatedPair(own[0], own[1]);
  }
}

[[maybe_unused]] static void loadTransposed(uint32_t (&r)[4], const uint16_t* row) {
  const uint64_t* rows = emulatedRows(row);
  int lane = emulated_current % 32;
  for (int i = 0; i < 4; i++) {
    const uint64_t* pair = rows + 8 * i + lane % 4 * 2;
    r[i] = emulatedPair(
        reinterpret_cast<const uint16_t*>(pair[0])[lane / 4], reinterpret_cast<const uint16_t*>(pair[1])[lane / 4]);
  }
}

static float emulatedHalf(uint32_t pair, int upper) {
  return __uint_as_float(upper ? pair & 0xffff0000u : pair << 16);
}

[[maybe_unused]] static void multiplyAdd(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  auto lanes = emulated_fragments[emulated_threads[emulated_current].shuffles % 2];
  uint32_t own[6] = {a[0], a[1], a[2], a[3], b0, b1};
  memcpy(lanes[emulated_current], own, sizeof(own));
  __syncwarp();
  auto warp = lanes + emulated_current / 32 * 32;
  int lane = emulated_current % 32;
  for (int e = 0; e < 4; e++) {
    int column = lane % 4 * 2 + e % 2;
    float sum = 0;
    for (int k = 0; k < 16; k++) {
      int quad = k % 8 / 2;
      sum += emulatedHalf(warp[lane / 4 * 4 + quad][e / 2 + k / 8 * 2], k % 2)
          * emulatedHalf(warp[column * 4 + quad][4 + k / 8], k % 2);
    }
    d[e] += sum;
  }
}

static uint16_t emulatedRounded(float value) {
  unsigned int bits = __float_as_uint(value);
  return value != value ? (uint16_t)(bits >> 16 | 0x40u) : (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

[[maybe_unused]] static uint32_t roundedPair(float low, float high) {
  return emulatedPair(emulatedRounded(low), emulatedRounded(high));
}

/** Runs the threads first … first + 31 until each is done or at a barrier; false if they part ways. */
static bool emulatedRunWarp(int first) {
  while (true) {
    int shuffling = 0;
    int others = 0;
    for (int i = 0; i < 32; i++) {
      int thread = first + (emulated_order % 2 == 0 ? i : 31 - i);
      EmulatedThread& own = emulated_threads[thread];
      if (own.state == READY) {
        emulated_current = thread;
        threadIdx.x = thread;
        emulated_switch(&emulated_scheduler, own.stack);
      }
      (own.state == AT_SHUFFLE ? shuffling : others)++;
    }
    if (shuffling == 0) {
      return true;
    }
    if (others > 0) {
      emulated_error = "of a warp, not all lanes take part in a shuffle or __syncwarp";
      return false;
    }
    for (int i = 0; i < 32; i++) {
      emulated_threads[first + i].state = READY;
    }
  }
}

static bool emulatedRunBlock(int threads) {
  memset(__start_emulated_shared, 0xff, __stop_emulated_shared - __start_emulated_shared);
  memset(emulated_dynamic, 0xff, emulated_dynamic_bytes);
  static char* stacks = static_cast<char*>(mmap(
      nullptr, EMULATED_STACK * EMULATED_THREADS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  for (int i = 0; i < threads; i++) {
    void** top = reinterpret_cast<void**>(stacks + EMULATED_STACK * (i + 1)) - EMULATED_FRAME;
    memset(top, 0, EMULATED_FRAME * sizeof(void*));
    top[EMULATED_RETURN] = reinterpret_cast<void*>(emulatedStart);
    emulated_threads[i] = {top, READY, 0};
    emulated_copies[i].clear();
  }
  while (true) {
    int waiting = 0;
    int done = 0;
    for (int w = 0; w < threads; w += 32) {
      if (!emulatedRunWarp(emulated_order % 2 == 0 ? w : threads - 32 - w)) {
        return false;
      }
    }
    for (int i = 0; i < threads; i++) {
      (emulated_threads[i].state == DONE ? done : waiting)++;
      emulated_threads[i].state = emulated_threads[i].state == DONE ? DONE : READY;
    }
    if (waiting == 0) {
      return true;
    }
    if (done > 0) {
      emulated_error = "some threads ended before a __syncthreads that others wait at";
      return false;
    }
  }
}

/** The end of dynamic shared memory; a page that nobody may touch follows. */
static char* emulatedSharedEnd() {
  constexpr size_t guard = 65536;
  static char* start = static_cast<char*>(mmap(
      nullptr, EMULATED_SHARED_BYTES / guard * guard + 2 * guard, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  char* end = start + EMULATED_SHARED_BYTES / guard * guard + guard;
  static int isGuarded = mprotect(end, guard, PROT_NONE);
  (void)isGuarded;
  return end;
}

template <class T>
static T emulatedArgument(const int64_t* words) {
  T value;
  static_assert(sizeof(T) % 8 == 0, "parameters of kernels have eight bytes, or are structures of such");
  memcpy(&value, words, sizeof(T));
  return value;
}

/** Where parameter `number` starts, in words of eight bytes; their number is where the one after the last would. */
template <class... P>
static constexpr int emulatedPlace(int number) {
  constexpr int sizes[] = {(int)sizeof(P)...};
  int place = 0;
  for (int i = 0; i < number; i++) {
    place += sizes[i] / 8;
  }
  return place;
}

template <class... P, size_t... I>
static void emulatedCall(void (*kernel)(P...), const int64_t* arguments, std::index_sequence<I...>) {
  kernel(emulatedArgument<P>(arguments + emulatedPlace<P...>(I))...);
}

/** A kernel by its name: how many words its parameters have and how to call it with their bits. */
struct EmulatedKernel {
  const char* name;
  int parameters;
  void (*call)(const int64_t*);
};

template <class... P>
static constexpr int emulatedCount(void (*)(P...)) {
  return sizeof...(P);
}

template <class... P>
static constexpr int emulatedWords(void (*)(P...)) {
  return emulatedPlace<P...>(sizeof...(P));
}

#define EMULATED_KERNEL(NAME)                                                                    \
  {                                                                                              \
    #NAME, emulatedWords(NAME), [](const int64_t* arguments) {                                   \
      emulatedCall(NAME, arguments, std::make_index_sequence<emulatedCount(NAME)>());            \
    }                                                                                            \
  }

// a source file with a kernel table, made by EmulatedGpu, defines this
static const EmulatedKernel* emulatedFind(const char* name);

/** Runs a kernel; returns what is wrong, or null. */
extern "C" __attribute__((visibility("default"))) const char* emulated_launch(
    const char* name, int order, int gridX, int gridY, int threads, int sharedBytes, int count,
    const int64_t* arguments) {
  static std::string message;
  const EmulatedKernel* kernel = emulatedFind(name);
  if (kernel == nullptr || kernel->parameters != count) {
    message = "no kernel " + std::string(name) + " with " + std::to_string(count) + " parameters";
    return message.c_str();
  }
  if (threads < 32 || threads > EMULATED_THREADS || threads % 32 != 0 || gridY > 65535
      || sharedBytes < 0 || (size_t)sharedBytes > EMULATED_SHARED_BYTES) {
    message = std::string(name) + ": no device runs blocks of " + std::to_string(threads) + " threads with "
        + std::to_string(sharedBytes) + " bytes of shared memory, " + std::to_string(gridY) + " in y";
    return message.c_str();
  }
  emulated_dynamic_bytes = ((size_t)sharedBytes + 15) / 16 * 16;
  emulated_dynamic = emulatedSharedEnd() - emulated_dynamic_bytes;
  emulated_order = order;
  emulated_body = kernel->call;
  emulated_arguments = arguments;
  gridDim = {(unsigned)gridX, (unsigned)gridY, 1};
  blockDim = {(unsigned)threads, 1, 1};
  emulated_error.clear();
  for (int y = 0; y < gridY; y++) {
    for (int x = 0; x < gridX; x++) {
      blockIdx = {(unsigned)x, (unsigned)y, 0};
      if (!emulatedRunBlock(threads)) {
        message = std::string(name) + ": " + emulated_error;
        return message.c_str();
      }
    }
  }
  return nullptr;
}

/** Memory of NaN up to a page that nobody may touch, at a multiple of 256 bytes; 0 if there is not so much. */
extern "C" __attribute__((visibility("default"))) int64_t emulated_allocate(int64_t bytes) {
  constexpr int64_t page = 4096;
  if (bytes > (int64_t(1) << 36)) {
    return 0;
  }
  int64_t rounded = (bytes + page - 1) / page * page;
  void* start = mmap(nullptr, rounded + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED || mprotect(static_cast<char*>(start) + rounded, page, PROT_NONE) != 0) {
    return 0;
  }
  int64_t address = reinterpret_cast<int64_t>(start) + rounded - (bytes + 255) / 256 * 256;
  memset(reinterpret_cast<void*>(address), 0xff, bytes);
  return address;
}

extern "C" __attribute__((visibility("default"))) void emulated_free(int64_t address, int64_t bytes) {
  constexpr int64_t page = 4096;
  munmap(reinterpret_cast<void*>(address / page * page), (bytes + page - 1) / page * page + page);
}

extern "C" __attribute__((visibility("default"))) void emulated_copy(int64_t to, int64_t from, int64_t bytes) {
  memcpy(reinterpret_cast<void*>(to), reinterpret_cast<void*>(from), bytes);
}

extern "C" __attribute__((visibility("default"))) void emulated_clear(int64_t address, int64_t bytes) {
  memset(reinterpret_cast<void*>(address), 0, bytes);
}

static inline double emulatedElement(int isBfloat16, int64_t matrix, int64_t at) {
  return isBfloat16 ? __uint_as_float((unsigned int)reinterpret_cast<uint16_t*>(matrix)[at] << 16)
                    : reinterpret_cast<float*>(matrix)[at];
}

/** C = alpha op(A) op(B) + beta C, column-major; sums in float64. */
extern "C" __attribute__((visibility("default"))) void emulated_gemm(
    int isBfloat16, int transposeA, int transposeB, int m, int n, int k, double alpha, int64_t a, int64_t lda,
    int64_t b, int64_t ldb, double beta, int64_t c, int64_t ldc) {
  for (int64_t j = 0; j < n; j++) {
    for (int64_t i = 0; i < m; i++) {
      double sum = 0;
      for (int64_t l = 0; l < k; l++) {
        sum += emulatedElement(isBfloat16, a, transposeA ? l + i * lda : i + l * lda)
            * emulatedElement(isBfloat16, b, transposeB ? j + l * ldb : l + j * ldb);
      }
      float* to = reinterpret_cast<float*>(c) + i + j * ldc;
      *to = (float)(alpha * sum + (beta == 0 ? 0 : beta * *to));
    }
  }
}
