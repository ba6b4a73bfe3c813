package io.github.cola4j.model.toy;

import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.io.weights.SafetensorsWriter.Tensor;
import io.github.cola4j.model.Goldens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.commons.math3.special.Erf;

/** A toy model's files, and what it computes. */
public final class ToyFolder {
  private static final int VOCABULARY = Goldens.CONFIG.vocabSize();
  private static final int WIDTH = 8;
  private static final int INNER = 12;

  private final float[] words; // E [vocabulary, d]
  private final float[] up; // W_up [inner, d]
  private final float[] bias; // of W_up
  private final float[] down; // W_down [d, inner]

  private ToyFolder(Random random) {
    words = random(random, VOCABULARY * WIDTH);
    up = random(random, INNER * WIDTH);
    bias = random(random, INNER);
    down = random(random, WIDTH * INNER);
  }

  /** Writes configuration, weights and the tiny BERT's tokenizer. */
  public static ToyFolder write(Path folder) throws IOException {
    ToyFolder toy = new ToyFolder(new Random(3));
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "toy", "vocabulary": %d, "width": %d, "inner_width": %d, "positions": 64}
        """
            .formatted(VOCABULARY, WIDTH, INNER));
    Map<String, Tensor> tensors = new TreeMap<>();
    tensors.put("net.words.weight", new Tensor(new long[] {VOCABULARY, WIDTH}, toy.words));
    tensors.put("net.block.up.weight", new Tensor(new long[] {INNER, WIDTH}, toy.up));
    tensors.put("net.block.up.bias", new Tensor(new long[] {INNER}, toy.bias));
    tensors.put("net.block.down.weight", new Tensor(new long[] {WIDTH, INNER}, toy.down));
    SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors, Map.of());
    Files.copy(
        Path.of(Goldens.path("bert/model"), "tokenizer.json"), folder.resolve("tokenizer.json"));
    return toy;
  }

  private static float[] random(Random random, int length) {
    float[] elements = new float[length];
    for (int i = 0; i < length; i++) {
      elements[i] = (float) (0.4 * random.nextGaussian());
    }
    return elements;
  }

  /** E, row by row. */
  float[] words() {
    return words;
  }

  /** A token's hidden state in float64. */
  public double[] hidden(int id) {
    double[] y = new double[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      y[i] = words[id * WIDTH + i];
    }
    for (int k = 0; k < INNER; k++) {
      double u = bias[k];
      for (int j = 0; j < WIDTH; j++) {
        u += (double) up[k * WIDTH + j] * words[id * WIDTH + j];
      }
      double g = 0.5 * u * (1 + Erf.erf(u / Math.sqrt(2)));
      for (int i = 0; i < WIDTH; i++) {
        y[i] += down[i * INNER + k] * g;
      }
    }
    return y;
  }
}
