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

  /** Builds them in a folder, the only argument; needs g++. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    String missing = Emulator.unavailable();
    if (missing != null) {
      throw new IllegalStateException(missing);
    }
    EmulatedLibraries.build(Files.createDirectories(Path.of(arguments[0])));
    System.out.println(Emulator.library().getFile());
  }
}
