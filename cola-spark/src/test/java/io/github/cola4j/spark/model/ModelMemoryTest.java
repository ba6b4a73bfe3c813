package io.github.cola4j.spark.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.io.weights.FloatType;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.TinyTasks;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4j;

/** Ten models, one after the other as in a notebook, counted in bytes. */
@Timeout(60)
class ModelMemoryTest {
  private static final int INTERMEDIATE = 16_384; // 8 MiB of weights
  private static final int HEADER = 16_384; // bytes at most of the file that are no weights

  @TempDir Path folder;

  /** What is in use when everything that nobody holds is gone. */
  private record Memory(long nativeBytes, long heapBytes) {
    static Memory used() throws InterruptedException {
      Memory least = now();
      for (int same = 0; same < 5; same++) {
        System.gc();
        Thread.sleep(50); // ND4J frees in a thread of its own
        Memory now = now();
        if (now.nativeBytes < least.nativeBytes) {
          same = -1;
        }
        least =
            new Memory(
                Math.min(least.nativeBytes, now.nativeBytes),
                Math.min(least.heapBytes, now.heapBytes));
      }
      return least;
    }

    private static Memory now() {
      return new Memory(
          Nd4j.getEnvironment().getDeviceCouner(0), // bytes that its native buffers own
          ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
  }

  @Test
  void tenModelsEndWithTheMemoryOfTwo() throws Exception {
    Path weights = weights(FloatType.F64); // which no product takes: read into memory
    long model = Files.size(weights) / 2;
    load(1, weights);
    load(2, weights);
    Memory two = Memory.used();
    for (int i = 3; i <= 10; i++) {
      load(i, weights);
    }
    Memory ten = Memory.used();

    assertThat(two.nativeBytes()).isGreaterThanOrEqualTo(2 * (model - HEADER));
    assertThat(ten.nativeBytes()).isLessThan(two.nativeBytes() + model / 2);
    assertThat(ten.heapBytes()).isLessThan(two.heapBytes() + 2 * model);
  }

  /** A model in its mapped file takes memory for what is no matrix alone. */
  @Test
  void aMappedModelTakesNoMemoryOfItsOwn() throws Exception {
    Path weights = weights(FloatType.F32);
    Memory before = Memory.used();
    BaseModel model = load(1, weights);
    Memory after = Memory.used();

    assertThat(after.nativeBytes() - before.nativeBytes()).isLessThan(Files.size(weights) / 8);
    assertThat(model.linears()).allMatch(layer -> layer.weight().place().contains("mapped file"));
  }

  /** Loads another model, which nobody else holds. */
  private BaseModel load(int number, Path weights) throws IOException {
    Path target = Files.createDirectory(folder.resolve("model" + number));
    Files.createLink(target.resolve("model.safetensors"), weights);
    Files.copy(TinyTasks.folder().resolve("tokenizer.json"), target.resolve("tokenizer.json"));
    String config = Files.readString(TinyTasks.folder().resolve("config.json"));
    Files.writeString(
        target.resolve("config.json"),
        config.replace("\"intermediate_size\": 64", "\"intermediate_size\": " + INTERMEDIATE)
            + " ".repeat(number)); // a fingerprint of its own
    BaseModel model = BaseModelCache.load(target.toString());
    assertThat(model.fingerprint()).isNotEmpty();
    return model;
  }

  /** The tiny BERT's weights with more rows between the two layers of its MLPs. */
  private Path weights(FloatType type) {
    Map<String, SafetensorsWriter.Tensor> tensors = new TreeMap<>();
    try (Safetensors tiny = Safetensors.open(TinyTasks.folder().resolve("model.safetensors"))) {
      for (String name : tiny.names()) {
        long[] shape = tiny.shape(name);
        float[] elements = tiny.read(name, shape);
        if (name.contains("intermediate.dense")) {
          shape[0] = INTERMEDIATE;
        } else if (name.matches(".*\\d\\.output\\.dense\\.weight")) {
          shape[1] = INTERMEDIATE;
        }
        int length = 1;
        for (long dimension : shape) {
          length *= (int) dimension;
        }
        float[] more = new float[length];
        for (int i = 0; i < length; i++) {
          more[i] = elements[i % elements.length];
        }
        tensors.put(name, new SafetensorsWriter.Tensor(shape, more));
      }
    }
    Path file = folder.resolve("weights");
    SafetensorsWriter.write(file, tensors, type, Map.of());
    return file;
  }
}
