package io.github.cola4j.nn.kernels.cuda;

import com.sun.jna.NativeLibrary;
import io.github.cola4j.nn.kernels.cuda.device.CudaSources;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * The {@code .cu} sources compiled by g++ for this processor, with {@code cuda_emulation.h} before
 * them: one library, made once for a text.
 */
final class Emulator {
  private static final String HEADER = "emulator/cuda_emulation.h";
  private static final List<String> COMPILER =
      List.of(
          "g++",
          "-O2",
          "-std=c++17",
          "-shared",
          "-fPIC",
          "-ffp-contract=off",
          "-fno-strict-aliasing",
          "-fvisibility=hidden",
          "-Wall",
          "-Werror",
          "-Wno-unknown-pragmas",
          "-Wno-sign-compare");

  private static NativeLibrary library;

  private Emulator() {}

  /** Why the sources cannot be compiled here; null if they can. */
  static String unavailable() {
    try {
      Process process = new ProcessBuilder("g++", "--version").redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor() == 0 ? null : "g++ does not run; reinstall it";
    } catch (IOException e) {
      return "there is no g++ to compile the .cu sources for this processor; install it";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  /** The compiled sources. */
  static synchronized NativeLibrary library() {
    if (library == null) {
      library = NativeLibrary.getInstance(compiled(text()).toString());
    }
    return library;
  }

  private static String text() {
    List<String> kernels = new ArrayList<>();
    StringBuilder text = new StringBuilder(read(HEADER)).append(CudaSources.read("common"));
    for (String name : CudaSources.names()) {
      String own = CudaSources.own(name);
      kernels.addAll(CudaSources.kernels(own));
      text.append(own);
    }
    String table =
        kernels.stream()
            .map(name -> "EMULATED_KERNEL(" + name + ")")
            .collect(Collectors.joining(", "));
    return text.append("static const EmulatedKernel KERNELS[] = {" + table + "};\n")
        .append("static const EmulatedKernel* emulatedFind(const char* name) {\n")
        .append("  for (const EmulatedKernel& kernel : KERNELS) {\n")
        .append("    if (strcmp(kernel.name, name) == 0) {\n")
        .append("      return &kernel;\n    }\n  }\n  return nullptr;\n}\n")
        .toString();
  }

  private static Path compiled(String text) {
    String name = UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8)).toString();
    Path folder = Path.of(System.getProperty("java.io.tmpdir"), "emulator");
    Path made = folder.resolve(name + ".so");
    if (Files.exists(made)) {
      return made;
    }
    try {
      Files.createDirectories(folder);
      Path source = Files.writeString(Files.createTempFile(folder, name, ".cpp"), text);
      Path fresh = source.resolveSibling(source.getFileName() + ".so");
      List<String> command = new ArrayList<>(COMPILER);
      command.addAll(List.of("-o", fresh.toString(), source.toString()));
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException("g++ does not compile " + source + ":\n" + out);
      }
      return Files.move(fresh, made, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String read(String resource) {
    try (InputStream in = Emulator.class.getResourceAsStream(resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
