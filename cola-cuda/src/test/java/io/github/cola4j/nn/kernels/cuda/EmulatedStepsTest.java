package io.github.cola4j.nn.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.cola4j.nn.KernelProviders;
import io.github.cola4j.nn.Matrices;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Steps of a BERT and of a Llama by the CUDA kernels on the emulator, in a JVM of their own, equal
 * those of the CPU's kernels.
 */
class EmulatedStepsTest {

  @Test
  void lossGradientsAndTrainingEqualTheCpus(@TempDir Path folder)
      throws IOException, InterruptedException {
    assumeThat(Emulator.unavailable()).as("why the emulator cannot run").isNull();
    Path file = folder.resolve("results");
    run(file);
    assertThat(KernelProviders.get().of(DataType.FLOAT).name()).isEqualTo("cpu");
    try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
      for (TinyModels.Result expected : List.of(TinyModels.bert(), TinyModels.llama())) {
        assertThat(in.readDouble()).isCloseTo(expected.loss(), near(expected.loss()));
        assertThat(in.readDouble()).isCloseTo(expected.trainedLoss(), near(expected.trainedLoss()));
        assertThat(Matrices.distance(read(in), wide(expected.gradient()))).isLessThan(1e-4);
        assertThat(Matrices.distance(read(in), wide(expected.trained()))).isLessThan(1e-4);
      }
    }
  }

  private static Offset<Double> near(double value) {
    return Offset.offset(1e-4 * Math.abs(value));
  }

  private static double[] read(DataInputStream in) throws IOException {
    double[] elements = new double[in.readInt()];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = in.readFloat();
    }
    return elements;
  }

  private static double[] wide(float[] narrow) {
    double[] elements = new double[narrow.length];
    for (int i = 0; i < narrow.length; i++) {
      elements[i] = narrow[i];
    }
    return elements;
  }

  /** The choice of kernels is a JVM's, so this is one of its own. */
  private static void run(Path file) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("cola.jvm.flags").split(" ", -1)));
    command.addAll(List.of("-Xmx500m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
    command.add("-Dcola.kernels=emulated");
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(TinyModels.class.getName());
    command.add(file.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
    assertThat(out).contains("'emulated' forced by -Dcola.kernels");
  }
}
