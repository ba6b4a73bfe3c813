package io.github.cola4j.nn.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The provider {@code cuda} in a process of its own, by JavaCPP's bindings, on CUDA's libraries as
 * {@code cuda_libraries.cpp} has them: what is passed to every call, contexts, streams, memory.
 */
class CudaBindingsTest {

  @TempDir private Path folder;

  @BeforeEach
  void build() throws IOException, InterruptedException {
    String missing = Emulator.unavailable();
    assumeTrue(missing == null, missing);
    assumeTrue(
        System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux"),
        "CUDA's bindings are tested on Linux");
    EmulatedLibraries.build(folder);
  }

  @Test
  void aProcessWithCudasLibrariesComputesOnItsDevices() throws IOException, InterruptedException {
    assertThat(log())
        .contains("checked Emulated 0, compute capability 9.0, CUDA 13.0")
        .contains("device 0 is busy: 0.25", "device 1 is busy: 0.75")
        .doesNotContain("utilisation is unknown");
  }

  @Test
  void withoutNvmlUtilisationAloneIsUnknown() throws IOException, InterruptedException {
    Files.delete(folder.resolve(EmulatedLibraries.NVML));
    assertThat(log("use"))
        .contains("checked Emulated 0")
        .contains("device 0 is busy: null", "device 1 is busy: null")
        .contains("utilisation is unknown");
  }

  /** What {@link BindingChecks} print in a process of their own, which ends well. */
  private String log(String... parts) throws IOException, InterruptedException {
    Path log = folder.resolve("log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("cola.jvm.flags").split(" ")));
    command.addAll(List.of("-Xmx512m", "-Dcola.kernels=cuda", "-Djava.io.tmpdir=" + folder));
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(BindingChecks.class.getName());
    command.addAll(List.of(parts));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("LD_LIBRARY_PATH", folder.toString());
    builder.environment().put("COLA_EMULATOR", Emulator.library().getFile().getPath());
    Process process = builder.start();
    int status = process.waitFor();
    String printed = Files.readString(log, StandardCharsets.UTF_8);
    assertThat(status).as(printed).isZero();
    return printed;
  }
}
