package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.io.weights.FloatType;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.model.llama.LlamaConfig;
import io.github.cola4j.model.llama.LlamaDecoder;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.StoredMatrix;
import io.github.cola4j.nn.stored.WeightOptions;
import io.github.cola4j.nn.weight.Weight;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Weights that stay in their file: what they are, cost, and what happens to the file. */
class MappedWeightsTest {
  private static final int OUT = 70;
  private static final int IN = 33;

  @TempDir Path folder;

  private Path write(FloatType type) {
    Random random = new Random(1);
    float[] elements = new float[OUT * IN];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = (float) random.nextGaussian();
    }
    Path file = folder.resolve("w.safetensors");
    SafetensorsWriter.writeSources(
        file,
        Map.of("w", new SafetensorsWriter.Source(new long[] {OUT, IN}, () -> elements)),
        type,
        Map.of());
    return file;
  }

  @ParameterizedTest
  @EnumSource(FloatType.class)
  void aStoredMatrixHasWhatIsReadAndOutlivesItsFile(FloatType type) throws IOException {
    Path file = write(type);
    StoredMatrix stored;
    float[] read;
    try (Safetensors weights = Safetensors.open(file)) {
      stored = weights.stored("w", OUT, IN);
      read = weights.read("w", OUT, IN);
      if (type == FloatType.F64) {
        assertThat(stored).as("no product takes float64").isNull();
        return;
      }
      assertThatIllegalArgumentException()
          .isThrownBy(() -> weights.stored("w", IN, OUT))
          .withMessageContaining("shape");
    }
    Files.delete(file);
    float[] decoded = new float[OUT * IN];
    stored.decode(0, OUT, decoded, 0);
    assertThat(decoded).isEqualTo(read);
    assertThat(stored.bytes()).isEqualTo((long) OUT * IN * (type == FloatType.F32 ? 4 : 2));
    assertThat(stored.place()).isEqualTo(type.torch() + " in a mapped file");
  }

  @ParameterizedTest
  @EnumSource(
      value = FloatType.class,
      names = {"F32", "BF16", "F16"})
  void aNumberThatIsNoneIsRefusedWhenTheFileIsMapped(FloatType type) throws IOException {
    Path file = write(type);
    int width = type == FloatType.F32 ? 4 : 2;
    byte[] nan = type == FloatType.F32 ? new byte[] {0, 0, -64, 127} : new byte[] {-64, 127};
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(nan), channel.size() - width); // the last, past whole words
    }
    try (Safetensors weights = Safetensors.open(file)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> weights.stored("w", OUT, IN))
          .withMessageContaining("element " + (OUT * IN - 1) + " is NaN");
    }
  }

  @Test
  void aFileThatBecomesShorterIsAnErrorAndNoCrash() throws Exception {
    Path file = write(FloatType.BF16);
    StoredMatrix stored;
    try (Safetensors weights = Safetensors.open(file)) {
      stored = weights.stored("w", OUT, IN);
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(100);
    }
    Thread.sleep(60); // the length is looked at every 50 ms at most
    Weight weight = Weight.stored(stored, Precision.FLOAT32);
    try (Pass pass = new Pass(DataType.FLOAT)) {
      Matrix x = Matrix.zeros(DataType.FLOAT, IN, 3);
      Matrix y = Matrix.zeros(DataType.FLOAT, OUT, 3);
      for (int again = 0; again < 2; again++) {
        assertThatThrownBy(() -> weight.multiply(pass, 1, x, 0, y))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining(file.toString())
            .hasMessageContaining("the file has 100 now");
      }
      assertThatThrownBy(() -> weight.rows(0, 1)).isInstanceOf(IllegalStateException.class);
    }
  }

  /** Native memory is counted by JavaCPP; a page cache's is not, and a copy would be. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void aThousandProductsTakeTheMemoryOfTheHundredth(Precision precision) {
    try (Safetensors weights = Safetensors.open(write(FloatType.BF16));
        Pass pass = new Pass(DataType.FLOAT)) {
      Weight weight = Weight.stored(weights.stored("w", OUT, IN), precision);
      Matrix x = Matrices.random(DataType.FLOAT, IN, 150, new Random(2));
      Matrix y = Matrix.zeros(DataType.FLOAT, OUT, 150);
      long held = 0;
      for (int i = 0; i < 1000; i++) {
        int columns = 1 + i % 150;
        weight.multiply(pass, 1, x.columns(0, columns), 0, y.columns(0, columns));
        weight.multiplyTransposed(pass, y.columns(0, columns), 0, x.columns(0, columns));
        if (i == 150) {
          held = Pointer.totalBytes();
        }
      }
      assertThat(Pointer.totalBytes()).isLessThanOrEqualTo(held + (64 << 10));
    }
  }

  @Test
  void computingInBfloat16IsNearFloat32AndNotEqual() {
    Matrix exact = logits(WeightOptions.DEFAULT);
    Matrix rounded = logits(new WeightOptions(Precision.BFLOAT16));
    assertThat(Matrices.distance(rounded, exact)).isBetween(1e-5, 3e-2);
  }

  private static Matrix logits(WeightOptions options) {
    String path = Goldens.path("decoder/llama/model");
    try (HuggingFaceModel files = HuggingFaceModel.open(path);
        Pass pass = new Pass(DataType.FLOAT)) {
      WeightLoader load = new WeightLoader(files.weights(), DataType.FLOAT, options);
      LlamaDecoder decoder = new LlamaDecoder((LlamaConfig) files.config(), load);
      int[] ids = {5, 17, 99, 3, 250, 42, 8};
      TokenBatch batch = new TokenBatch(ids, new int[ids.length], new int[] {0, ids.length});
      int[] all = IntStream.range(0, ids.length).toArray();
      Matrix hidden = pass.matrix(decoder.config().hiddenSize(), ids.length);
      decoder.encode(pass, Adapters.NONE, batch, all, hidden);
      Matrix logits = decoder.head().logits(pass, hidden);
      return Matrix.of(DataType.FLOAT, logits.rows(), logits.columns(), logits.toArray());
    }
  }
}
