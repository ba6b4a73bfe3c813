// CUDA's runtime, driver, cuBLAS, NVRTC and NVML as far as cola-cuda calls them, with two devices that the emulator
// plays: so the bindings' calls are tested without a GPU. A call that no device would take ends the process.

#include <dlfcn.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <string>

namespace {

constexpr int DEVICES = 2;
constexpr const char* BUS_IDS[DEVICES] = {"0000:3B:00.0", "0000:AF:00.0"};
constexpr int64_t MEMORY = int64_t(1) << 32;

std::mutex lock;
std::map<int64_t, int64_t> allocated;      // bytes by address
std::map<int64_t, int> owner;              // device by address
std::map<void*, int> streams;              // device by stream
std::map<std::string, int> sharedBytes;    // that a kernel may have
int lastError = 0;
thread_local int current = -1;             // the thread's device; a context where there is one

[[noreturn]] void wrong(const std::string& what) {
  fprintf(stderr, "no device takes this call: %s\n", what.c_str());
  fflush(stderr);
  _Exit(3);
}

void require(bool condition, const std::string& what) {
  if (!condition) {
    wrong(what);
  }
}

void* symbol(const char* name) {
  static void* library = dlopen(getenv("COLA_EMULATOR"), RTLD_NOW);
  require(library != nullptr, "COLA_EMULATOR names no library");
  void* found = dlsym(library, name);
  require(found != nullptr, name);
  return found;
}

template <class F>
F* emulated(const char* name) {
  return reinterpret_cast<F*>(symbol(name));
}

/** The device whose memory has the bytes from an address on. */
int deviceOf(const void* pointer, int64_t bytes) {
  std::lock_guard<std::mutex> guard(lock);
  int64_t address = reinterpret_cast<int64_t>(pointer);
  auto next = allocated.upper_bound(address);
  require(next != allocated.begin(), "no device's address");
  auto block = std::prev(next);
  require(address + bytes <= block->first + block->second, "beyond a device's memory");
  return owner[block->first];
}

void requireStream(void* stream) {
  std::lock_guard<std::mutex> guard(lock);
  auto found = streams.find(stream);
  require(found != streams.end(), "no stream");
  require(found->second == current, "a stream of another device");
}

struct Blas {
  int device;
  void* stream;
};

struct Module {
  int device;
};

struct Function {
  int device;
  std::string name;
};

struct Program {
  std::string text;
  std::string option;
};

}  // namespace

