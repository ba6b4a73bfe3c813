package io.github.cola4j.nn.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.cola4j.nn.KernelProviders;
import io.github.cola4j.nn.Matrices;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    EmulatedJvm.run(TinyModels.class, file.toString());
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
}
