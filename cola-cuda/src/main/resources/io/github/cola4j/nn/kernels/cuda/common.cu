// Helpers of all kernels. No includes: NVRTC has none. A kernel takes pointers, long long and double alone.

typedef unsigned short bfloat16; // its bits