extern "C" {

// ---- runtime

int cudaGetDeviceCount(int* count) {
  *count = DEVICES;
  return 0;
}

int cudaSetDevice(int device) {
  require(device >= 0 && device < DEVICES, "cudaSetDevice");
  current = device;
  return 0;
}

int cudaDeviceGetAttribute(int* value, int attribute, int device) {
  require(device >= 0 && device < DEVICES, "cudaDeviceGetAttribute");
  require(attribute == 75 || attribute == 76, "an attribute");
  *value = attribute == 75 ? 9 : 0;
  return 0;
}

int cudaDeviceGetPCIBusId(char* id, int length, int device) {
  require(device >= 0 && device < DEVICES && length > 12, "cudaDeviceGetPCIBusId");
  snprintf(id, (size_t)length, "%s", BUS_IDS[device]);
  return 0;
}

int cudaDriverGetVersion(int* version) {
  *version = 13000;
  return 0;
}

int cudaRuntimeGetVersion(int* version) {
  *version = 13000;
  return 0;
}

const char* cudaGetErrorString(int error) { return error == 2 ? "out of memory" : "unknown error"; }

int cudaGetLastError() {
  int error = lastError;
  lastError = 0;
  return error;
}

int cudaMemGetInfo(size_t* free, size_t* total) {
  std::lock_guard<std::mutex> guard(lock);
  int64_t used = 0;
  for (auto& block : allocated) {
    used += owner[block.first] == current ? block.second : 0;
  }
  *total = MEMORY;
  *free = MEMORY - used;
  return 0;
}

int cudaMalloc(void** pointer, size_t bytes) {
  require(current >= 0, "cudaMalloc without a device");
  size_t free, total;
  cudaMemGetInfo(&free, &total);
  if (bytes > free) {
    lastError = 2;
    return 2;
  }
  int64_t address = emulated<int64_t(int64_t)>("emulated_allocate")((int64_t)bytes);
  std::lock_guard<std::mutex> guard(lock);
  allocated[address] = (int64_t)bytes;
  owner[address] = current;
  *pointer = reinterpret_cast<void*>(address);
  return 0;
}

int cudaFree(void* pointer) {
  if (pointer == nullptr) {
    require(current >= 0, "cudaFree without a device");
    return 0;
  }
  int64_t address = reinterpret_cast<int64_t>(pointer);
  std::lock_guard<std::mutex> guard(lock);
  require(allocated.count(address) == 1, "cudaFree of no allocated address");
  require(owner[address] == current, "cudaFree on another device");
  emulated<void(int64_t, int64_t)>("emulated_free")(address, allocated[address]);
  allocated.erase(address);
  owner.erase(address);
  return 0;
}

int cudaHostAlloc(void** pointer, size_t bytes, unsigned int flags) {
  require(flags == 0, "cudaHostAlloc's flags");
  *pointer = malloc(bytes);
  return 0;
}

int cudaFreeHost(void* pointer) {
  free(pointer);
  return 0;
}

int cudaMemcpyAsync(void* to, const void* from, size_t bytes, int kind, void* stream) {
  requireStream(stream);
  require(kind == 1 || kind == 2, "a kind of copy");
  require(deviceOf(kind == 1 ? to : from, (int64_t)bytes) == current, "memory of another device");
  memcpy(to, from, bytes);
  return 0;
}

int cudaMemsetAsync(void* to, int value, size_t bytes, void* stream) {
  requireStream(stream);
  require(deviceOf(to, (int64_t)bytes) == current, "memory of another device");
  memset(to, value, bytes);
  return 0;
}

int cudaStreamCreateWithFlags(void** stream, unsigned int flags) {
  require(current >= 0 && flags == 1, "cudaStreamCreateWithFlags");
  *stream = malloc(1);
  std::lock_guard<std::mutex> guard(lock);
  streams[*stream] = current;
  return 0;
}

int cudaStreamDestroy(void* stream) {
  requireStream(stream);
  std::lock_guard<std::mutex> guard(lock);
  streams.erase(stream);
  return 0;
}

int cudaStreamSynchronize(void* stream) {
  requireStream(stream);
  return 0;
}

int cudaDeviceSynchronize() {
  require(current >= 0, "cudaDeviceSynchronize without a device");
  return 0;
}

// ---- driver

int cuDeviceGet(int* handle, int device) {
  *handle = device;
  return 0;
}

int cuDeviceGetName(char* name, int length, int device) {
  snprintf(name, (size_t)length, "Emulated %d", device);
  return 0;
}

int cuGetErrorString(int error, const char** words) {
  *words = error == 1 ? "invalid argument" : "unknown error";
  return 0;
}

int cuModuleLoadData(void** module, const void* image) {
  require(current >= 0, "cuModuleLoadData without a context");
  require(memcmp(image, "code", 4) == 0, "an image that NVRTC did not make");
  *module = new Module{current};
  return 0;
}

int cuModuleGetFunction(void** function, void* module, const char* name) {
  require(static_cast<Module*>(module)->device == current, "a module of another device");
  *function = new Function{current, name};
  return 0;
}

int cuFuncSetAttribute(void* function, int attribute, int value) {
  require(attribute == 8 && value > 48 * 1024 && value <= 227 * 1024, "cuFuncSetAttribute");
  std::lock_guard<std::mutex> guard(lock);
  sharedBytes[static_cast<Function*>(function)->name] = value;
  return 0;
}

int cuLaunchKernel(
    void* function, unsigned int gridX, unsigned int gridY, unsigned int gridZ, unsigned int threads, unsigned int y,
    unsigned int z, unsigned int shared, void* stream, void** parameters, void** extra) {
  static std::mutex launch;
  requireStream(stream);
  Function* kernel = static_cast<Function*>(function);
  require(kernel->device == current, "a kernel of another device");
  require(gridZ == 1 && y == 1 && z == 1 && extra == nullptr, "dimensions");
  if (gridX == 0 || gridY == 0 || threads == 0 || threads > 1024) {
    return 1;
  }
  if (shared > 48 * 1024) {
    std::lock_guard<std::mutex> guard(lock);
    require(sharedBytes[kernel->name] >= (int)shared, "more shared memory than asked for");
  }
  auto run = emulated<const char*(const char*, int, int, int, int, int, int, const int64_t*)>("emulated_launch");
  std::lock_guard<std::mutex> guard(launch);
  int64_t arguments[512];
  for (int count = 1; count <= 512; count++) {
    memcpy(arguments + count - 1, parameters[count - 1], 8);
    const char* message =
        run(kernel->name.c_str(), 0, (int)gridX, (int)gridY, (int)threads, (int)shared, count, arguments);
    if (message == nullptr) {
      return 0;
    }
    require(strncmp(message, "no kernel", 9) == 0, message);
  }
  wrong("a launch of " + kernel->name);
}

// ---- cuBLAS

const char* cublasGetStatusString(int status) { return status == 7 ? "an invalid value" : "unknown"; }

int cublasCreate_v2(void** handle) {
  require(current >= 0, "cublasCreate without a device");
  *handle = new Blas{current, nullptr};
  return 0;
}

int cublasDestroy_v2(void* handle) {
  delete static_cast<Blas*>(handle);
  return 0;
}

int cublasSetStream_v2(void* handle, void* stream) {
  requireStream(stream);
  static_cast<Blas*>(handle)->stream = stream;
  return 0;
}

int cublasSetPointerMode_v2(void*, int mode) {
  require(mode == 0, "a pointer mode");
  return 0;
}

int cublasSetMathMode(void*, int mode) {
  require(mode == 0, "a math mode");
  return 0;
}

int cublasGemmEx(
    void* handle, int opA, int opB, int m, int n, int k, const void* alpha, const void* a, int typeA, int lda,
    const void* b, int typeB, int ldb, const void* beta, void* c, int typeC, int ldc, int compute, int algorithm) {
  Blas* blas = static_cast<Blas*>(handle);
  require(blas->device == current && blas->stream != nullptr, "a handle of another device, or without a stream");
  requireStream(blas->stream);
  require(typeA == typeB && (typeA == 0 || typeA == 14) && typeC == 0, "types");
  require(compute == 68 || (compute == 77 && typeA == 0), "a compute type");
  require(algorithm == -1 && (opA & ~1) == 0 && (opB & ~1) == 0, "an algorithm or operation");
  if (m < 0 || n < 0 || k < 0 || lda < (opA ? k : m) || ldb < (opB ? n : k) || ldc < m) {
    return 7;
  }
  emulated<void(
      int, int, int, int, int, int, double, int64_t, int64_t, int64_t, int64_t, double, int64_t, int64_t)>(
      "emulated_gemm")(
      typeA == 14, opA, opB, m, n, k, *static_cast<const float*>(alpha), reinterpret_cast<int64_t>(a), lda,
      reinterpret_cast<int64_t>(b), ldb, *static_cast<const float*>(beta), reinterpret_cast<int64_t>(c), ldc);
  return 0;
}

// ---- NVRTC: what is compiled is only looked at

const char* nvrtcGetErrorString(int) { return "NVRTC_ERROR"; }

int nvrtcVersion(int* major, int* minor) {
  *major = 13;
  *minor = 0;
  return 0;
}

int nvrtcGetNumSupportedArchs(int* count) {
  *count = 3;
  return 0;
}

int nvrtcGetSupportedArchs(int* known) {
  known[0] = 75;
  known[1] = 90;
  known[2] = 100;
  return 0;
}

int nvrtcCreateProgram(
    void** program, const char* text, const char* name, int count, const char* const*, const char* const*) {
  require(count == 0 && strstr(name, ".cu") != nullptr, "nvrtcCreateProgram");
  *program = new Program{text, ""};
  return 0;
}

int nvrtcDestroyProgram(void** program) {
  delete static_cast<Program*>(*program);
  *program = nullptr;
  return 0;
}

int nvrtcCompileProgram(void* program, int count, const char* const* options) {
  for (int i = 0; i < count; i++) {
    static_cast<Program*>(program)->option += std::string(options[i]) + " ";
  }
  require(
      static_cast<Program*>(program)->option.find("--gpu-architecture=sm_90 ") == 0, "options of NVRTC");
  return strstr(static_cast<Program*>(program)->text.c_str(), "__global__") != nullptr ? 0 : 6;
}

int nvrtcGetCUBINSize(void*, size_t* bytes) {
  *bytes = 4;
  return 0;
}

int nvrtcGetCUBIN(void*, char* code) {
  memcpy(code, "code", 4);
  return 0;
}

int nvrtcGetProgramLogSize(void*, size_t* bytes) {
  *bytes = 1;
  return 0;
}

int nvrtcGetProgramLog(void*, char* log) {
  log[0] = 0;
  return 0;
}

// ---- NVML, whose devices are in another order than CUDA's

struct Utilization {
  unsigned int gpu, memory;  // percent
};

static int nvmlStarts = 0;
static int nvmlDevices[DEVICES] = {75, 25};  // percent

int nvmlInit_v2() {
  require(++nvmlStarts == 1, "nvmlInit a second time");
  return 0;
}

int nvmlDeviceGetHandleByPciBusId_v2(const char* id, void** device) {
  require(nvmlStarts == 1, "NVML before nvmlInit");
  for (int i = 0; i < DEVICES; i++) {
    if (strcmp(id, BUS_IDS[i]) == 0) {
      *device = &nvmlDevices[DEVICES - 1 - i];
      return 0;
    }
  }
  return 6;  // not found
}

int nvmlDeviceGetUtilizationRates(void* device, Utilization* rates) {
  require(device == &nvmlDevices[0] || device == &nvmlDevices[1], "no device of NVML's");
  *rates = {(unsigned int)*static_cast<int*>(device), 99};
  return 0;
}
}
