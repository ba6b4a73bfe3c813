package io.github.cola4j.nn.kernels.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Makes a machine without a GPU look like one: CUDA's libraries as {@code cuda_libraries.cpp} has
 * them, in a folder that {@code LD_LIBRARY_PATH} is to name, and the file of kernels that {@code
 * COLA_EMULATOR} is to name, which is printed.
 */
public final class EmulatedMachine {
  private EmulatedMachine() {}

  /** Why it cannot be made here; null if it can. */
  public static String unavailable() {
    return Emulator.unavailable();
  }

  /** Builds the libraries in a folder; the file of kernels. */
  public static String build(Path folder) throws IOException, InterruptedException {
    EmulatedLibraries.build(Files.createDirectories(folder));
    return Emulator.library().getFile().getPath();
  }

  /** Builds them in a folder, the only argument; needs g++. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    String missing = unavailable();
    if (missing != null) {
      throw new IllegalStateException(missing);
    }
    System.out.println(build(Path.of(arguments[0])));
  }
}
