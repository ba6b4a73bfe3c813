package io.github.cola4j.nn.kernels.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A folder with CUDA's libraries as {@code cuda_libraries.cpp} has them, built by g++. */
final class EmulatedLibraries {
  /** The driver's library for monitoring, which a machine may lack. */
  static final String NVML = "libnvidia-ml.so.1";

  private static final List<String> NAMES =
      List.of(
          "libcuda.so.1",
          "libcudart.so.13",
          "libcublasLt.so.13",
          "libcublas.so.13",
          "libnvrtc.so.13",
          NVML);

  private EmulatedLibraries() {}

  /** Builds them. */
  static void build(Path folder) throws IOException, InterruptedException {
    Path source = folder.resolve("cuda_libraries.cpp");
    try (InputStream in =
        EmulatedLibraries.class.getResourceAsStream("emulator/cuda_libraries.cpp")) {
      Files.copy(in, source);
    }
    Path all = folder.resolve("libemulated.so");
    compile("-O1", "-std=c++17", "-Wall", "-Werror", "-o", all.toString(), source.toString());
    Path empty = Files.writeString(folder.resolve("empty.cpp"), "");
    for (String name : NAMES) {
      compile(
          "-Wl,--no-as-needed",
          "-Wl,-soname," + name,
          "-Wl,-rpath,$ORIGIN",
          "-L" + folder,
          "-o",
          folder.resolve(name).toString(),
          empty.toString(),
          "-lemulated",
          "-ldl");
    }
  }

  private static void compile(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("g++", "-shared", "-fPIC"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(command + " failed:\n" + out);
    }
  }
}
