// Fragments of tensor cores: D [16 × 8] of a warp grows by A [16 × 16] B [16 × 8], A and B bfloat16, D float32. With
// g = lane / 4 and t = lane % 4 a lane has of A rows g and g + 8, columns 2 t, 2 t + 1, 2 t + 8 and 2 t + 9; of B the
// same rows as A's columns, column g; of D rows g and g + 8, columns 2 t and 2 t + 1 (PTX ISA, mma.m16n8k16). An emulator
// has functions of its own for them, and devices before compute capability 8.0 have none.
#ifndef TENSOR_FUNCTIONS
#define TENSOR_FUNCTIONS

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
#define TENSOR_ASM(...) __trap()
#else
#define TENSOR_ASM(...) asm volatile(__VA_ARGS__)
#endif

__device__ inline unsigned int sharedAddress(const void* pointer) {
  return (unsigned int)__cvta_generic_to_shared(pointer);
}

/** 16 bytes of global memory → shared memory some time before waitForCopies; zeros where not `there`. */
__device__ inline void copyAsync(bfloat16* to, const bfloat16* from, bool there) {
  int bytes = there ? 16 : 0;
  TENSOR_ASM("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(sharedAddress(to)), "l"(from), "r"(bytes) : "memory");
}

__device__ inline void waitForCopies() {
  TENSOR_ASM("cp.async.wait_all;" ::: "memory");
}

/** Four 8 × 8 matrices: lane i gives the address of row i % 8 of matrix i / 8, and gets elements 2 t, 2 t + 1 of row g. */
__device__ inline void loadMatrices(unsigned int (&r)[4], const bfloat16* row) {
  TENSOR_ASM("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
             : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
             : "r"(sharedAddress(row))
             : "memory");
}

/** As loadMatrices, but a lane gets elements g of rows 2 t and 2 t + 1. */
__device__ inline void loadTransposed(unsigned int (&r)[4], const bfloat16* row) {
  TENSOR_ASM("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
             : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
             : "r"(sharedAddress(row))
             : "memory");
}

/** D ← D + A B */
__device__ inline void multiplyAdd(float (&d)[4], const unsigned int (&a)[4], unsigned int b0, unsigned int b1) {
  TENSOR_ASM("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
             "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
             : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
             : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

/** Two floats as bfloat16, the first in the lower half. */
__device__ inline unsigned int roundedPair(float low, float high) {
  unsigned int pair;
  TENSOR_ASM("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
}

#endif
