package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
  @TempDir Path folder;

  @Test
  void aMachineThatRunsTheTestsHasNoProblems() {
    String out = CliRun.cola("doctor", "--model", TinyModel.LLAMA.toString()).succeeds().out();
    assertThat(out)
        .contains("cpu: chosen for float32", "nd4j: chosen for float64", "OpenBLAS", "heap at most")
        .containsPattern("ok +GPU +none")
        .containsPattern("ok +Spark +\\d\\.\\d")
        .containsPattern("ok +model +.*: llama, .* parameters, float32 in a mapped file")
        .contains("tokenizer and model fit")
        .endsWith("\nno problems\n");
    assertThat(out).doesNotContain("PROBLEM", "fix:");
  }

  @Test
  void aModelThatDoesNotLoadIsAProblem() throws IOException {
    Path model = TinyModel.copyTo(folder.resolve("damaged"));
    String config = Files.readString(model.resolve("config.json"));
    Files.writeString(
        model.resolve("config.json"),
        config.replaceFirst("\"vocab_size\": \\d+", "\"vocab_size\": 77"));
    CliRun run = CliRun.cola("doctor", "--model", model.toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out())
        .containsPattern("PROBLEM +model +.*word_embeddings")
        .contains("fix: ")
        .endsWith("\n1 problem\n");
  }

  @Test
  void aJvmWithoutTheVectorApiHasAProblemAndItsFix() throws Exception {
    assertThat(doctorWithoutVectorApi())
        .contains("cpu: cannot run: the Vector API is not enabled", "--add-modules")
        .contains("nd4j: chosen for float32 and float64")
        .endsWith("\n1 problem\n");
  }

  @Test
  void aForcedProviderThatCannotRunIsAProblem() throws Exception {
    assertThat(doctorWithoutVectorApi("-Dcola.kernels=cpu"))
        .contains("got 'cpu'; there are cpu (cannot run: the Vector API is not enabled")
        .contains("fix: leave -Dcola.kernels out");
  }

  /** What a JVM of its own prints, which must end with code 1. */
  private String doctorWithoutVectorApi(String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    Stream.of(System.getProperty("cola.jvm.flags").split(" ", -1))
        .filter(flag -> !flag.contains("jdk.incubator.vector"))
        .forEach(command::add);
    command.addAll(List.of("-Xmx300m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add("-Dlog4j2.configurationFile=cola-log4j2.properties");
    command.add("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
    command.addAll(List.of(options));
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.addAll(List.of(Cola.class.getName(), "doctor"));
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    assertThat(process.waitFor()).as(Files.readString(log)).isEqualTo(1);
    return Files.readString(log);
  }
}
