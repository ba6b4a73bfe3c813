package io.github.cola4j.io.weights;

import io.github.cola4j.nn.weight.Remainder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The {@link Remainder}s of a quantised model's layers, in a file beside its weights: tensors
 * {@code <layer>.left} L [r, out] and {@code <layer>.right} [r, in], row by row. They are read when
 * they are asked for, each time.
 */
public final class StoredRemainders {
  /** The file, of safetensors; its ending keeps it from those who read every weight of a folder. */
  public static final String FILE = "cola4j.start";

  /** Those of a model that has none. */
  public static final StoredRemainders NONE = new StoredRemainders(null, null, Map.of());

  private static final String INIT = "init"; // of the file's metadata
  private static final String LEFT = ".left";
  private static final String RIGHT = ".right";

  private final Path file;
  private final String init;
  private final Map<String, Integer> ranks; // by layer

  private StoredRemainders(Path file, String init, Map<String, Integer> ranks) {
    this.file = file;
    this.init = init;
    this.ranks = ranks;
  }

  /**
   * Those in a model's folder.
   *
   * @param folder null for a model on the class path
   * @throws IllegalArgumentException if the file is damaged
   */
  public static StoredRemainders in(Path folder) {
    if (folder == null || !Files.isRegularFile(folder.resolve(FILE))) {
      return NONE;
    }
    Path file = folder.resolve(FILE);
    try (Safetensors tensors = Safetensors.open(file)) {
      String init = tensors.metadata().get(INIT);
      if (init == null) {
        throw new IllegalArgumentException(
            file + " does not say its init; expected what cola quantize --start writes");
      }
      Map<String, Integer> ranks = new TreeMap<>();
      for (String name : tensors.names()) {
        if (name.endsWith(LEFT)) {
          String layer = name.substring(0, name.length() - LEFT.length());
          ranks.put(layer, rank(tensors, name));
        }
      }
      return new StoredRemainders(file, init, ranks);
    }
  }

  private static int rank(Safetensors tensors, String name) {
    long[] shape = tensors.shape(name);
    if (shape.length != 2 || shape[0] < 1 || shape[0] > Math.min(shape[1], Integer.MAX_VALUE)) {
      throw new IllegalArgumentException(
          TensorNames.label(name, tensors.source())
              + ": expected a matrix [rank, out] with a rank from 1 to out, it has the shape "
              + Arrays.toString(shape));
    }
    return (int) shape[0];
  }

  /** The layers that have one. */
  public Set<String> layers() {
    return ranks.keySet();
  }

  /**
   * The one of a layer [out × in]; null for none.
   *
   * @throws IllegalArgumentException of its methods, if the file has other shapes
   */
  public Remainder of(String layer, int out, int in) {
    Integer rank = ranks.get(layer);
    return rank == null ? null : new Stored(file, init, layer, rank, out, in);
  }

  private record Stored(Path file, String init, String layer, int rank, int out, int in)
      implements Remainder {
    @Override
    public float[] left() {
      return read(layer + LEFT, out);
    }

    @Override
    public float[] right() {
      return read(layer + RIGHT, in);
    }

    private float[] read(String tensor, int width) {
      try (Safetensors tensors = Safetensors.open(file)) {
        return tensors.read(tensor, rank, width);
      }
    }
  }

  /**
   * Writes the file.
   *
   * @param init how they were found
   * @param remainders by layer
   */
  public static void write(Path folder, String init, Map<String, ? extends Remainder> remainders) {
    Map<String, SafetensorsWriter.Tensor> tensors = new TreeMap<>();
    remainders.forEach(
        (layer, its) -> {
          tensors.put(layer + LEFT, tensor(its.rank(), its::left));
          tensors.put(layer + RIGHT, tensor(its.rank(), its::right));
        });
    SafetensorsWriter.write(folder.resolve(FILE), tensors, Map.of(INIT, init));
  }

  private static SafetensorsWriter.Tensor tensor(int rank, Supplier<float[]> elements) {
    float[] all = elements.get();
    return new SafetensorsWriter.Tensor(new long[] {rank, all.length / rank}, all);
  }
}
