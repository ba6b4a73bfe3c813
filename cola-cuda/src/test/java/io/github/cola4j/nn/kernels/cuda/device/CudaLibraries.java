package io.github.cola4j.nn.kernels.cuda.device;

import com.sun.jna.NativeLibrary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.javacpp.Loader;

/**
 * CUDA 13's libraries for tests without a device. The folder {@code -Dcola.cuda.libraries} has
 * libcudart.so.13, libnvrtc.so.13, libnvrtc-builtins.so.13.0 and libcuda.so.1, of which an empty
 * library of that name is enough; without that property they are looked for where the system has
 * them.
 */
final class CudaLibraries {
  private static final String FOLDER = "cola.cuda.libraries";

  /** JNA closes a library that nobody holds. */
  private static final List<NativeLibrary> HELD = new ArrayList<>();

  private CudaLibraries() {}

  /** Why NVRTC cannot be tested here; null if it can. */
  static String missing() {
    String folder = System.getProperty(FOLDER, "");
    for (String library :
        List.of("libcuda.so.1", "libcudart.so.13", "libnvrtc-builtins.so.13.0", "libnvrtc.so.13")) {
      try {
        Path file = Path.of(folder, library);
        boolean isThere = !folder.isEmpty() && Files.exists(file);
        // what one library needs is found among those that are loaded
        HELD.add(NativeLibrary.getInstance(isThere ? file.toAbsolutePath().toString() : library));
      } catch (LinkageError e) {
        return "no " + library + " here; -D" + FOLDER + " names a folder that has it";
      }
    }
    Loader.load(nvrtc.class);
    return null;
  }
}
