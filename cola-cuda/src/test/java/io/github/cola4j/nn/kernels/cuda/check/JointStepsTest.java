package io.github.cola4j.nn.kernels.cuda.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.cola4j.nn.KernelProviders;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.kernels.cuda.EmulatedJvm;
import io.github.cola4j.nn.kernels.cuda.EmulatedMachine;
import io.github.cola4j.nn.stored.Precision;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

/** Steps of tasks side by side by the CUDA kernels on the emulator, in a JVM of their own. */
class JointStepsTest {
  private static final int TASKS = 3;

  @Test
  void tasksSideBySideEqualThemselvesAloneAndTheCpusInFewLaunches(@TempDir Path folder)
      throws IOException, InterruptedException {
    assumeThat(EmulatedMachine.unavailable()).as("why the emulator cannot run").isNull();
    Path steps = folder.resolve("steps");
    Path counts = folder.resolve("counts");
    EmulatedJvm.run(JointSteps.class, steps.toString(), counts.toString());
    int arrays = JointSteps.adapters().size() * 2 * TASKS * 2;
    try (DataInputStream in = new DataInputStream(Files.newInputStream(steps))) {
      List<float[]> together = null;
      for (Precision precision : Precision.values()) {
        List<float[]> beside = read(in, arrays);
        List<float[]> alone = read(in, arrays);
        for (int i = 0; i < arrays; i++) {
          assertThat(beside.get(i)).as(precision + ", " + i).isEqualTo(alone.get(i));
        }
        together = precision == Precision.FLOAT32 ? beside : together;
      }
      equalTheCpus(together);
    }
    launches(Files.readAllLines(counts));
  }

  private static List<float[]> read(DataInputStream in, int arrays) throws IOException {
    List<float[]> all = new ArrayList<>();
    for (int i = 0; i < arrays; i++) {
      float[] elements = new float[in.readInt()];
      for (int j = 0; j < elements.length; j++) {
        elements[j] = in.readFloat();
      }
      all.add(elements);
    }
    return all;
  }

  private static void equalTheCpus(List<float[]> emulated) {
    assertThat(KernelProviders.get().of(DataType.FLOAT).name()).isEqualTo("cpu");
    List<JointSteps.Trained> expected =
        JointSteps.steps(Precision.FLOAT32, true).stream().flatMap(List::stream).toList();
    for (int t = 0; t < expected.size(); t++) {
      same("gradient " + t, emulated.get(2 * t), expected.get(t).gradient());
      same("parameters " + t, emulated.get(2 * t + 1), expected.get(t).theta());
    }
  }

  private static void same(String what, float[] actual, float[] expected) {
    assertThat(Matrices.distance(wide(actual), wide(expected))).as(what).isLessThan(1e-4);
  }

  private static double[] wide(float[] narrow) {
    return IntStream.range(0, narrow.length).mapToDouble(i -> narrow[i]).toArray();
  }

  /** Lines of model, method, tasks, calls of a layer, calls of the rest: for one task and three. */
  private static void launches(List<String> lines) {
    assertThat(lines).hasSize(8);
    for (int i = 0; i < lines.size(); i += 2) {
      String[] one = lines.get(i).split(" ", 6);
      String[] three = lines.get(i + 1).split(" ", 6);
      assertThat(three[3]).as(lines.toString()).isEqualTo(one[3]);
      assertThat(Integer.parseInt(one[3])).as(lines.get(i)).isLessThan(90);
    }
  }
}
