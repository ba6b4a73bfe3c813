package io.github.cola4j.nn.kernels.cuda.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cola4j.nn.kernels.cuda.EmulatedMachine;
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

/** The check's stages on a machine whose GPU the processor plays, and what they report. */
class GpuCheckTest {
  @TempDir private Path folder;

  private Path libraries;
  private String emulator;

  @BeforeEach
  void emulate() throws IOException, InterruptedException {
    String missing = EmulatedMachine.unavailable();
    assumeTrue(missing == null, missing);
    assumeTrue(
        System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux"),
        "CUDA's bindings are tested on Linux");
    libraries = folder.resolve("libraries");
    emulator = EmulatedMachine.build(libraries);
  }

  @Test
  void stagesPassOnTheEmulator() throws IOException, InterruptedException {
    run("cpu", "expect", folder);
    for (String stage : List.of("kernels", "contract", "steps", "bindings", "bench")) {
      JsonNode items = run("cuda", stage, folder.resolve(stage));
      assertThat(items).as(stage).isNotEmpty();
      items
          .properties()
          .forEach(
              item ->
                  assertThat(item.getValue().path("ok").asBoolean())
                      .as("%s, %s: %s", stage, item.getKey(), item.getValue())
                      .isTrue());
    }
    assertThat(run("timed", "times", folder.resolve("times")).toString())
        .contains("gemm BFLOAT16", "gemm TF32", "tensorAttention", "adamW");
  }

  @Test
  void aStageGoesOnAfterTheItemThatEndedItsProcess() throws IOException, InterruptedException {
    Path file = folder.resolve("gemm");
    Files.writeString(file, "{\"running\": \"accuracy TF32\"}");
    JsonNode items = run("cuda", "gemm", file);
    assertThat(items.path("accuracy TF32").path("error").asText())
        .isEqualTo("the process ended, or did not end, during this item");
    assertThat(items.path("accuracy FLOAT32").path("ok").asBoolean()).isTrue();
  }

  @Test
  void errorsAreReportedWithTheirStack() throws IOException, InterruptedException {
    JsonNode items = run("cuda", "steps", folder.resolve("steps")); // nothing to compare with
    assertThat(items.path("steps").path("error").asText()).contains("NoSuchFileException");
    assertThat(items.path("steps").path("stack").asText()).contains("StepsStage.run:");
  }

  /** A stage in a process of its own, which has CUDA's libraries; its items. */
  private JsonNode run(String kernels, String stage, Path file)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("cola.jvm.flags").split(" ")));
    command.addAll(List.of("-Xmx700m", "-XX:+UseSerialGC", "-Djava.io.tmpdir=" + folder));
    command.addAll(List.of("-Dcola.kernels=" + kernels, "-Dcheck.small=true"));
    command.addAll(List.of("-Dcheck.limit=300", "-Dcheck.expected=" + folder));
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.addAll(List.of(GpuCheck.class.getName(), stage, file.toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LD_LIBRARY_PATH", libraries.toString());
    builder.environment().put("COLA_EMULATOR", emulator);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isBetween(0, 1);
    return stage.equals("expect") ? null : new ObjectMapper().readTree(file.toFile()).path("items");
  }
}
