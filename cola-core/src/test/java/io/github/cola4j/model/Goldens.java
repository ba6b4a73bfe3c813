package io.github.cola4j.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Sample;
import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.model.bert.BertConfig;
import io.github.cola4j.model.bert.BertEncoder;
import io.github.cola4j.nn.batch.TokenBatch;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The golden files that the scripts in {@code tools/} wrote; a missing file, tensor or field
 * throws.
 */
public final class Goldens implements Weights {
  /** The architecture of the tiny model, as its config.json has it. */
  public static final BertConfig CONFIG = new BertConfig("bert", 200, 32, 2, 4, 64, 64, 2, 1e-12);

  /** Classes of the golden cases. */
  public static final int CLASSES = 3;

  private final String file;
  private final JsonNode header;
  private final ByteBuffer data;

  /** Opens one of the BERT's files. */
  public Goldens(String file) {
    this("bert", file);
  }

  /** Opens a safetensors file: the header's length, the header as JSON, float32 tensors. */
  public Goldens(String folder, String file) {
    this.file = folder + "/" + file;
    ByteBuffer bytes = ByteBuffer.wrap(bytes(this.file)).order(ByteOrder.LITTLE_ENDIAN);
    byte[] json = new byte[Math.toIntExact(bytes.getLong())];
    bytes.get(json);
    this.header = parse(json);
    this.data = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The tiny model. */
  public static BertEncoder encoder(DataType type) {
    return new BertEncoder(CONFIG, new Goldens("model/model.safetensors"), type);
  }

  /** One of the BERT's JSON files. */
  public static JsonNode json(String file) {
    return json("bert", file);
  }

  /** A JSON file. */
  public static JsonNode json(String folder, String file) {
    return parse(bytes(folder + "/" + file));
  }

  /** Where a folder of golden files is. */
  public static String path(String folder) {
    try {
      return Path.of(Goldens.class.getResource("/goldens/" + folder).toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The six texts, tokenised, with their labels. */
  public static List<Sample> samples() {
    JsonNode labels = json("cola-full.json").required("labels");
    List<Sample> samples = new ArrayList<>();
    for (JsonNode text : json("expected.json")) {
      int label = labels.required(samples.size()).asInt();
      samples.add(new Sample(ints(text.required("ids")), ints(text.required("typeIds")), label));
    }
    return samples;
  }

  /** All of them in one batch. */
  public static TokenBatch batch() {
    List<Sample> samples = samples();
    return Batcher.tokens(samples, IntStream.range(0, samples.size()).toArray());
  }

  /** Their labels. */
  public static int[] labels() {
    return samples().stream().mapToInt(sample -> sample.labels()[0]).toArray();
  }

  /** A tensor's elements, row by row. */
  public float[] get(String name) {
    int from = entry(name).required("data_offsets").required(0).asInt();
    float[] elements = new float[(int) Arrays.stream(shape(name)).reduce(1, (x, y) -> x * y)];
    data.slice(from, Float.BYTES * elements.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(elements);
    return elements;
  }

  /** Elements column by column of a tensor with rows and columns, or of a column. */
  public float[] columns(String name) {
    long[] shape = shape(name);
    float[] rows = get(name);
    int columns = shape.length == 1 ? 1 : (int) shape[1];
    float[] elements = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      elements[i % columns * (rows.length / columns) + i / columns] = rows[i];
    }
    return elements;
  }

  /**
   * The flat vector of a layout; what is no factor has no fixed ones. The files hold A_i [r × in]
   * row by row, which is A_iᵀ column by column, and B_j [out × r] and the head row by row.
   *
   * @param prefix "" for parameters, "grad/" for their gradients
   * @param suffix "" for the factors, "0" for the fixed ones
   */
  public float[] vector(ParameterLayout layout, String prefix, String suffix) {
    float[] vector = new float[layout.length()];
    for (ParameterLayout.Entry entry : layout.entries()) {
      String name = prefix + entry.name();
      int at = entry.offset();
      if (entry.kind() == ParameterLayout.Kind.HEAD || entry.kind() == ParameterLayout.Kind.OTHER) {
        float[] whole = suffix.isEmpty() ? columns(name) : new float[entry.length()];
        System.arraycopy(whole, 0, vector, at, whole.length);
        continue;
      }
      int end = at + entry.length();
      for (int i = 0; at < end; i++) {
        String factor = name + suffix + "." + i;
        float[] block = entry.kind() == ParameterLayout.Kind.A ? get(factor) : columns(factor);
        System.arraycopy(block, 0, vector, at, block.length);
        at += block.length;
      }
    }
    return vector;
  }

  @Override
  public String source() {
    return file;
  }

  @Override
  public Set<String> names() {
    Set<String> names = new TreeSet<>();
    header.fieldNames().forEachRemaining(names::add);
    names.remove("__metadata__");
    return names;
  }

  @Override
  public long[] shape(String name) {
    int[] shape = ints(entry(name).required("shape"));
    return Arrays.stream(shape).asLongStream().toArray();
  }

  @Override
  public float[] read(String name, long... shape) {
    if (!Arrays.equals(shape, shape(name))) {
      throw new IllegalArgumentException(
          name + " is " + Arrays.toString(shape(name)) + ", not " + Arrays.toString(shape));
    }
    return get(name);
  }

  @Override
  public void close() {}

  private JsonNode entry(String name) {
    JsonNode entry = header.get(name);
    if (entry == null || !entry.required("dtype").asText().equals("F32")) {
      throw new IllegalArgumentException(file + " has no float32 tensor " + name);
    }
    return entry;
  }

  /** The numbers of a list. */
  public static int[] ints(JsonNode array) {
    return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
  }

  /** A file's content. */
  public static byte[] bytes(String file) {
    try (InputStream in = Goldens.class.getResourceAsStream("/goldens/" + file)) {
      if (in == null) {
        throw new IllegalStateException(
            "missing golden " + file + "; run the script in tools/ that makes it");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode parse(byte[] json) {
    try {
      return new ObjectMapper().readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
